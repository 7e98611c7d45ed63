//! Subcommands: one file each, and one line in [`Command`].

mod build;
mod check;
mod compile_plugin;
mod completions;
mod coverage;
mod drugs;
mod eval;
mod explain;
mod fhirpath;
mod inspect;
mod man;
mod mutate;
mod new;
mod plugin;
mod record;
mod replay;
mod rules;
mod schema;
mod serve;
mod sign;
mod test;
mod valueset;
mod verify;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::exit::Outcome;

/// Ends the help of every command.
const CAUTION: &str = "The treatment-resistant depression pack awaits clinical sign-off: it is not for clinical use.";

/// Clinical rules on FHIR records, answered as CDS Hooks cards
#[derive(Debug, Parser)]
#[command(
    name = "curbside",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  curbside eval examples/patients
  curbside explain trd-eligible examples/patients/adult-dose-not-recorded.json
  curbside new pack diabetes

Exit status: 0 it ran, whatever the rules said; 1 a check, a case or a comparison failed;
2 wrong usage; 3 an input could not be read; 4 a sandbox limit was hit."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Eval(eval::Arguments),
    Explain(explain::Arguments),
    Check(check::Arguments),
    Serve(serve::Arguments),
    Rules(rules::Arguments),
    Record(record::Arguments),
    Test(test::Arguments),
    Coverage(coverage::Arguments),
    Mutate(mutate::Arguments),
    Fhirpath(fhirpath::Arguments),
    New(new::Arguments),
    Valueset(valueset::Arguments),
    Drugs(drugs::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
    Replay(replay::Arguments),
    Build(build::Arguments),
    Inspect(inspect::Arguments),
    Sign(sign::Arguments),
    Verify(verify::Arguments),
    Plugin(plugin::Arguments),
    #[command(hide = true)]
    CompilePlugin(compile_plugin::Arguments),
}

/// Reads the arguments; help and wrong usage end the process.
pub(crate) fn parse() -> Arguments {
    Arguments::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit())
}

/// The command with all its subcommands.
pub(crate) fn command() -> clap::Command {
    cautioned(Arguments::command())
}

fn cautioned(command: clap::Command) -> clap::Command {
    let before = command.get_after_help().map(|text| format!("{text}\n\n")).unwrap_or_default();
    command.after_help(before + CAUTION).mut_subcommands(cautioned)
}

impl Command {
    pub(crate) fn run(&self) -> Outcome {
        match self {
            Self::Eval(arguments) => arguments.run(),
            Self::Explain(arguments) => arguments.run(),
            Self::Check(arguments) => arguments.run(),
            Self::Serve(arguments) => arguments.run(),
            Self::Rules(arguments) => arguments.run(),
            Self::Record(arguments) => arguments.run(),
            Self::Fhirpath(arguments) => arguments.run(),
            Self::New(arguments) => arguments.run(),
            Self::Valueset(arguments) => arguments.run(),
            Self::Drugs(arguments) => arguments.run(),
            Self::Schema(arguments) => arguments.run(),
            Self::Completions(arguments) => arguments.run(),
            Self::Man(arguments) => arguments.run(),
            Self::Replay(arguments) => arguments.run(),
            Self::Test(arguments) => arguments.run(),
            Self::Coverage(arguments) => arguments.run(),
            Self::Mutate(arguments) => arguments.run(),
            Self::Build(arguments) => arguments.run(),
            Self::Inspect(arguments) => arguments.run(),
            Self::Sign(arguments) => arguments.run(),
            Self::Verify(arguments) => arguments.run(),
            Self::Plugin(arguments) => arguments.run(),
            Self::CompilePlugin(arguments) => arguments.run(),
        }
    }
}
