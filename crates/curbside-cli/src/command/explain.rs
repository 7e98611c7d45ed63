//! `curbside explain`: the whole why of one rule, and what would change it.

use std::path::{Path, PathBuf};

use curbside_engine::Engine;
use curbside_source::did_you_mean;

use crate::ask::{AskArguments, Asking};
use crate::exit::{Failure, Outcome, Status};
use crate::inputs::{Input, Inputs};
use crate::packs::{self, RulesArguments};
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
  curbside explain contra-aneurysm-avm request.json")]
pub(crate) struct Arguments {
    /// The rule's id
    rule: String,
    /// A FHIR Bundle or resource, or a CDS Hooks request; or `-`
    input: PathBuf,
    #[command(flatten)]
    rules: RulesArguments,
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
        let folders = packs::folders(&self.rules.rules)?;
        let engine = Engine::new(self.rules.load()?);
        let place = engine.packs().iter().position(|pack| pack.plan.rule(&self.rule).is_some());
        let Some(folder) = place.and_then(|at| folders.get(at)) else {
            let rules = engine.packs().iter().flat_map(|pack| &pack.plan.rules).map(|rule| rule.id.as_str());
            let failure = Failure::usage(format!("no pack has a rule `{}`", self.rule));
            return Err(match did_you_mean(&self.rule, rules) {
                Some(help) => failure.help(help),
                None => failure,
            });
        };
        let asking = self.ask.settle(&engine)?;
        let inputs = Inputs::of(std::slice::from_ref(&self.input), asking.max_bytes())?;
        let mut result = Err(Failure::unreadable(format!("{}: nothing to read", self.input.display())));
        let mut count = 0;
        inputs.each(|input| {
            count += 1;
            if count == 1 {
                let failed = |why| Failure::unreadable(format!("{}: {why}", input.name));
                result = self.explain(&engine, &asking, folder, &input).map_err(failed);
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

    fn explain(&self, engine: &Engine, asking: &Asking<'_>, folder: &Path, input: &Input) -> Result<String, String> {
        let bytes = input.bytes.as_ref().map_err(Clone::clone)?;
        let document = asking.document(bytes).map_err(|error| error.to_string())?;
        let occasion = Asking::occasion(&document, bytes);
        let question = asking.question(&document, &occasion);
        let chart = engine.chart_for(&question, &self.rule).map_err(|error| error.to_string())?;
        let explained = engine.explain(&chart, &question, &self.rule).map_err(|error| error.to_string())?;
        let explained = explained.ok_or_else(|| format!("no pack has a rule `{}`", self.rule))?;
        match self.format {
            Format::Text => Ok(show::explanation(engine, &chart, &explained, folder, asking.as_of, self.all)),
            Format::Json => serde_json::to_string(&explained).map(|text| text + "\n").map_err(|error| error.to_string()),
        }
    }
}
