//! `curbside explain`: the whole why of one rule, and what would change it.

use std::path::{Path, PathBuf};

use curbside_engine::DetailsAsked;
use curbside_source::did_you_mean;

use crate::ask::{AskArguments, Asking};
use crate::exit::{Failure, Outcome, Status};
use crate::inputs::{Input, Inputs};
use crate::packs::{self, RulesArguments};
use crate::rules::Rules;
use crate::sandboxed::SandboxArguments;
use crate::{report, show};

/// Show why a rule says what it says about a patient, and what would change the answer
///
/// Every criterion with its truth, its figures, the records it rests on and where it is written. For
/// a rule that is not met, the criterion that is nearest to being met comes first. Clinical figures
/// that await sign-off are listed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside explain trd-eligible patient.json
  curbside explain trd-eligible patient.json --at 2026-11-23 --format json
  curbside explain contra-aneurysm-avm request.json
  curbside explain trd-eligible patient.json --rules trd.wasm")]
pub(crate) struct Arguments {
    /// The rule's id
    rule: String,
    /// A FHIR Bundle or resource, or a CDS Hooks request; or `-`
    input: PathBuf,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    sandbox: SandboxArguments,
    #[command(flatten)]
    ask: AskArguments,
    /// Also list every figure that awaits sign-off, not only how many there are in each file
    #[arg(long)]
    all: bool,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The explanation document
    Json,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let rules = Rules::load(&self.rules, self.sandbox.sandbox)?;
        let engine = rules.written()?;
        // The sources of a compiled pack are in the file.
        let folders = if self.rules.is_wasm() { Vec::new() } else { packs::folders(&self.rules.rules)? };
        let place = engine.packs().iter().position(|pack| pack.plan.rule(&self.rule).is_some());
        let Some(folder) = place.map(|at| folders.get(at).unwrap_or(&self.rules.rules)) else {
            let known = engine.packs().iter().flat_map(|pack| &pack.plan.rules).map(|rule| rule.id.as_str());
            let failure = Failure::usage(format!("no pack has a rule `{}`", self.rule));
            return Err(match did_you_mean(&self.rule, known) {
                Some(help) => failure.help(help),
                None => failure,
            });
        };
        let asking = self.ask.settle(&rules.services())?;
        let inputs = Inputs::of(std::slice::from_ref(&self.input), asking.max_bytes())?;
        let mut result = Err(Failure::unreadable(format!("{}: nothing to read", self.input.display())));
        let mut count = 0;
        inputs.each(|input| {
            count += 1;
            if count == 1 {
                let named = |failure: Failure| Failure { message: format!("{}: {}", input.name, failure.message), ..failure };
                result = self.explain(&rules, &asking, folder, &input).map_err(named);
            }
        });
        if count > 1 {
            return Err(Failure::usage("`explain` is about one patient").help("give one document, or use `curbside eval`"));
        }
        match self.format {
            Format::Text => report::page(&result?),
            Format::Json => report::data(&result?),
        }
        Ok(Status::Ran)
    }

    fn explain(&self, rules: &Rules, asking: &Asking<'_>, folder: &Path, input: &Input) -> Result<String, Failure> {
        let unreadable = |error: &dyn std::fmt::Display| Failure::unreadable(error.to_string());
        let bytes = input.bytes.as_ref().map_err(Failure::unreadable)?;
        let asked = asking.text(bytes).map_err(|error| unreadable(&error))?;
        let document = asking.document(&asked).map_err(|error| unreadable(&error))?;
        let occasion = Asking::occasion(&document, bytes);
        let question = asking.question(&document, &occasion);
        let beside = DetailsAsked { explain: vec![self.rule.clone()], ..DetailsAsked::default() };
        let explained = rules.decider().details(&question, &asked, &beside)?.explanations.into_iter().next();
        let explained = explained.ok_or_else(|| Failure::unreadable(format!("no pack has a rule `{}`", self.rule)))?;
        match self.format {
            Format::Text => {
                let engine = rules.written()?;
                let chart = engine.chart_for(&question, &self.rule).map_err(|error| unreadable(&error))?;
                Ok(show::explanation(engine, &chart, &explained, folder, asking.as_of, self.all))
            }
            Format::Json => serde_json::to_string(&explained).map(|text| text + "\n").map_err(|error| unreadable(&error)),
        }
    }
}
