//! Rules that were in force, kept so that they can be again: after a bad change, a roll-back, a restart.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::set::{PluginSource, RuleSet};
use crate::clock;

/// A folder of rules that were in force.
#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// What is in force, and what is not to be although it stands on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Digest of what is in force.
    #[serde(default)]
    pub current: Option<String>,
    /// Digest of what was rolled back: it stays so until the files change again.
    #[serde(default)]
    pub skipped: Option<String>,
    /// What an operator asked for and the server has not done yet.
    #[serde(default)]
    pub requested: Option<String>,
    /// Every digest that was in force, with the moment it last came to be, in milliseconds since 1970.
    #[serde(default)]
    pub activated: BTreeMap<String, i64>,
}

impl History {
    /// A history in a folder, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// Where it cannot be.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// What is in force. A state that cannot be read is none.
    #[must_use]
    pub fn state(&self) -> State {
        self.read("state.json").and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// The digest that a beginning of one means.
    #[must_use]
    pub fn find(&self, beginning: &str) -> Option<String> {
        let wanted = beginning.strip_prefix("sha256:").unwrap_or(beginning);
        let state = self.state();
        let mut fitting = state.activated.keys().filter(|digest| digest.strip_prefix("sha256:").is_some_and(|hex| hex.starts_with(wanted)));
        match (fitting.next(), fitting.next()) {
            (Some(digest), None) if !wanted.is_empty() => Some(digest.clone()),
            _ => None,
        }
    }

    /// What was in force before what is now.
    #[must_use]
    pub fn previous(&self) -> Option<String> {
        let state = self.state();
        let mut all: Vec<(&i64, &String)> = state.activated.iter().map(|(digest, at)| (at, digest)).collect();
        all.sort();
        all.into_iter().rev().map(|(_, digest)| digest).find(|digest| Some(*digest) != state.current.as_ref()).cloned()
    }

    /// Asks the server for earlier rules; it takes them up within seconds, or when it starts.
    ///
    /// # Errors
    ///
    /// Where the folder cannot be written.
    pub fn request(&self, digest: &str) -> std::io::Result<()> {
        let state = State { requested: Some(digest.to_owned()), ..self.state() };
        self.write_state(&state)
    }

    pub(crate) fn write_state(&self, state: &State) -> std::io::Result<()> {
        self.write("state.json", &serde_json::to_vec_pretty(state).unwrap_or_default())
    }

    /// Keeps rules that are in force from now on.
    pub(crate) fn keep(&self, digest: &str, set: &RuleSet, state: &mut State) -> std::io::Result<()> {
        for plugin in set.groups().flat_map(|group| &group.plugins) {
            let name = file_name(&plugin.digest, "wasm");
            if !self.folder.join(&name).is_file() {
                self.write(&name, &plugin.bytes)?;
            }
        }
        let name = file_name(digest, "json");
        if !self.folder.join(&name).is_file() {
            self.write(&name, &serde_json::to_vec(set).unwrap_or_default())?;
        }
        state.current = Some(digest.to_owned());
        state.activated.insert(digest.to_owned(), clock::millis());
        self.write_state(state)
    }

    /// Rules that were in force, where they are still whole.
    pub(crate) fn set(&self, digest: &str) -> Option<RuleSet> {
        let mut set: RuleSet = serde_json::from_slice(&self.read(&file_name(digest, "json"))?).ok()?;
        let complete = |plugin: &mut PluginSource| {
            plugin.bytes = self.read(&file_name(&plugin.digest, "wasm"))?;
            Some(())
        };
        let plugins = std::iter::once(&mut set.everybody).chain(set.tenants.values_mut()).flat_map(|group| &mut group.plugins);
        plugins.map(complete).collect::<Option<()>>()?;
        // What was written over is not what was in force.
        let whole =
            set.groups().flat_map(|group| &group.plugins).all(|plugin| crate::wire::envelope::sha256(&plugin.bytes) == plugin.digest);
        (whole && set.digest() == digest).then_some(set)
    }

    fn read(&self, name: &str) -> Option<Arc<[u8]>> {
        #[expect(clippy::disallowed_methods, reason = "the server reads what it kept")]
        fs::read(self.folder.join(name)).ok().map(Arc::from)
    }

    /// Writes a file whole, or not at all.
    fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        let (path, draft) = (self.folder.join(name), self.folder.join(format!(".{name}.draft")));
        let mut file = fs::File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(draft, path)
    }
}

fn file_name(digest: &str, end: &str) -> String {
    format!("{}.{end}", digest.trim_start_matches("sha256:"))
}
