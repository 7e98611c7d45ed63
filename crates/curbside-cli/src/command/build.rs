//! `curbside build`: a pack as one sandboxed plug-in.

use std::path::PathBuf;

use curbside_sandbox::pack;

use crate::exit::{Failure, Outcome, Status};
use crate::packs::RulesArguments;
use crate::{keys, report, sandboxed};

/// Build a pack into one WebAssembly plug-in that any host of the contract can run
///
/// The pack is checked and compiled, and the engine's memory is kept with everything in place. The same pack, parameters
/// and version of Curbside give the same bytes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside build rules/trd -o trd.wasm
  curbside build rules/trd -o trd.wasm --param min_trial_days='56 days' --sign key.pem
  curbside eval patient.json --rules trd.wasm")]
pub(crate) struct Arguments {
    /// A pack, or a folder of packs that answer together
    pack: PathBuf,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Set a parameter of the pack, within the bounds it allows
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = crate::packs::name_and_value)]
    parameters: Vec<(String, String)>,
    /// Local code systems and what they stand for: a YAML file of lines such as `urn:local:dx: icd10cm`
    #[arg(long, value_name = "FILE")]
    aliases: Option<PathBuf>,
    /// Sign it with this Ed25519 key, a secret key in PEM
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let rules = RulesArguments {
            rules: self.pack.clone(),
            parameters: self.parameters.clone(),
            aliases: self.aliases.clone(),
            trusted_keys: Vec::new(),
        };
        let sandbox = sandboxed::sandbox(&rules)?;
        let mut wasm = sandboxed::build(&sandbox, &rules)?;
        if let Some(key) = &self.sign {
            wasm = keys::secret(key)?.sign(&wasm).map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
        }
        std::fs::write(&self.output, &wasm).map_err(|error| Failure::usage(format!("{}: {error}", self.output.display())))?;
        let packs = pack::manifest(&wasm).map(|manifest| manifest.packs).unwrap_or_default();
        let packs: Vec<String> = packs.iter().map(|pack| format!("{} {}", pack.id, pack.version)).collect();
        report::words(&format!("{}: {}, {} bytes\n", self.output.display(), packs.join(", "), wasm.len()));
        Ok(Status::Ran)
    }
}
