//! The cases of packs in a `.wasm` pack: whoever gets the file can run them on it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::section;
use crate::sections;

const CASES: &str = "curbside.cases";

/// The cases of one pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackCases {
    /// Files of cases by path, relative to the pack's folder.
    pub files: BTreeMap<String, String>,
    /// The records that they name, by path likewise.
    pub records: BTreeMap<String, String>,
}

/// Adds the cases of packs, in the order of packs. They are no part of what runs.
///
/// # Errors
///
/// Never for texts that exist.
pub fn with_cases(mut wasm: Vec<u8>, cases: &[PackCases]) -> Result<Vec<u8>, serde_json::Error> {
    wasm.extend(sections::custom(CASES, &serde_json::to_vec(cases)?));
    Ok(wasm)
}

/// The cases in a `.wasm` pack, in the order of packs; none where it holds none.
#[must_use]
pub fn cases(wasm: &[u8]) -> Vec<PackCases> {
    section(wasm, CASES).and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
}
