//! How deep a document may nest.

use serde::de::Error;
use serde_json::value::RawValue;

/// Deepest nesting that is read. Real records stay below 30; nothing here descends that far, but
/// what is nested deeper is an attack or an accident, and its sender should hear of it.
pub(super) const MAX_DEPTH: usize = 1000;

/// How an error begins that such a value causes while a document is taken apart.
pub(super) const TOO_DEEP: &str = "nested too deeply";

/// Refuses a value that nests too deeply.
pub(crate) fn check<E: Error>(raw: &RawValue) -> Result<(), E> {
    too_deep(raw).map_or(Ok(()), |_| Err(E::custom(TOO_DEEP)))
}

/// What is left of a value where it nests deeper than [`MAX_DEPTH`].
pub(super) fn too_deep(raw: &RawValue) -> Option<&str> {
    raw.get().get(deeper(raw.get())?..)
}

/// The byte at which a text, known to be valid JSON, nests deeper than [`MAX_DEPTH`].
fn deeper(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // Few values have so many brackets at all, and counting them is cheap.
    if bytes.len() <= 2 * MAX_DEPTH || openers(bytes) <= MAX_DEPTH {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = end_of_string(bytes, at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// How many brackets open, those in strings included. Summed in bytes, so that it vectorises.
fn openers(bytes: &[u8]) -> usize {
    let is_opener = |byte: &u8| u8::from(byte | 0x20 == b'{');
    bytes.chunks(255).map(|chunk| usize::from(chunk.iter().map(is_opener).sum::<u8>())).sum()
}

/// The closing quote of the string that opens at `at`.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at += 1;
        let Some(step) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) else { return bytes.len() };
        at += step;
        match bytes.get(at) {
            Some(b'\\') => at += 1,
            _ => return at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_outside_strings_nest() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(deeper(&nested(MAX_DEPTH)), None);
        assert_eq!(deeper(&nested(MAX_DEPTH + 1)), Some(MAX_DEPTH));
        assert_eq!(deeper(&format!("[\"{}\\\"[\"]", "[".repeat(5000))), None);
        assert_eq!(deeper(&format!("[{}]", "{},".repeat(5000))), None);
    }
}
