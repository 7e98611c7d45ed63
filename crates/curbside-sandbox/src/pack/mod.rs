//! Packs of rules as plug-ins: the prebuilt engine with a pack's plan already in its memory.
//!
//! `build` starts the engine guest, hands it the files of packs, and keeps the memory it comes to. The result is one
//! `.wasm` of the world `curbside:cds/service` that starts with everything in place; its bytes depend on the
//! engine and the files alone.

mod cases;
mod guest;
mod snapshot;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{CallError, LoadError};
use crate::sandbox::Sandbox;
use crate::sections;
use crate::trust::hex;

pub use cases::{PackCases, cases, with_cases};
pub(crate) use guest::is_ours;
pub use guest::{ENGINE, engine_digest};

const MANIFEST: &str = "curbside.manifest";
const SOURCES: &str = "curbside.sources";

/// Packs that answer together, and what a site sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackSet {
    /// The packs, in the order in which they answer.
    pub packs: Vec<PackFiles>,
    /// A site's names for code systems.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
}

/// One pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackFiles {
    /// Texts by path, relative to the pack's folder.
    pub files: BTreeMap<String, String>,
    /// Parameters that a site sets.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// What a `.wasm` pack says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The packs in it.
    pub packs: Vec<PackIdentity>,
    /// SHA-256 of the engine guest it was made of, in hexadecimal digits.
    pub engine: String,
}

/// What a pack is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackIdentity {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Digest of its files and of the parameters that were set.
    pub digest: String,
}

/// Why no pack was built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// The pack does not check; says what is wrong first.
    Pack(String),
    /// What was to be set does not fit the packs.
    Setting(String),
    /// The engine ran into a limit or crashed.
    Engine(CallError),
    /// The engine could not be loaded.
    Load(LoadError),
    /// The snapshot failed.
    Snapshot(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pack(why) => write!(f, "the pack does not check: {why}"),
            Self::Setting(why) => f.write_str(why),
            Self::Engine(error) => write!(f, "while the pack was put in place: {error}"),
            Self::Load(error) => write!(f, "the engine: {error}"),
            Self::Snapshot(why) => write!(f, "the snapshot failed: {why}"),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<LoadError> for BuildError {
    fn from(error: LoadError) -> Self {
        Self::Load(error)
    }
}

/// Builds a `.wasm` of packs. The same packs give the same bytes.
///
/// # Errors
///
/// Where a pack does not check, or the engine does not get it in place within the sandbox's limits for packs.
pub fn build(sandbox: &Sandbox, set: &PackSet) -> Result<Vec<u8>, BuildError> {
    build_with(sandbox, ENGINE, set)
}

/// As [`build`], with an engine guest that was built anew.
///
/// # Errors
///
/// As [`build`].
pub fn build_with(sandbox: &Sandbox, engine: &[u8], set: &PackSet) -> Result<Vec<u8>, BuildError> {
    let mut set = set.clone();
    for pack in &mut set.packs {
        pack.files.retain(|path, _| !path.starts_with("tests/"));
    }
    let sources = serde_json::to_string(&set).map_err(|error| BuildError::Snapshot(error.to_string()))?;
    let (packs, mut wasm) = snapshot::take(sandbox, engine, &sources)?;
    let packs = serde_json::from_str(&packs).map_err(|error| BuildError::Snapshot(error.to_string()))?;
    let manifest = Manifest { packs, engine: hex(&Sha256::digest(engine)) };
    let manifest = serde_json::to_string(&manifest).map_err(|error| BuildError::Snapshot(error.to_string()))?;
    wasm.extend(sections::custom(SOURCES, sources.as_bytes()));
    wasm.extend(sections::custom(MANIFEST, manifest.as_bytes()));
    Ok(wasm)
}

/// What a `.wasm` pack says of itself; `None` where it is no pack.
#[must_use]
pub fn manifest(wasm: &[u8]) -> Option<Manifest> {
    serde_json::from_slice(section(wasm, MANIFEST)?).ok()
}

/// The packs that a `.wasm` pack was built of: to build it anew with other parameters, or to show them.
#[must_use]
pub fn sources(wasm: &[u8]) -> Option<PackSet> {
    serde_json::from_slice(section(wasm, SOURCES)?).ok()
}

fn section<'a>(wasm: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let sections = sections::read(wasm)?;
    sections.into_iter().find(|section| section.name == Some(name)).map(|section| section.body)
}
