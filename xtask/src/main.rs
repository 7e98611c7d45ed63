//! Repository chores. `cargo xtask --help` lists them.

use clap::{Parser, Subcommand};

mod bench;
mod fhir_model;
mod fhirpath_js;
mod guest;
mod licences;
mod plugins;
mod population;
mod schema;
mod soak;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Repository chores")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Measure ratios against something else in the same run; one JSON line each
    Bench(bench::Arguments),
    Guest(guest::Arguments),
    /// Build the example plug-ins in Rust, JavaScript and Python, and test them
    Plugins,
    /// Write a synthetic population, one record a line
    Population(population::Arguments),
    /// Check that every dependency's licence is on the list
    Licences,
    /// Write FHIRPath's table of FHIR R4 types from the published structure definitions (needs npm)
    FhirModel(fhir_model::Arguments),
    /// Evaluate the same FHIRPath expressions with fhirpath.js and with ours (needs npm and node)
    FhirpathJs(fhirpath_js::Arguments),
    /// Write `schemas/` from the types that read and write those files
    Schema(schema::Arguments),
    /// Let mixed good, bad and hostile traffic loose on a server
    Soak(soak::Arguments),
}

fn main() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a chore of the repository may read the environment")]
    let is_echo = std::env::var_os(bench::server::ECHO).is_some();
    if is_echo {
        return bench::server::echo();
    }
    match Arguments::parse().chore {
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Guest(arguments) => guest::run(&arguments),
        Chore::Plugins => plugins::run(),
        Chore::Population(arguments) => population::run(&arguments),
        Chore::Licences => licences::run(),
        Chore::FhirModel(arguments) => fhir_model::run(&arguments),
        Chore::FhirpathJs(arguments) => fhirpath_js::run(&arguments),
        Chore::Schema(arguments) => schema::run(&arguments),
        Chore::Soak(arguments) => soak::run(&arguments),
    }
}
