//! `curbside eval`: decisions and cards about patients.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use curbside_engine::{Engine, Question};
use indicatif::{ProgressBar, ProgressStyle};

use crate::ask::{AskArguments, Asking};
use crate::exit::{Failure, Outcome, Status};
use crate::inputs::{Input, Inputs};
use crate::packs::RulesArguments;
use crate::plugins::{self, Document};
use crate::sandboxed::{Guests, SandboxArguments};
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
    /// A FHIR Bundle or resource, NDJSON, a CDS Hooks request, a folder of those, or `-`; also gzipped
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    sandbox: SandboxArguments,
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
        let guests = self.sandbox.guests(&self.rules)?;
        let in_process = guests.as_ref().is_none_or(|guests| guests.pack.is_none()) && !self.sandbox.without_packs(&self.rules);
        let engine = Engine::new(if in_process { self.rules.load()? } else { Vec::new() });
        let asking = match &guests {
            None => self.ask.settle(&engine)?,
            Some(guests) => self.ask.settle_among(&[guests.services(), services(&engine)].concat())?,
        };
        let inputs = Inputs::of(&self.inputs, asking.max_bytes())?;
        let progress = progress(&inputs);
        let mut status = Status::Ran;
        let mut is_first = true;
        inputs.each(|input| {
            match self.print(&engine, guests.as_ref(), &asking, &input) {
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

    fn print(&self, engine: &Engine, guests: Option<&Guests>, asking: &Asking<'_>, input: &Input) -> Result<String, Failure> {
        let bytes = input.bytes.as_ref().map_err(Failure::unreadable)?;
        let document = asking.document(bytes).map_err(|error| Failure::unreadable(error.to_string()))?;
        let occasion = Asking::occasion(&document, bytes);
        let question = asking.question(&document, &occasion);
        if let Some(guests) = guests {
            let text = std::str::from_utf8(bytes).map_err(|error| Failure::unreadable(error.to_string()))?.trim_start_matches('\u{FEFF}');
            let decided = match guests.decide(asking, text, occasion.text())? {
                Some(decided) => decided,
                None => line(&engine.answer(&question).map_err(|error| Failure::unreadable(error.to_string()))?)?,
            };
            return self.print_with_guests(engine, guests, asking, &question, text, &decided);
        }
        let chart = engine.chart(&question).map_err(|error| Failure::unreadable(error.to_string()))?;
        let answer = engine.decide(&chart, &question).map_err(|error| Failure::unreadable(error.to_string()))?;
        match self.format {
            Format::Text => {
                let trials = engine.trials(&chart, &question).map_err(|error| Failure::unreadable(error.to_string()))?;
                Ok(show::answer(engine, &chart, asking.as_of, &answer, &trials))
            }
            Format::Json => line(&answer),
            Format::Cards => line(&CardsOnly { cards: &answer.cards }),
        }
    }

    /// Prints what was decided, in the sandbox or not, with the cards of plug-ins.
    fn print_with_guests(
        &self,
        engine: &Engine,
        guests: &Guests,
        asking: &Asking<'_>,
        question: &Question<'_>,
        text: &str,
        decided: &str,
    ) -> Result<String, Failure> {
        let unreadable = |error: &dyn std::fmt::Display| Failure::unreadable(error.to_string());
        let mut document: Document<'_> = serde_json::from_str(decided).map_err(|error| unreadable(&error))?;
        let own = document.cards.len();
        plugins::ask(guests, asking, text, question.occasion.text(), &mut document)?;
        match self.format {
            Format::Json => line(&document),
            Format::Cards => line(&CardsOnly { cards: &document.cards }),
            Format::Text => {
                let chart = engine.chart(question).map_err(|error| unreadable(&error))?;
                let answer = serde_json::from_str(decided).map_err(|error| unreadable(&error))?;
                let trials = engine.trials(&chart, question).map_err(|error| unreadable(&error))?;
                let page = show::answer(engine, &chart, asking.as_of, &answer, &trials);
                Ok(page + &show::plugin_cards(document.cards.get(own..).unwrap_or_default()))
            }
        }
    }
}

/// Services by id and hook.
fn services(engine: &Engine) -> Vec<(&str, &str)> {
    let services = engine.packs().iter().flat_map(|pack| &pack.plan.services);
    services.map(|service| (service.id.as_str(), service.hook.as_str())).collect()
}

/// The CDS Hooks response.
#[derive(serde::Serialize)]
struct CardsOnly<'a, C> {
    cards: &'a [C],
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
