//! From options to a question: who, when, and which rules.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use curbside_cards::Occasion;
use curbside_chart::input::{self, Document, InputError};
use curbside_chart::json::Str;
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Ask, MAX_CARDS, MAX_STEPS, Question};
use curbside_replay::Given;
use curbside_rules::compile::HOOKS;
use curbside_source::did_you_mean;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::exit::Failure;
use crate::{report, size};

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
    /// The context of a hook for records without one: its JSON object, or a CDS Hooks request that holds it
    #[arg(long, value_name = "FILE")]
    pub(crate) context: Option<PathBuf>,
    /// Largest document that is read, such as `64MiB`
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = size::parse)]
    pub(crate) max_size: u64,
}

/// A question that still lacks its document.
#[derive(Debug)]
pub(crate) struct Asking<'a> {
    arguments: &'a AskArguments,
    pub(crate) zone: Zone,
    pub(crate) as_of: AsOf,
    context: Option<String>,
}

impl AskArguments {
    /// The zone in which days begin and end.
    pub(crate) fn zone(&self) -> Result<Zone, Failure> {
        Zone::parse(&self.tz).map_err(|error| Failure::usage(error.to_string()))
    }

    /// The moment the record is looked at.
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

    /// Which rules are asked.
    pub(crate) fn ask(&self) -> Ask<'_> {
        match (&self.hook, &self.service) {
            (Some(hook), _) => Ask::Hook(hook),
            (None, Some(service)) => Ask::Service(service),
            (None, None) => Ask::Input,
        }
    }

    /// Settles everything but the document, and refuses names that no service, given by id and hook, answers to.
    pub(crate) fn settle(&self, services: &[(&str, &str)]) -> Result<Asking<'_>, Failure> {
        let zone = self.zone()?;
        let as_of = self.as_of(&zone)?;
        if let Some(id) = self.service.as_deref().filter(|id| !services.iter().any(|service| service.0 == *id)) {
            return Err(unknown("service", id, services.iter().map(|service| service.0)));
        }
        if let Some(hook) = self.hook.as_deref().filter(|hook| !services.iter().any(|service| service.1 == *hook)) {
            let served = services.iter().map(|service| service.1);
            if !HOOKS.contains(&hook) {
                return Err(unknown("hook", hook, served.chain(HOOKS)));
            }
            report::words(&format!("no rule is asked at the hook `{hook}`\n"));
        }
        let context = self.context.as_deref().map(read_context).transpose()?;
        Ok(Asking { arguments: self, zone, as_of, context })
    }
}

fn unknown<'n>(what: &str, name: &str, known: impl Iterator<Item = &'n str>) -> Failure {
    let failure = Failure::usage(format!("no pack has a {what} `{name}`"));
    match did_you_mean(name, known) {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// A hook's context, and the hook where the file says it.
#[derive(Deserialize)]
struct ContextFile<'a> {
    #[serde(borrow, default)]
    hook: Option<Str<'a>>,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
}

fn read_context(path: &Path) -> Result<String, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let text = fs::read_to_string(path).map_err(|error| Failure::unreadable(format!("{}: {error}", path.display())))?;
    match serde_json::from_str::<ContextFile<'_>>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Failure::unreadable(format!("{}: {error}", path.display()))
            .help("give a JSON object such as {\"draftOrders\": {\"resourceType\": \"Bundle\", …}}")),
    }
}

impl Asking<'_> {
    /// The service that is asked, where one was named.
    pub(crate) fn service(&self) -> Option<&str> {
        self.arguments.service.as_deref()
    }

    /// Largest document that is read, in bytes.
    pub(crate) fn max_bytes(&self) -> u64 {
        self.arguments.max_size
    }

    /// The text that is asked about: a record without a hook gets the context that was given.
    ///
    /// # Errors
    ///
    /// [`InputError`] where the bytes are no document.
    pub(crate) fn text<'d>(&self, bytes: &'d [u8]) -> Result<Cow<'d, [u8]>, InputError> {
        let Some(given) = self.given() else { return Ok(Cow::Borrowed(bytes)) };
        Ok(match self.document(bytes)? {
            // Both are JSON: they have been read.
            Document::Record(_) => given.around(bytes).map_or(Cow::Borrowed(bytes), |text| Cow::Owned(text.into_bytes())),
            Document::Request(_) => Cow::Borrowed(bytes),
        })
    }

    /// The context that records without one are given.
    pub(crate) fn given(&self) -> Option<Given> {
        let text = self.context.as_deref()?;
        let file = serde_json::from_str::<ContextFile<'_>>(text).ok();
        let hook = file.as_ref().and_then(|file| file.hook.as_deref()).map(str::to_owned);
        let context = file.and_then(|file| file.context).map_or(text, RawValue::get).to_owned();
        Some(Given { hook, context })
    }

    /// Reads a document.
    ///
    /// # Errors
    ///
    /// [`InputError`] where the bytes are no document.
    pub(crate) fn document<'d>(&self, bytes: &'d [u8]) -> Result<Document<'d>, InputError> {
        input::read(bytes, usize::try_from(self.max_bytes()).unwrap_or(usize::MAX))
    }

    /// What makes the ids of cards the same for the same input.
    pub(crate) fn occasion<'d>(document: &'d Document<'d>, bytes: &'d [u8]) -> Occasion<'d> {
        // The end of a line of NDJSON is no part of the document.
        let bytes = bytes.trim_ascii();
        match document {
            Document::Request(request) => Occasion::of(request.hook_instance.as_deref(), bytes),
            Document::Record(_) => Occasion::of(None, bytes),
        }
    }

    /// The question about a document.
    pub(crate) fn question<'d>(&'d self, document: &'d Document<'d>, occasion: &'d Occasion<'d>) -> Question<'d> {
        Question {
            document,
            patient: self.arguments.patient.as_deref(),
            as_of: self.as_of,
            zone: &self.zone,
            ask: self.arguments.ask(),
            occasion,
            max_cards: MAX_CARDS,
            max_steps: MAX_STEPS,
        }
    }
}
