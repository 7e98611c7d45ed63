//! The prebuilt engine guest, and how its code is known again in a pack.

use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};
use wasmparser::{Parser, Payload};

use crate::trust::hex;

/// The engine as a component, as `cargo xtask guest` builds it.
pub const ENGINE: &[u8] = include_bytes!("../../guest/engine.wasm");

/// SHA-256 of [`ENGINE`], in hexadecimal digits.
#[must_use]
pub fn engine_digest() -> String {
    hex(&Sha256::digest(ENGINE))
}

/// Whether all code in a component is that of our engine, whatever its memory holds. Then it counts its own steps,
/// and nothing else need be counted; what its memory was made to hold can at worst cost it its time on the clock.
pub(crate) fn is_ours(wasm: &[u8]) -> bool {
    static OURS: OnceLock<Option<Vec<&'static [u8]>>> = OnceLock::new();
    let ours = OURS.get_or_init(|| code(ENGINE));
    ours.is_some() && code(wasm) == *ours
}

/// All code sections; `None` where the file is broken.
fn code(wasm: &[u8]) -> Option<Vec<&[u8]>> {
    let mut sections = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::CodeSectionStart { range, .. } = payload.ok()? {
            sections.push(wasm.get(range)?);
        }
    }
    Some(sections)
}
