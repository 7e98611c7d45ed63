//! `curbside eval`: decisions and cards about patients.

use std::path::PathBuf;

use curbside_cards::Occasion;
use curbside_chart::input;
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Answer, Ask, Engine, MAX_CARDS, Question};

use crate::exit::{Failure, Outcome, Status};
use crate::inputs::{Input, Inputs};
use crate::packs::RulesArguments;
use crate::report;

/// Decide rules about patients and show the cards
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A FHIR Bundle or resource, NDJSON, a CDS Hooks request, a folder of those, or `-`
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    rules: RulesArguments,
    #[command(flatten)]
    ask: AskArguments,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
    /// Largest document that is read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256)]
    max_size: u64,
}

/// Who, when, and which rules.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct AskArguments {
    /// The moment the record is looked at: a date (its end) or a date with a time [default: today]
    #[arg(long, value_name = "DATE")]
    pub(crate) at: Option<String>,
    /// The zone in which days begin and end
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) tz: String,
    /// The rules of this hook [default: the hook of the request, else patient-view]
    #[arg(long, value_name = "NAME", conflicts_with = "service")]
    pub(crate) hook: Option<String>,
    /// The rules of this service
    #[arg(long, value_name = "ID")]
    pub(crate) service: Option<String>,
    /// Whose record, where an input holds several patients
    #[arg(long, value_name = "ID")]
    pub(crate) patient: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// The decisions document, one a line for several inputs
    Json,
    /// The CDS Hooks response
    Cards,
}

impl AskArguments {
    pub(crate) fn zone(&self) -> Result<Zone, Failure> {
        Zone::parse(&self.tz).map_err(|error| Failure::usage(error.to_string()))
    }

    pub(crate) fn as_of(&self, zone: &Zone) -> Result<AsOf, Failure> {
        #[expect(clippy::disallowed_methods, reason = "the command line may look at the clock; the engine is told")]
        let today = || jiff::Timestamp::now().to_string();
        let text = match &self.at {
            Some(text) => text.clone(),
            // Today as the zone has it.
            None => AsOf::parse(&today(), zone).map(|now| now.day().to_string()).unwrap_or_default(),
        };
        AsOf::parse(&text, zone)
            .ok_or_else(|| Failure::usage(format!("`{text}` is no date")).help("write it like `2026-11-23` or `2026-11-23T09:30:00Z`"))
    }

    pub(crate) fn ask(&self) -> Ask<'_> {
        match (&self.hook, &self.service) {
            (Some(hook), _) => Ask::Hook(hook),
            (None, Some(service)) => Ask::Service(service),
            (None, None) => Ask::Input,
        }
    }
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let engine = Engine::new(self.rules.load()?);
        let zone = self.ask.zone()?;
        let as_of = self.ask.as_of(&zone)?;
        let inputs = Inputs::of(&self.inputs, self.max_size << 20)?;
        let mut status = Status::Ran;
        inputs.each(|input| match self.answer(&engine, &input, as_of, &zone) {
            Ok(answer) => self.print(&answer),
            Err(why) => {
                status = Status::Unreadable;
                report::failure(&Failure::unreadable(format!("{}: {why}", input.name)));
            }
        });
        Ok(status)
    }

    fn answer(&self, engine: &Engine, input: &Input, as_of: AsOf, zone: &Zone) -> Result<Answer, String> {
        let bytes = input.bytes.as_ref().map_err(Clone::clone)?;
        let most = usize::try_from(self.max_size << 20).unwrap_or(usize::MAX);
        let document = input::read(bytes, most).map_err(|error| error.to_string())?;
        let instance = match &document {
            input::Document::Request(request) => request.hook_instance.as_deref(),
            input::Document::Record(_) => None,
        };
        let occasion = Occasion::of(instance, bytes);
        let question = Question {
            document: &document,
            patient: self.ask.patient.as_deref(),
            as_of,
            zone,
            ask: self.ask.ask(),
            occasion: &occasion,
            max_cards: MAX_CARDS,
        };
        engine.answer(&question).map_err(|error| error.to_string())
    }

    fn print(&self, answer: &Answer) {
        let line = match self.format {
            Format::Json => serde_json::to_string(answer),
            Format::Cards => serde_json::to_string(&serde_json::json!({"cards": answer.cards})),
            Format::Text => serde_json::to_string_pretty(answer),
        };
        report::data(&format!("{}\n", line.unwrap_or_default()));
    }
}
