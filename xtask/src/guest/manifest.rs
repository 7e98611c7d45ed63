//! What the kept guest is and was built from.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::build::{COMMAND, MANIFEST, Toolchain};
use super::sources;

/// The manifest of the kept guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// What wrote it.
    written_by: String,
    /// SHA-256 of the wasm.
    pub(super) wasm: String,
    /// SHA-256 of the sources; see [`sources::digest`].
    pub(super) sources: String,
    /// The compiler and the linker.
    pub(super) compiler: String,
    /// The command that built it.
    command: String,
}

impl Manifest {
    pub(super) fn of(root: &Path, wasm: &[u8], toolchain: &Toolchain) -> anyhow::Result<Self> {
        Ok(Self {
            written_by: "cargo xtask guest".to_owned(),
            wasm: sources::sha256(wasm),
            sources: sources::digest(root)?,
            compiler: toolchain.version.clone(),
            command: format!("{} {MANIFEST}", COMMAND.join(" ")),
        })
    }

    pub(super) fn read(text: &[u8]) -> anyhow::Result<Self> {
        Ok(serde_json::from_slice(text)?)
    }

    pub(super) fn text(&self) -> anyhow::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
