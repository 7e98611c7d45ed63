//! `curbside valueset`: what a value set is made of.

mod expand;
mod expansion;
mod server;

use clap::Subcommand;

use crate::exit::Outcome;

/// Enumerate value sets
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  curbside valueset expand rules/trd/value-sets/psychosis.yaml --server https://tx.example.org/r4")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Expand(expand::Arguments),
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        match &self.command {
            Command::Expand(arguments) => arguments.run(),
        }
    }
}
