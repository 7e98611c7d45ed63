//! What makes the ids of cards the same for the same request.

use std::cell::OnceCell;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The firing of a hook that cards answer: its `hookInstance`, else the digest of the input, which is
/// worked out when a card first asks for it.
#[derive(Clone, Debug)]
pub struct Occasion<'o> {
    named: Option<&'o str>,
    input: &'o [u8],
    digest: OnceCell<String>,
}

impl<'o> Occasion<'o> {
    /// The occasion with this name.
    #[must_use]
    pub fn named(name: &'o str) -> Self {
        Self { named: Some(name), input: &[], digest: OnceCell::new() }
    }

    /// The occasion of a `hookInstance`, or of an input.
    #[must_use]
    pub fn of(hook_instance: Option<&'o str>, input: &'o [u8]) -> Self {
        Self { named: hook_instance.filter(|name| !name.is_empty()), input, digest: OnceCell::new() }
    }

    /// The `hookInstance`, or the digest in hexadecimal.
    #[must_use]
    pub fn text(&self) -> &str {
        self.named.unwrap_or_else(|| self.digest.get_or_init(|| hexadecimal(&Sha256::digest(self.input))))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
