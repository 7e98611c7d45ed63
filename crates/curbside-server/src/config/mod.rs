//! What an operator sets: flags, or one TOML file that is checked like rules are, with all its errors at once.

mod amount;
mod file;
mod model;
mod resolve;
mod toml;

use std::fs;
use std::path::Path;

use curbside_source::{Diagnostic, Sources};

pub use model::{Client, Config, FhirServers, Keys, Rate, Sandbox, Tenant, Tls};

/// Why a configuration cannot be used.
#[derive(Debug)]
pub enum ConfigError {
    /// The file cannot be read.
    Read(std::io::Error),
    /// Everything that is wrong with it.
    Wrong {
        /// The file, for messages that quote it.
        sources: Sources,
        /// What is wrong, in the order of places.
        found: Vec<Diagnostic>,
    },
}

impl Config {
    /// Reads a file. Paths in it are relative to its folder.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with everything that is wrong.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "the server reads its configuration")]
        let text = fs::read_to_string(path).map_err(ConfigError::Read)?;
        let folder = path.parent().map(Path::to_owned).unwrap_or_default();
        Self::parse(&path.display().to_string(), text, &folder)
    }

    /// Reads a text that stands in a folder.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Wrong`] with everything that is wrong.
    pub fn parse(name: &str, text: String, folder: &Path) -> Result<Self, ConfigError> {
        let mut sources = Sources::default();
        let file = sources.add(name, text);
        let read = toml::parse(&sources, file).and_then(|root| curbside_source::de::read_node::<file::File>(&root));
        let result = read.and_then(|file| resolve::resolve(file, folder));
        result.map_err(|mut found| {
            found.sort_by_key(|finding| finding.span);
            ConfigError::Wrong { sources, found }
        })
    }
}
