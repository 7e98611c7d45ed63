//! How far a replay has come, saved beside its output, so that it can go on where it was ended.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::tally::Tally;

/// How far a replay has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// What is asked, of which packs: another question cannot be continued.
    pub(crate) question: String,
    /// Files with their sizes: other inputs cannot be continued.
    pub(crate) inputs: Vec<(String, u64)>,
    /// Records that are done.
    pub(crate) records: u64,
    /// Bytes of the output that belong to them.
    pub(crate) output: u64,
    /// Bytes of the report of errors that belong to them.
    pub(crate) errors: u64,
    /// What came of them.
    pub(crate) tally: Tally,
}

impl State {
    /// The file in which the state is kept while an output is being written.
    pub(crate) fn file(output: &Path) -> PathBuf {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(".resume");
        output.with_file_name(name)
    }

    /// The state of an earlier run of the same replay; `None` where it has none.
    pub(crate) fn read(file: &Path, question: &str, inputs: &[(String, u64)]) -> Result<Option<Self>, Error> {
        let Ok(text) = std::fs::read(file) else { return Ok(None) };
        let state: Self = serde_json::from_slice(&text).map_err(|error| Error::new(format!("{}: {error}", file.display())))?;
        if state.question != question || state.inputs != inputs {
            return Err(Error::usage(format!("{} belongs to another replay: other inputs, rules or options", file.display()))
                .help("repeat the command that was ended, or remove the file and start anew"));
        }
        Ok(Some(state))
    }

    /// Saves it, all or nothing.
    pub(crate) fn save(&self, file: &Path) -> io::Result<()> {
        let draft = file.with_extension("resume-draft");
        std::fs::write(&draft, serde_json::to_vec(self)?)?;
        std::fs::rename(draft, file)
    }
}
