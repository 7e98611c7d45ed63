//! What a file holds, by its content.

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::lines::Lines;
use super::open::{BytesRead, open};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// One document: a bundle, a request, or a list of them.
    Whole,
    /// A bundle or a CDS Hooks request a line.
    Documents,
    /// A resource a line: part of an export.
    Resources,
    /// No FHIR at all.
    Nothing,
}

/// Lines looked at before a file is taken for what its name says.
const MOST_LINES: usize = 20;
/// Longest line that is looked at.
const MOST_BYTES: usize = 256 << 20;

/// What a JSON object says it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Peek<'a> {
    /// Its type, where it is a resource.
    #[serde(borrow)]
    pub resource_type: Option<Cow<'a, str>>,
    hook: Option<IgnoredAny>,
    prefetch: Option<IgnoredAny>,
}

impl Peek<'_> {
    /// Whether it is a document of its own: a Bundle or a CDS Hooks request.
    #[must_use]
    pub fn is_document(&self) -> bool {
        match self.resource_type.as_deref() {
            Some(name) => name == "Bundle",
            None => self.hook.is_some() || self.prefetch.is_some(),
        }
    }
}

/// Looks into a file.
pub(crate) fn sniff(path: &Path) -> Holds {
    let has_lines = named(path, "ndjson") || named(path, "jsonl");
    let Ok(mut reader) = open(path, &BytesRead::default()) else { return Holds::Whole };
    let start = reader.fill_buf().unwrap_or_default().trim_ascii_start();
    // Only its start is looked at: a folder may hold many large documents.
    if named(path, "json") && !begins_with_a_line(start) {
        return Holds::Whole;
    }
    let start = start.first().copied();
    let mut lines = Lines::new(reader, MOST_BYTES);
    for _ in 0..MOST_LINES {
        let Some(line) = lines.next() else { break };
        let Some(peek) = line.as_deref().ok().and_then(|line| serde_json::from_slice::<Peek<'_>>(line).ok()) else { continue };
        return match peek.resource_type {
            _ if peek.is_document() => Holds::Documents,
            Some(_) => Holds::Resources,
            None => Holds::Nothing,
        };
    }
    match start {
        _ if has_lines => Holds::Documents,
        Some(b'{' | b'[') => Holds::Whole,
        _ => Holds::Nothing,
    }
}

/// Whether a document ends with its line and another one begins on the next.
fn begins_with_a_line(start: &[u8]) -> bool {
    let Some((line, rest)) = memchr::memchr(b'\n', start).and_then(|end| start.split_at_checked(end)) else { return false };
    rest.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<Peek<'_>>(line).is_ok()
}

/// Whether a file's name ends so, before the ending of its compression.
pub(crate) fn named(path: &Path, ending: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = [".gz", ".zst"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(&name);
    name.strip_suffix(ending).is_some_and(|stem| stem.ends_with('.'))
}
