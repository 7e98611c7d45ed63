//! `curbside eval`: decisions and cards about patients.

use std::borrow::Cow;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use curbside_engine::DetailsAsked;
use curbside_engine::exchange::Document;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::value::RawValue;

use crate::ask::{AskArguments, Asking};
use crate::exit::{Failure, Outcome, Status};
use crate::inputs::{Input, Inputs};
use crate::packs::RulesArguments;
use crate::plugins;
use crate::rules::Rules;
use crate::sandboxed::{PluginArguments, SandboxArguments};
use crate::{report, show};

/// Decide rules about patients and show the cards
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside eval patient.json
  curbside eval patient.json --at 2026-11-23 --format json
  curbside eval request.json --format cards
  curbside eval patient.json --hook order-sign --context orders.json
  curbside eval patient.json --rules trd.wasm
  curbside eval patient.json --plugin plugin.wasm
  curbside eval population.ndjson.gz --format json > decisions.ndjson
  curl -s \"$FHIR/Patient/p1/\\$everything\" | curbside eval - --param min_trial_days='56 days'")]
pub(crate) struct Arguments {
    /// A FHIR Bundle or resource, a CDS Hooks request, NDJSON of those (resources a line are the record of one patient), a
    /// folder of those, or `-`; also gzipped
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    sandbox: SandboxArguments,
    #[command(flatten)]
    plugins: PluginArguments,
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
        let rules = Rules::with_plugins(&self.rules, self.sandbox.sandbox, &self.plugins.plugins)?;
        let asking = self.ask.settle(&rules.services())?;
        if self.format == Format::Text {
            rules.written()?;
        }
        let inputs = Inputs::of(&self.inputs, asking.max_bytes())?;
        let progress = progress(&inputs);
        let mut status = Status::Ran;
        let mut is_first = true;
        inputs.each(|input| {
            match self.print(&rules, &asking, &input) {
                Ok(text) if self.format == Format::Text => {
                    // Pages of several patients stand apart, and say which input they are about.
                    let gap = if is_first { "" } else { "\n" };
                    let name = if inputs.count() == Some(1) { String::new() } else { format!("{}\n", report::plain(&input.name)) };
                    report::page(&format!("{gap}{name}{text}"));
                    is_first = false;
                }
                Ok(text) => report::data(&text),
                Err(failure) => {
                    status = status.max(failure.status);
                    let message = format!("{}: {}", input.name, failure.message);
                    progress.suspend(|| report::failure(&Failure { message, ..failure }));
                }
            }
            progress.inc(1);
        });
        progress.finish_and_clear();
        Ok(status)
    }

    fn print(&self, rules: &Rules, asking: &Asking<'_>, input: &Input) -> Result<String, Failure> {
        let unreadable = |error: &dyn std::fmt::Display| Failure::unreadable(error.to_string());
        let bytes = input.bytes.as_ref().map_err(Failure::unreadable)?;
        let asked = asking.text(bytes).map_err(|error| unreadable(&error))?;
        let document = asking.document(&asked).map_err(|error| unreadable(&error))?;
        let occasion = Asking::occasion(&document, bytes);
        let question = asking.question(&document, &occasion);
        let beside = DetailsAsked { trials: self.format == Format::Text, ..DetailsAsked::default() };
        let (decided, details) = rules.decider().document(&question, &asked, &beside)?;
        if self.format == Format::Json && rules.plugins.is_empty() {
            return Ok(decided + "\n");
        }
        let mut said: Document<'_> = serde_json::from_str(&decided).map_err(|error| unreadable(&error))?;
        let own = said.cards.len();
        plugins::ask(rules, asking, bytes, occasion.text(), &mut said)?;
        match self.format {
            Format::Json => line(&said),
            Format::Cards => line(&CardsOnly { cards: &said.cards }),
            Format::Text => {
                let engine = rules.written()?;
                let chart = engine.chart(&question).map_err(|error| unreadable(&error))?;
                let answer = serde_json::from_str(&decided).map_err(|error| unreadable(&error))?;
                let page = show::answer(engine, &chart, asking.as_of, &answer, &details.trials);
                Ok(page + &show::plugin_cards(said.cards.get(own..).unwrap_or_default()))
            }
        }
    }
}

/// The CDS Hooks response.
#[derive(serde::Serialize)]
struct CardsOnly<'a> {
    cards: &'a [Cow<'a, RawValue>],
}

/// A document on a line of its own.
fn line(document: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string(document).map(|text| text + "\n").map_err(|error| Failure::unreadable(error.to_string()))
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
