//! Where packs come from: folders of files, read as they are at one moment.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use curbside_engine::Pack;
use curbside_rules::Settings;
use curbside_source::{Diagnostics, Sources};
use serde::{Deserialize, Serialize};

/// A pack's files and what a site sets.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct PackSource {
    /// Where it was read from, for messages.
    pub origin: PathBuf,
    /// Its files by their path in the folder.
    pub files: BTreeMap<String, String>,
    /// Parameters, by name.
    pub parameters: BTreeMap<String, String>,
}

/// Why rules cannot be used.
#[derive(Debug)]
pub enum RulesError {
    /// A file or folder cannot be read.
    Read(PathBuf, io::Error),
    /// There is no pack there.
    NoPack(PathBuf),
    /// A pack does not check.
    Check {
        /// Where it was read from.
        origin: PathBuf,
        /// Everything that is to be said about it.
        found: Diagnostics,
        /// Its files, for messages that quote them.
        sources: Box<Sources>,
    },
    /// Packs that do not go together, or offer what cannot be served.
    Services(String),
    /// A plug-in that cannot be loaded.
    Plugin(PathBuf, String),
    /// A case that does not come out as it says.
    Case(String),
    /// What is set does not fit the packs.
    Settings(String),
}

impl fmt::Display for RulesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "{}: {error}", path.display()),
            Self::NoPack(path) => write!(f, "no rules at {}", path.display()),
            Self::Check { origin, found, sources } => {
                let errors: Vec<_> = found.iter().filter(|found| found.level == curbside_source::Level::Error).collect();
                write!(f, "{} does not check", origin.display())?;
                if let Some(first) = errors.first() {
                    write!(f, ": {} ({})", first.message, sources.name(first.span.file))?;
                }
                if errors.len() > 1 { write!(f, " and {} more", errors.len() - 1) } else { Ok(()) }
            }
            Self::Services(why) | Self::Case(why) | Self::Settings(why) => f.write_str(why),
            Self::Plugin(path, why) => write!(f, "{}: {why}", path.display()),
        }
    }
}

impl std::error::Error for RulesError {}

impl RulesError {
    /// Whether it is about what a site sets, not about the packs themselves.
    #[must_use]
    pub fn is_setting(&self) -> bool {
        match self {
            Self::Settings(_) => true,
            Self::Check { found, .. } => found.iter().any(|found| found.code == "parameter"),
            _ => false,
        }
    }
}

impl PackSource {
    /// Reads a pack's folder.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub fn read(folder: &Path) -> Result<Self, RulesError> {
        let mut files = BTreeMap::new();
        gather(folder, "", &mut files)?;
        Ok(Self { origin: folder.to_owned(), files, parameters: BTreeMap::new() })
    }

    /// The folders of packs at a path: the folder itself where it holds `pack.yaml`, else those in it that do.
    ///
    /// # Errors
    ///
    /// Where there is none.
    pub fn folders_at(path: &Path) -> Result<Vec<PathBuf>, RulesError> {
        if path.join("pack.yaml").is_file() {
            return Ok(vec![path.to_owned()]);
        }
        #[expect(clippy::disallowed_methods, reason = "rules are files")]
        let entries = fs::read_dir(path).map_err(|_| RulesError::NoPack(path.to_owned()))?;
        let mut folders: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.join("pack.yaml").is_file()).collect();
        folders.sort();
        if folders.is_empty() { Err(RulesError::NoPack(path.to_owned())) } else { Ok(folders) }
    }

    /// The packs at a path: see [`PackSource::folders_at`].
    ///
    /// # Errors
    ///
    /// Where there is none, or a file cannot be read.
    pub fn all_at(path: &Path) -> Result<Vec<Self>, RulesError> {
        Self::folders_at(path)?.iter().map(|folder| Self::read(folder)).collect()
    }

    /// Checks it and makes it ready.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn pack(&self) -> Result<Pack, RulesError> {
        let settings = Settings { parameters: self.parameters.clone(), ..Settings::default() };
        let loaded = Pack::load(self.files.clone(), &settings);
        let broken = || RulesError::Check { origin: self.origin.clone(), found: loaded.found, sources: Box::new(loaded.sources) };
        loaded.pack.ok_or_else(broken)
    }
}

fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<(), RulesError> {
    #[expect(clippy::disallowed_methods, reason = "the server reads its rules")]
    let entries = fs::read_dir(folder).map_err(|error| RulesError::Read(folder.to_owned(), error))?;
    for entry in entries.filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let inner = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            gather(&path, &inner, files)?;
        } else if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            #[expect(clippy::disallowed_methods, reason = "the server reads its rules")]
            let text = fs::read(&path).and_then(text).map_err(|error| RulesError::Read(path.clone(), error))?;
            files.insert(inner, text);
        }
    }
    Ok(())
}

/// The text of a file, which is UTF-8.
fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        io::Error::other(format!("line {line} is not UTF-8; save the file as UTF-8"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_file_is_not_utf_8_is_said() {
        assert_eq!(text(b"a: \xC3\xA9\n".to_vec()).unwrap(), "a: \u{e9}\n");
        let error = text(b"a: 1\nb: \xE9\n".to_vec()).unwrap_err();
        assert_eq!(error.to_string(), "line 2 is not UTF-8; save the file as UTF-8");
    }
}
