//! How deep a document may nest.

use serde::de::Error;
use serde_json::value::RawValue;

use crate::json::nests_deeper;

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
    // Few values have so many brackets at all, and counting them is cheap.
    let bytes = raw.get().as_bytes();
    let may_be = bytes.len() > 2 * MAX_DEPTH && openers(bytes) > MAX_DEPTH;
    raw.get().get(may_be.then(|| nests_deeper(bytes, MAX_DEPTH)).flatten()?..)
}

/// How many brackets open, those in strings included. Summed in bytes, so that it vectorises.
fn openers(bytes: &[u8]) -> usize {
    let is_opener = |byte: &u8| u8::from(byte | 0x20 == b'{');
    bytes.chunks(255).map(|chunk| usize::from(chunk.iter().map(is_opener).sum::<u8>())).sum()
}
