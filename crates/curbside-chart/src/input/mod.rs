//! What a sender may hand us: a Bundle of any type, a single resource, or a CDS Hooks request.
//!
//! [`read`] finds out which it is and where its resources lie, without reading the resources
//! themselves. What is no JSON document at all is an [`InputError`] with the byte at which that
//! shows; what is wrong inside one resource is left to the chart.

mod bundle;
pub(crate) mod depth;
mod error;
mod object;
mod request;
mod root;

pub use bundle::Entry;
pub use error::InputError;
pub use request::{Context, HookRequest, Prefetched};

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;
use serde_json::value::RawValue;

use crate::json::Str;
use root::NotRead;

/// Largest document that is read unless a caller says otherwise: 256 MiB.
pub const MAX_BYTES: usize = 256 << 20;

/// A document.
#[derive(Debug)]
pub enum Document<'a> {
    /// A record: a Bundle or a single resource.
    Record(Record<'a>),
    /// A CDS Hooks request.
    Request(HookRequest<'a>),
}

/// The resources of a record, not yet read.
#[derive(Debug, Default)]
pub struct Record<'a> {
    /// Its entries in order.
    pub entries: Vec<Entry<'a>>,
    /// Whether it came as a Bundle, not as a single resource.
    pub is_bundle: bool,
    /// Whether it is one page of several (`link` with relation `next`).
    pub has_next: bool,
}

impl<'a> Record<'a> {
    /// A record of one resource.
    fn single(raw: Option<&'a RawValue>) -> Self {
        Self { entries: vec![Entry { full_url: None, resource: raw }], is_bundle: false, has_next: false }
    }
}

/// Reads a document of at most `max_bytes` bytes.
///
/// # Errors
///
/// [`InputError`] where the bytes are no JSON document of a kind named above.
pub fn read(bytes: &[u8], max_bytes: usize) -> Result<Document<'_>, InputError> {
    if bytes.len() > max_bytes {
        return Err(InputError::too_large(bytes.len(), max_bytes));
    }
    let text = text(bytes)?;
    let skipped = bytes.len() - text.len();
    let start = text.find(|c: char| !c.is_ascii_whitespace());
    match start.and_then(|start| Some((start, text.as_bytes().get(start)?))) {
        None => return Err(InputError::at(skipped, "the input is empty")),
        Some((_, b'{')) => {}
        Some((at, found)) => return Err(InputError::not_an_object(skipped + at, *found)),
    }
    root::read(text).map_err(|why| match why {
        NotRead::Syntax(error) => InputError::syntax(text, skipped, &error),
        NotRead::TooDeep(rest) => InputError::too_deep(skipped + rest.as_ptr() as usize - text.as_ptr() as usize),
        NotRead::Unknown | NotRead::AsItStands => {
            InputError::at(0, "neither a FHIR resource (no `resourceType`) nor a CDS Hooks request (no `hook`)")
                .help("give a FHIR Bundle, a resource, or a CDS Hooks request")
        }
    })
}

/// The text behind a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, InputError> {
    if matches!(bytes, [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..]) || memchr(0, bytes.get(..4).unwrap_or(bytes)).is_some() {
        return Err(InputError::at(0, "the input is UTF-16 or UTF-32; JSON is UTF-8").help("convert it, for example with `iconv -t UTF-8`"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes)
        .map_err(|error| InputError::at(error.valid_up_to(), "the input is not valid UTF-8 here").help("save the file as UTF-8"))
}

/// The type of a resource: its first member in most data, wherever it is in the rest.
pub(crate) fn resource_type(raw: &RawValue) -> Option<Str<'_>> {
    let text = raw.get();
    first_member(text).or_else(|| only_member(text)).map(Str::new).or_else(|| {
        #[derive(serde::Deserialize)]
        struct Peek<'a> {
            #[serde(borrow, rename = "resourceType")]
            resource_type: Option<Str<'a>>,
        }
        serde_json::from_str::<Peek<'_>>(text).ok()?.resource_type
    })
}

const NAME: &str = "\"resourceType\"";

fn first_member(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('{')?.trim_start().strip_prefix(NAME)?;
    value_of(rest)
}

/// The one `resourceType` in a text that holds no other resource. Searching is many times faster
/// than parsing. A quote inside a string is escaped, so what stands before the name tells a member
/// from a string that merely looks like one.
fn only_member(text: &str) -> Option<&str> {
    static NAMES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(NAME));
    static INNER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"contained\""));
    let at = NAMES.find(text.as_bytes())?;
    let (before, rest) = (text.get(..at)?, text.get(at + NAME.len()..)?);
    let is_member = before.trim_end().ends_with([',', '{']);
    if !is_member || NAMES.find(rest.as_bytes()).is_some() || INNER.find(text.as_bytes()).is_some() {
        return None;
    }
    value_of(rest)
}

fn value_of(rest: &str) -> Option<&str> {
    let (name, _) = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?.split_once('"')?;
    (!name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_too_deeply_is_refused_wherever_it_stands() {
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        for (before, behind) in [
            (r#"{"resourceType":"Patient","x":"#, "}"),
            (r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","x":"#, "}}]}"),
            (r#"{"hook":"patient-view","prefetch":{"a":{"resourceType":"Patient","x":"#, "}}}"),
            (r#"{"hook":"patient-view","prefetch":{"a":{"resourceType":"Bundle","x":"#, "}}}"),
            (r#"{"hook":"patient-view","prefetch":{"a":{"resourceType":"Bundle","entry":[{"resource":{"x":"#, "}}]}}}"),
            (r#"{"hook":"patient-view","context":{"x":"#, "}}"),
            (r#"{"resourceType":"Patient","prefetch":{"x":"#, "}}"),
        ] {
            let text = |levels| format!("{before}{}{behind}", deep(levels));
            assert!(read(text(depth::MAX_DEPTH - 10).as_bytes(), MAX_BYTES).is_ok(), "{before}");
            let error = read(text(depth::MAX_DEPTH + 10).as_bytes(), MAX_BYTES).unwrap_err().to_string();
            // Brackets around it count, where it is looked at together with them.
            let places = (0..3).map(|around| format!("(byte {})", before.len() + depth::MAX_DEPTH - around));
            assert!(places.into_iter().any(|place| error.contains(&place)), "{before}: {error}");
        }
        // What nobody reads is refused behind its end.
        for (before, behind) in [
            (r#"{"hook":"patient-view","prefetch":["#, "]}"),
            (r#"{"resourceType":"Bundle","entry":[["#, "]]}"),
            (r#"{"resourceType":"Bundle","entry":[{"x":"#, "}]}"),
        ] {
            let text = format!("{before}{}{behind}", deep(depth::MAX_DEPTH + 1));
            let error = read(text.as_bytes(), MAX_BYTES).unwrap_err().to_string();
            assert!(error.starts_with("nested deeper than 1000 levels (byte "), "{before}: {error}");
        }
    }
}
