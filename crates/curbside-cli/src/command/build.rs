//! `curbside build`: a pack as one sandboxed plug-in.

use std::path::PathBuf;

use curbside_cases::Report;
use curbside_sandbox::{SecretKey, pack};

use super::test::{self, Results};
use crate::cases::Tested;
use crate::exit::{Failure, Outcome, Status};
use crate::keys::{self, KeyArguments};
use crate::packs::RulesArguments;
use crate::{report, sandboxed};

/// Build a pack into one WebAssembly plug-in that any host of the contract can run
///
/// The pack is checked, its cases are run, it is compiled, and the engine's memory is kept with everything in place. The
/// same pack, cases, parameters and version of Curbside give the same bytes.
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
            keys: KeyArguments::default(),
        };
        let failed = |error: &dyn std::fmt::Display| Failure::new(Status::Failed, error.to_string());
        let key = self.sign.as_deref().map(keys::secret).transpose()?;
        self.allow(&rules, key.as_ref())?;
        let packs = rules.written()?;
        let (cases, count) = self.cases()?;
        let mut wasm = sandboxed::build(&sandboxed::sandbox(&rules.keys.trust()?)?, &rules, &packs)?;
        wasm = pack::with_cases(wasm, &cases).map_err(|error| failed(&error))?;
        if let Some(key) = &key {
            wasm = key.sign(&wasm).map_err(|error| failed(&error))?;
        }
        std::fs::write(&self.output, &wasm).map_err(|error| Failure::usage(format!("{}: {error}", self.output.display())))?;
        let packs = pack::manifest(&wasm).map(|manifest| manifest.packs).unwrap_or_default();
        let packs: Vec<String> = packs.iter().map(|pack| format!("{} {}", pack.id, pack.version)).collect();
        report::words(&format!("{}: {}, {count} cases pass, {} bytes\n", self.output.display(), packs.join(", "), wasm.len()));
        Ok(Status::Ran)
    }

    /// Building runs the rules: where keys are configured, only for one who may sign them.
    fn allow(&self, rules: &RulesArguments, key: Option<&SecretKey>) -> Result<(), Failure> {
        match key {
            Some(key) if rules.keys.trust()?.trusts(&key.public()) => Ok(()),
            _ => rules.keys.allow_folder(&self.pack),
        }
    }

    /// The cases of the packs, which pass, and how many there are.
    fn cases(&self) -> Result<(Vec<pack::PackCases>, usize), Failure> {
        let all = Tested::written(&self.pack)?.into_iter().map(|tested| Results { reports: tested.run(), tested });
        let all: Vec<Results> = all.collect();
        let reports = || all.iter().flat_map(|results| &results.reports);
        let failing = reports().filter(|report| !report.passes()).count();
        if failing > 0 {
            report::page(&test::page(&all));
            return Err(Failure::new(Status::Failed, format!("{failing} cases fail, so nothing is built"))
                .help(format!("`curbside test {}` shows them", self.pack.display())));
        }
        Ok((all.iter().map(|results| results.tested.cases()).collect(), reports().filter(|report| Report::passes(report)).count()))
    }
}
