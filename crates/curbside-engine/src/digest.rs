//! Digests: what identifies a pack or an input by its content.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// `sha256:` and the digest of these pieces in hexadecimal. Each piece's length is part of it, so
/// that pieces cannot be shifted into one another.
#[must_use]
pub fn sha256<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> String {
    let mut hasher = Sha256::new();
    for piece in pieces {
        hasher.update((piece.len() as u64).to_le_bytes());
        hasher.update(piece);
    }
    let mut text = String::from("sha256:");
    for byte in hasher.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
