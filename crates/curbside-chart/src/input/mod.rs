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

pub(crate) use bundle::{Bare, last_modified};
pub use bundle::{Entry, Exchange};
pub use error::InputError;
pub(crate) use request::is_error;
pub use request::{Context, HookRequest, Prefetched};

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;
use serde_json::value::RawValue;

use crate::json::{self, Str};
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
    /// Whether it is one page of several (`link` with relation `next`), or fewer entries than it says it found.
    pub has_next: bool,
    /// The type of the Bundle (`searchset`), where it says one.
    pub bundle_type: Option<Str<'a>>,
    /// Whether a part of what was looked for could not be had.
    pub has_failed: bool,
}

impl<'a> Record<'a> {
    /// A record of one resource.
    fn single(raw: Option<&'a RawValue>) -> Self {
        Self { entries: vec![Entry { resource: raw, ..Entry::default() }], ..Self::default() }
    }

    /// A Bundle that is a resource of another one.
    pub(crate) fn within(raw: &'a RawValue) -> Option<Self> {
        match Prefetched::read(raw) {
            Ok(Prefetched::Record(record)) => Some(record),
            // A search without results.
            Ok(Prefetched::Nothing) => Some(Self { is_bundle: true, bundle_type: Some(Str::new("searchset")), ..Self::default() }),
            Ok(Prefetched::Failed) => Some(Self { has_failed: true, bundle_type: Some(Str::new("searchset")), ..Self::default() }),
            _ => None,
        }
    }

    /// Whether more may have been looked for than is here.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.has_next || self.has_failed
    }

    /// Whether it is a Bundle of this type.
    #[must_use]
    pub fn is_of_type(&self, name: &str) -> bool {
        self.bundle_type.as_deref() == Some(name)
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
    read_text(text(bytes)?, bytes.len())
}

/// Reads a document that is known to be text.
///
/// # Errors
///
/// As [`read`].
pub fn read_str(text: &str) -> Result<Document<'_>, InputError> {
    read_text(text.strip_prefix('\u{feff}').unwrap_or(text), text.len())
}

/// `length` is that of the text with the byte order mark before it.
fn read_text(text: &str, length: usize) -> Result<Document<'_>, InputError> {
    let skipped = length - text.len();
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
    if !text.starts_with('{') {
        return None;
    }
    first_member(text).or_else(|| only_member(text)).map(Str::new).or_else(|| {
        #[derive(serde::Deserialize)]
        struct Peek<'a> {
            #[serde(borrow, rename = "resourceType")]
            resource_type: Option<Str<'a>>,
        }
        json::from_str::<Peek<'_>>(text).ok()?.resource_type
    })
}

const NAME: &str = "\"resourceType\"";

/// Whether a resource gives its type more than once; where it holds other resources it is not looked for. Where the type
/// is not its first member, that was found out when it was looked for.
pub(crate) fn has_two_types(raw: &RawValue) -> bool {
    #[derive(serde::Deserialize)]
    struct Peek<'a> {
        #[serde(borrow, rename = "resourceType")]
        _resource_type: Option<&'a RawValue>,
    }
    static INNER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"contained\""));
    static NAMES: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(NAME));
    let Some(behind) = raw.get().strip_prefix('{').and_then(|text| text.trim_ascii_start().strip_prefix(NAME)) else { return false };
    let bytes = behind.as_bytes();
    NAMES.find(bytes).is_some() && INNER.find(bytes).is_none() && json::from_str::<Peek<'_>>(raw.get()).is_err()
}

fn first_member(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('{')?.trim_ascii_start().strip_prefix(NAME)?;
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
    let is_member = before.trim_ascii_end().ends_with([',', '{']);
    if !is_member || NAMES.find(rest.as_bytes()).is_some() || INNER.find(text.as_bytes()).is_some() {
        return None;
    }
    value_of(rest)
}

fn value_of(rest: &str) -> Option<&str> {
    let name = rest.trim_ascii_start().strip_prefix(':')?.trim_ascii_start().strip_prefix('"')?;
    let name = name.get(..memchr(b'"', name.as_bytes())?)?;
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
