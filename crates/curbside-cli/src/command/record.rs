//! `curbside record`: a server that keeps the requests it answers.

use std::path::PathBuf;

use crate::command::serve;
use crate::exit::Outcome;

/// Answer EHRs and keep each request, to run it again later with `curbside replay`
///
/// A request is kept as the rules saw it, with what was fetched for it and without tokens: one file each, named by
/// its decision id. Names, texts and identifiers are left out and ids are changed alike; it is still health data.
#[derive(Debug, clap::Args)]
// The group of the flattened arguments has the same name.
#[group(skip)]
#[command(after_help = "\
Examples:
  curbside record requests/
  curbside replay requests/ --against rules-next/")]
pub(crate) struct Arguments {
    /// Where requests are kept
    folder: PathBuf,
    /// Keep requests as they came, names and all: needed to give an answer again byte for byte
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    serve: serve::Arguments,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        self.serve.run_recording(Some((&self.folder, self.raw)))
    }
}
