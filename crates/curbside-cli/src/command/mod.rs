//! Subcommands: one file each, and one line in [`Command`].

mod check;
mod eval;
mod explain;

use clap::{Parser, Subcommand};

use crate::exit::Outcome;

/// Clinical rules on FHIR records, answered as CDS Hooks cards
///
/// The packs that come with Curbside await clinical sign-off and are not for clinical use.
#[derive(Debug, Parser)]
#[command(name = "curbside", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Eval(eval::Arguments),
    Explain(explain::Arguments),
    Check(check::Arguments),
}

impl Command {
    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Eval(arguments) => arguments.run(),
            Self::Explain(arguments) => arguments.run(),
            Self::Check(arguments) => arguments.run(),
        }
    }
}
