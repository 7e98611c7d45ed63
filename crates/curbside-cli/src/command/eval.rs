//! `curbside eval`: decisions and cards about patients.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use curbside_engine::Engine;
use indicatif::{ProgressBar, ProgressStyle};

use crate::ask::{AskArguments, Asking};
use crate::exit::{Failure, Outcome, Status};
use crate::inputs::{Input, Inputs};
use crate::packs::RulesArguments;
use crate::{report, show};

/// Decide rules about patients and show the cards
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside eval patient.json
  curbside eval patient.json --at 2026-11-23 --format json
  curbside eval request.json --format cards
  curbside eval patient.json --hook order-sign --context orders.json
  curbside eval population.ndjson.gz --format json > decisions.ndjson
  curl -s \"$FHIR/Patient/p1/\\$everything\" | curbside eval - --param min_trial_days='56 days'")]
pub(crate) struct Arguments {
    /// A FHIR Bundle or resource, NDJSON, a CDS Hooks request, a folder of those, or `-`; also gzipped
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    ask: AskArguments,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The decisions document, one a line for several inputs
    Json,
    /// The CDS Hooks response, one a line for several inputs
    Cards,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let engine = Engine::new(self.rules.load()?);
        let asking = self.ask.settle(&engine)?;
        let inputs = Inputs::of(&self.inputs, asking.max_bytes())?;
        let progress = progress(&inputs);
        let mut status = Status::Ran;
        let mut is_first = true;
        inputs.each(|input| {
            match self.print(&engine, &asking, &input) {
                Ok(text) if self.format == Format::Text => {
                    // Pages of several patients stand apart, and say which input they are about.
                    let gap = if is_first { "" } else { "\n" };
                    let name = if inputs.count() == Some(1) { String::new() } else { format!("{}\n", report::plain(&input.name)) };
                    report::page(&format!("{gap}{name}{text}"));
                    is_first = false;
                }
                Ok(text) => report::data(&text),
                Err(why) => {
                    status = Status::Unreadable;
                    progress.suspend(|| report::failure(&Failure::unreadable(format!("{}: {why}", input.name))));
                }
            }
            progress.inc(1);
        });
        progress.finish_and_clear();
        Ok(status)
    }

    fn print(&self, engine: &Engine, asking: &Asking<'_>, input: &Input) -> Result<String, String> {
        let bytes = input.bytes.as_ref().map_err(Clone::clone)?;
        let document = asking.document(bytes).map_err(|error| error.to_string())?;
        let occasion = Asking::occasion(&document, bytes);
        let question = asking.question(&document, &occasion);
        let chart = engine.chart(&question).map_err(|error| error.to_string())?;
        let answer = engine.decide(&chart, &question).map_err(|error| error.to_string())?;
        match self.format {
            Format::Text => {
                let trials = engine.trials(&chart, &question).map_err(|error| error.to_string())?;
                Ok(show::answer(engine, &chart, asking.as_of, &answer, &trials))
            }
            Format::Json => line(&answer),
            Format::Cards => line(&CardsOnly { cards: &answer.cards }),
        }
    }
}

/// The CDS Hooks response.
#[derive(serde::Serialize)]
struct CardsOnly<'a> {
    cards: &'a [curbside_cards::wire::Card],
}

/// A document on a line of its own.
fn line(document: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(document).map(|text| text + "\n").map_err(|error| error.to_string())
}

/// How far it is, where that is worth a bar: many inputs, and a terminal that shows nothing else.
fn progress(inputs: &Inputs) -> ProgressBar {
    if inputs.count() == Some(1) || !std::io::stderr().is_terminal() || std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    match inputs.count() {
        Some(count) => ProgressBar::new(count as u64).with_style(ProgressStyle::default_bar()),
        None => {
            let style = ProgressStyle::with_template("{spinner} {human_pos} documents, {per_sec}").ok();
            ProgressBar::new_spinner().with_style(style.unwrap_or_else(ProgressStyle::default_spinner))
        }
    }
}
