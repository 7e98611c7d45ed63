//! CDS Hooks: what the engine offers, and its answers to requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use curbside_cards::Occasion;
use curbside_cards::wire::Card;
use curbside_chart::input::{self, Prefetched};
use curbside_chart::time::{AsOf, Zone};
use curbside_chart::{Document, Kind};
use curbside_rules::evaluate::Handle;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, DecisionRecord, PackRecord};
use crate::details::{Details, DetailsAsked};
use crate::engine::{Engine, Error};
use crate::prefetch::templates;
use crate::question::{Ask, MAX_CARDS, MAX_STEPS, Question};

/// Member of a request's `extension` through which the host tells the engine how to read it.
pub const INPUT_MEMBER: &str = "org.curbside.input";
/// Member of a response's `extension` in which the engine hands the host its decisions.
pub const RESULT_MEMBER: &str = "org.curbside.result";
/// Member of a response's `extension` with what was asked beside decisions.
pub const DETAILS_MEMBER: &str = "org.curbside.details";

/// What an engine offers: the answer to a CDS Hooks discovery request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Discovery {
    /// Its services.
    pub services: Vec<Offer>,
}

/// A service as discovery describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Offer {
    /// The hook it answers.
    pub hook: String,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it does.
    pub description: String,
    /// Its id.
    pub id: String,
    /// What it asks the EHR to send, by key.
    pub prefetch: BTreeMap<String, String>,
}

/// How a request is to be read: `extension["org.curbside.input"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CallInput {
    /// Parameters of the pack, by name; the pack was made with them.
    pub parameters: BTreeMap<String, String>,
    /// The zone in which days begin and end (default `UTC`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// Whether `prefetch.record` is a bare record that was wrapped.
    pub kind: InputKind,
    /// Whose chart, where the record holds several patients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// What makes the ids of cards; by default `hookInstance`, else the digest of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occasion: Option<String>,
    /// Most cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cards: Option<usize>,
    /// Most steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u64>,
    /// What is asked beside decisions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<DetailsAsked>,
}

/// A CDS Hooks response of the engine.
#[derive(Serialize)]
struct Response<'a> {
    cards: &'a [Card],
    extension: Extension<'a>,
}

#[derive(Serialize)]
struct Extension<'a> {
    #[serde(rename = "org.curbside.result")]
    result: ResultMember<'a>,
    #[serde(rename = "org.curbside.details", skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// The decisions document without its cards; read back as an [`Answer`].
#[derive(Serialize)]
struct ResultMember<'a> {
    as_of: &'a str,
    patient: Option<&'a str>,
    hook: &'a str,
    packs: &'a [Arc<PackRecord>],
    decisions: &'a [Handle<DecisionRecord>],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

/// Whether a request was one from the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    /// A CDS Hooks request.
    #[default]
    Request,
    /// A record, wrapped as `prefetch.record`.
    Bundle,
}

impl Engine {
    /// What it offers to EHRs, in the order of packs and their services.
    #[must_use]
    pub fn describe(&self) -> Discovery {
        let services = self.packs().iter().flat_map(|pack| {
            let plan = &pack.plan;
            plan.services.iter().zip(&plan.pack.services).map(|(ready, written)| Offer {
                hook: ready.hook.clone(),
                title: written.title.clone(),
                description: written.description.clone(),
                id: ready.id.clone(),
                prefetch: templates(pack.uses_of(&ready.rules)),
            })
        });
        Discovery { services: services.collect() }
    }

    /// Sets up now what the first call would set up for itself, as before the memory is kept: asks each service about
    /// somebody with one empty record of each type.
    pub fn warm(&self) {
        let entry = |kind: &Kind| format!(r#"{{"resource":{{"id":"x","resourceType":"{}"}}}}"#, kind.name());
        let entries: Vec<String> = Kind::ALL.iter().map(entry).collect();
        let record = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
        for service in self.packs().iter().flat_map(|pack| &pack.plan.services) {
            // What it answers does not matter.
            let _ = self.call(&service.id, &format!(r#"{{"hook":"{}","prefetch":{{"record":{record}}}}}"#, service.hook), "2000-01-01");
        }
    }

    /// Answers a CDS Hooks request with a CDS Hooks response whose `extension` holds the decisions.
    /// An empty `service` asks the rules of the hook that the request names.
    ///
    /// # Errors
    ///
    /// [`Error`] where the request cannot be read, the service is unknown, or it is not clear whose
    /// chart is meant.
    pub fn call(&self, service: &str, request: &str, as_of: &str) -> Result<String, Error> {
        let document = input::read_str(request).map_err(|error| Error::Request(error.to_string()))?;
        let Document::Request(call) = &document else {
            return Err(Error::Request("a record is no CDS Hooks request".to_owned()));
        };
        let input = call.input.map(|raw| serde_json::from_str::<CallInput>(raw.get())).transpose();
        let input = input.map_err(|error| Error::Request(format!("{INPUT_MEMBER}: {error}")))?.unwrap_or_default();
        let zone = Zone::parse(input.tz.as_deref().unwrap_or("UTC")).map_err(|error| Error::Request(error.to_string()))?;
        let as_of = AsOf::parse(as_of, &zone).ok_or_else(|| Error::Request(format!("`{as_of}` is no date")))?;
        let [hook, instance] = [&call.hook, &call.hook_instance].map(|text| text.as_deref().map(str::to_owned));
        let occasion = match &input.occasion {
            Some(said) => Occasion::named(said),
            None => Occasion::of(instance.as_deref(), request.as_bytes()),
        };
        let ask = match (service, &hook) {
            ("", Some(hook)) => Ask::Hook(hook),
            ("", None) => Ask::Input,
            (service, _) => Ask::Service(service),
        };
        let document = if input.kind == InputKind::Bundle { unwrapped(document) } else { document };
        let question = Question {
            document: &document,
            patient: input.patient.as_deref(),
            as_of,
            zone: &zone,
            ask,
            occasion: &occasion,
            max_cards: input.max_cards.unwrap_or(MAX_CARDS),
            max_steps: input.max_steps.unwrap_or(MAX_STEPS),
        };
        let answer = self.answer(&question)?;
        let details = input.details.as_ref().map(|asked| self.details(&question, asked)).transpose()?;
        let Answer { as_of, patient, hook, packs, decisions, cards, notes } = &answer;
        let result = ResultMember { as_of, patient: patient.as_deref(), hook, packs, decisions, notes };
        let response = Response { cards, extension: Extension { result, details } };
        serde_json::to_string(&response).map_err(|error| Error::Request(error.to_string()))
    }
}

/// The record inside a request that only wraps it.
fn unwrapped(document: Document<'_>) -> Document<'_> {
    match document {
        Document::Request(request) => {
            let record = request.prefetch.into_iter().flatten().find_map(|(key, value)| match value {
                Prefetched::Record(record) if key.as_str() == "record" => Some(record),
                _ => None,
            });
            Document::Record(record.unwrap_or_default())
        }
        record => record,
    }
}
