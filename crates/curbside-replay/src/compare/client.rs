//! Clients that leave out what was asked of them: which decisions depend on which part of the prefetch.

use std::collections::BTreeMap;

use curbside_chart::input::{Document, read};
use curbside_engine::{Answer, Ask, Engine};
use curbside_rules::model::Outcome;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::input::peek::Peek;

/// How a client fails to send what a prefetch key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The key is not there.
    Omit,
    /// The key is `null`, as if there were nothing.
    Null,
    /// The key holds an `OperationOutcome`.
    Outcome,
    /// The key holds the first half, with a link to the rest.
    Partial,
}

/// A decision that comes out otherwise where a key is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The prefetch key.
    pub key: String,
    /// The rule.
    pub rule: String,
    /// How it comes out with everything.
    pub from: Outcome,
    /// How it comes out without the key.
    pub to: Outcome,
}

/// How often decisions depend on a key: by rule, key, and how they come out with it and without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependence {
    /// Decisions that depend on something.
    pub counts: BTreeMap<(String, String, Outcome, Outcome), u64>,
}

impl Dependence {
    /// Counts what a record showed.
    pub fn add(&mut self, dropped: &[Dropped]) {
        for Dropped { key, rule, from, to } in dropped {
            *self.counts.entry((rule.clone(), key.clone(), *from, *to)).or_default() += 1;
        }
    }
}

/// A CDS Hooks request whose prefetch can be tampered with.
#[derive(Debug, Default)]
pub(crate) struct Request<'a> {
    members: BTreeMap<String, &'a RawValue>,
    hook: String,
    patient: String,
    prefetch: BTreeMap<String, String>,
}

/// The key of the patient, which no client leaves out.
const PATIENT: &str = "patient";

impl<'a> Request<'a> {
    /// A recorded request, or the request that a complete client would send for a record.
    pub(crate) fn of(bytes: &'a [u8], max_bytes: usize, engine: &Engine, ask: Ask<'_>, patient: &str) -> Option<Self> {
        match read(bytes, max_bytes).ok()? {
            Document::Request(_) => {
                let members: BTreeMap<String, &RawValue> = serde_json::from_slice(bytes).ok()?;
                let prefetch: BTreeMap<String, &RawValue> = serde_json::from_str(members.get("prefetch")?.get()).ok()?;
                let prefetch = prefetch.into_iter().map(|(key, raw)| (key, raw.get().to_owned())).collect();
                Some(Self { members, prefetch, ..Self::default() })
            }
            Document::Record(record) => {
                let mut entries: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for entry in record.entries {
                    let Some(raw) = entry.resource else { continue };
                    let Ok(peek) = Peek::of(raw.get().as_bytes()) else { continue };
                    let url = entry.full_url.and_then(|url| serde_json::to_string(url.as_str()).ok());
                    let url = url.map_or_else(String::new, |url| format!("\"fullUrl\":{url},"));
                    entries.entry(peek.kind.into_owned()).or_default().push(format!("{{{url}\"resource\":{}}}", raw.get()));
                }
                let hook = match ask {
                    Ask::Hook(hook) => hook.to_owned(),
                    Ask::Input | Ask::Service(_) => "patient-view".to_owned(),
                };
                let asked = engine.describe().services.into_iter().filter(|offer| match ask {
                    Ask::Service(id) => offer.id == id,
                    Ask::Hook(_) | Ask::Input => offer.hook == hook,
                });
                let prefetch = asked.flat_map(|offer| offer.prefetch).map(|(key, query)| {
                    let kind = query.split(['?', '/']).next().unwrap_or_default();
                    // Servers send the medications that requests refer to along with them.
                    let along = if kind.starts_with("Medication") { "Medication" } else { "" };
                    let found = [kind, along].into_iter().filter_map(|kind| entries.get(kind)).flatten().cloned().collect::<Vec<_>>();
                    (key, searchset(&found, ""))
                });
                let prefetch = prefetch.collect();
                Some(Self { members: BTreeMap::new(), hook, patient: patient.to_owned(), prefetch })
            }
        }
    }

    /// The keys that can be dropped.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.prefetch.keys().map(String::as_str).filter(|key| *key != PATIENT)
    }

    /// The request as it goes over the wire, with one key spoilt.
    pub(crate) fn text(&self, dropped: Option<(&str, Client)>) -> String {
        let mut prefetch = Vec::new();
        for (key, value) in &self.prefetch {
            let value = match dropped {
                Some((name, client)) if name == key => client.spoil(value),
                _ => Some(value.clone()),
            };
            let name = serde_json::to_string(key).unwrap_or_default();
            prefetch.extend(value.map(|value| format!("{name}:{value}")));
        }
        let prefetch = format!("\"prefetch\":{{{}}}", prefetch.join(","));
        if self.members.is_empty() {
            let patient = serde_json::to_string(&self.patient).unwrap_or_default();
            return format!(r#"{{"hook":"{}","context":{{"patientId":{patient}}},{prefetch}}}"#, self.hook);
        }
        let rest = self.members.iter().filter(|(name, _)| *name != "prefetch");
        let rest = rest.map(|(name, raw)| format!("{}:{}", serde_json::to_string(name).unwrap_or_default(), raw.get()));
        format!("{{{}}}", rest.chain([prefetch]).collect::<Vec<_>>().join(","))
    }
}

impl Client {
    /// What becomes of a key's value; `None` where the key goes too.
    fn spoil(self, value: &str) -> Option<String> {
        match self {
            Self::Omit => None,
            Self::Null => Some("null".to_owned()),
            Self::Outcome => Some(r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#.to_owned()),
            Self::Partial => Some(first_half(value)),
        }
    }
}

/// The first page of a search that has two.
fn first_half(value: &str) -> String {
    #[derive(Deserialize)]
    struct Bundle<'a> {
        #[serde(borrow, default)]
        entry: Vec<&'a RawValue>,
    }
    let entries = serde_json::from_str::<Bundle<'_>>(value).map(|bundle| bundle.entry).unwrap_or_default();
    let half: Vec<String> = entries.iter().take(entries.len() / 2).map(|raw| raw.get().to_owned()).collect();
    searchset(&half, r#""link":[{"relation":"next","url":"https://fhir.example.org/next"}],"#)
}

fn searchset(entries: &[String], link: &str) -> String {
    format!(r#"{{"resourceType":"Bundle","type":"searchset",{link}"entry":[{}]}}"#, entries.join(","))
}

impl Dropped {
    /// Decisions that come out otherwise without a key.
    pub(crate) fn between(key: &str, whole: &Answer, without: &Answer) -> Vec<Self> {
        let pairs = whole.decisions.iter().filter_map(|decision| {
            let other = without.decisions.iter().find(|other| other.rule == decision.rule)?;
            (other.outcome != decision.outcome).then(|| (decision.rule.clone(), decision.outcome, other.outcome))
        });
        pairs.map(|(rule, from, to)| Self { key: key.to_owned(), rule, from, to }).collect()
    }
}
