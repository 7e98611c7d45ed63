//! A whole replay: read, decide, count, write.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::ask::{Asker, Row};
use crate::error::Error;
use crate::input::{BytesRead, Inputs};
use crate::output::{Ndjson, Output};
use crate::pipeline::ordered;
use crate::resume::State;
use crate::tally::{Failed, Tally};

/// How often the state is saved.
const SAVED_EVERY: Duration = Duration::from_secs(2);

/// A replay.
#[derive(Debug)]
pub struct Job<'j> {
    /// The records.
    pub inputs: &'j Inputs,
    /// The question.
    pub asker: &'j Asker<'j>,
    /// Threads that decide.
    pub threads: usize,
    /// Where decisions go.
    pub output: Option<PathBuf>,
    /// Where failures go, one a line.
    pub errors: Option<PathBuf>,
    /// Whether to go on where an earlier run of the same job ended.
    pub resume: bool,
    /// Counts the bytes that have been read.
    pub read: BytesRead,
}

impl Job<'_> {
    /// Does it. `watch` sees every row in the order of the input, with the counts so far.
    ///
    /// # Errors
    ///
    /// [`Error`] where files cannot be written, or there is nothing to go on from.
    pub fn run(&self, mut watch: impl FnMut(&Row, &Tally)) -> Result<Tally, Error> {
        let file = self
            .output
            .as_deref()
            .filter(|path| path.extension().is_some_and(|ending| ending == "ndjson" || ending == "jsonl"))
            .map(State::file);
        let mut state = self.state(file.as_deref())?;
        let mut output = self.output.as_deref().map(|path| Output::create(path, state.output)).transpose()?;
        let mut errors =
            self.errors.as_deref().map(|path| Ndjson::create(path, state.errors)).transpose().map_err(|error| written(&error))?;
        let done = usize::try_from(state.records).unwrap_or(usize::MAX);
        let records = self.inputs.records(self.read.clone()).skip(done);
        let mut saved = Instant::now();
        ordered(
            records,
            self.threads,
            |item| self.asker.rows(item),
            |rows| {
                for row in &rows {
                    state.tally.add(row);
                    match (&row.answer, &mut output, &mut errors) {
                        (Ok(_), Some(output), _) => output.add(row)?,
                        (Err(error), _, Some(errors)) => {
                            errors.line(&serde_json::to_vec(&Failed { input: row.name.clone(), error: error.clone() })?)?;
                        }
                        _ => {}
                    }
                    watch(row, &state.tally);
                }
                state.records += 1;
                if let Some(file) = file.as_deref().filter(|_| saved.elapsed() >= SAVED_EVERY) {
                    state.output = output.as_mut().map(Output::flush).transpose()?.unwrap_or_default();
                    state.errors = errors.as_mut().map(Ndjson::flush).transpose()?.unwrap_or_default();
                    state.save(file)?;
                    saved = Instant::now();
                }
                Ok::<_, io::Error>(())
            },
        )
        .map_err(|error| written(&error))?;
        output.map(Output::finish).transpose().map_err(|error| written(&error))?;
        errors.map(|mut errors| errors.flush()).transpose().map_err(|error| written(&error))?;
        if let Some(file) = file.filter(|file| file.exists()) {
            std::fs::remove_file(file).map_err(|error| written(&error))?;
        }
        Ok(state.tally)
    }

    /// Where to begin.
    fn state(&self, file: Option<&std::path::Path>) -> Result<State, Error> {
        let (question, inputs) = (self.asker.fingerprint(), self.inputs.fingerprint());
        let earlier = match file.filter(|_| self.resume) {
            Some(file) => State::read(file, &question, &inputs)?,
            None if self.resume => return Err(Error::usage("only an output in `.ndjson` can be continued")),
            None => None,
        };
        let moments = self.asker.moments.iter().map(ToString::to_string);
        Ok(earlier.unwrap_or_else(|| State { question, inputs, tally: Tally::new(moments), ..State::default() }))
    }
}

fn written(error: &io::Error) -> Error {
    Error::new(format!("the output cannot be written: {error}"))
}
