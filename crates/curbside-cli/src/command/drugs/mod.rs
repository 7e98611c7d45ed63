//! `curbside drugs`: products into drug sets.

mod import;
mod products;
mod rrf;
mod write;

use clap::Subcommand;

use crate::exit::Outcome;

/// Widen drug sets with products
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  curbside drugs import --rrf RxNorm_full/rrf --set rules/trd/value-sets/antidepressants.yaml")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Import(import::Arguments),
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        match &self.command {
            Command::Import(arguments) => arguments.run(),
        }
    }
}
