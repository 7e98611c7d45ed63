//! A CDS Hooks request: its context and what came with it.

use serde_json::value::RawValue;

use super::object::{Object, Value};
use super::root::NotRead;
use super::{Bare, Record, depth, resource_type};
use crate::json::{self, Members, Str};

/// A CDS Hooks request as far as the engine reads it.
#[derive(Debug, Default)]
pub struct HookRequest<'a> {
    /// Which hook fired.
    pub hook: Option<Str<'a>>,
    /// This firing of it.
    pub hook_instance: Option<Str<'a>>,
    /// What it is about.
    pub context: Context<'a>,
    /// What came with it, by key, in order; `None` where `prefetch` itself is absent.
    pub prefetch: Option<Vec<(Str<'a>, Prefetched<'a>)>>,
    /// The reserved member `extension["org.curbside.input"]`, as it stands.
    pub input: Option<&'a RawValue>,
}

/// The context of a hook, whatever the hook: its texts, and the resources it carries.
#[derive(Debug, Default)]
pub struct Context<'a> {
    /// The patient's id, without `Patient/`.
    pub patient_id: Option<Str<'a>>,
    /// The encounter's id.
    pub encounter_id: Option<Str<'a>>,
    /// The user, as `Type/id`.
    pub user_id: Option<Str<'a>>,
    /// Which of the draft orders were just selected, as `Type/id`.
    pub selections: Vec<Str<'a>>,
    /// Resources in it, by the member they came in (`draftOrders`, `appointments`, …).
    pub records: Vec<(Str<'a>, Record<'a>)>,
    /// Members that are to carry resources and carry something else.
    pub unread: Vec<Str<'a>>,
    /// The names of all its members that are not null.
    pub given: Vec<Str<'a>>,
}

/// The members of a context that carry resources.
const CARRIERS: [&str; 5] = ["draftOrders", "appointments", "medications", "orders", "medication"];

/// What a client sent under one key of `prefetch`.
#[derive(Debug)]
pub enum Prefetched<'a> {
    /// It looked and there is nothing: `null`, or a search without results.
    Nothing,
    /// Resources.
    Record(Record<'a>),
    /// It could not look: an `OperationOutcome`.
    Failed,
    /// Neither.
    Unusable,
}

impl<'a> HookRequest<'a> {
    /// Reads a request from what came with it and its other members.
    pub(super) fn read(members: Vec<(Str<'a>, &'a RawValue)>, prefetch: Option<Vec<(Str<'a>, Prefetched<'a>)>>) -> Self {
        let mut request = Self { prefetch, ..Self::default() };
        for (key, raw) in members {
            match key.as_str() {
                "hook" => request.hook = string(raw),
                "hookInstance" => request.hook_instance = string(raw),
                "context" => request.context = Context::read(raw),
                "extension" => {
                    let inputs = object(raw).unwrap_or_default();
                    request.input = inputs.iter().find(|(key, _)| key.as_str() == "org.curbside.input").map(|(_, raw)| *raw);
                }
                _ => {}
            }
        }
        request
    }
}

impl<'a> Context<'a> {
    /// Reads a context object; what is no object is an empty context.
    #[must_use]
    pub fn read(raw: &'a RawValue) -> Self {
        let mut context = Self::default();
        for (key, raw) in object(raw).unwrap_or_default() {
            if raw.get() != "null" {
                context.given.push(key.clone());
            }
            match key.as_str() {
                "patientId" => context.patient_id = string(raw).map(without_type),
                "encounterId" => context.encounter_id = string(raw),
                "userId" => context.user_id = string(raw),
                "selections" => context.selections = json::from_str(raw.get()).unwrap_or_default(),
                _ => match Prefetched::read(raw) {
                    Ok(Prefetched::Record(record)) => context.records.push((key, record)),
                    Ok(Prefetched::Nothing) => {}
                    _ if CARRIERS.contains(&key.as_str()) => context.unread.push(key),
                    _ => {}
                },
            }
        }
        context
    }
}

impl<'a> Prefetched<'a> {
    /// Reads a value that was taken apart; `raw` finds it again as it stands.
    pub(super) fn of(value: Value<'a>, raw: impl FnOnce(&Object<'a>) -> Option<&'a RawValue>) -> Result<Self, NotRead<'a>> {
        let object = match value {
            Value::Null => return Ok(Self::Nothing),
            Value::Other => return Ok(Self::Unusable),
            Value::Object(object) => object,
        };
        if let Some(rest) = object.too_deep() {
            return Err(NotRead::TooDeep(rest));
        }
        match object.kind().as_deref() {
            Some("Bundle") => Ok(Self::of_bundle(object.bundle())),
            Some("OperationOutcome") => Ok(Self::Failed),
            Some(_) => Ok(Self::Record(Record::single(Some(raw(&object).ok_or(NotRead::AsItStands)?)))),
            // Before 1.0 a key held `{"resource": …, "response": …}`.
            None => match object.member("resource") {
                Some(inner) if resource_type(inner).is_some() => Self::read(inner),
                _ => Ok(Self::Unusable),
            },
        }
    }

    /// Reads a value as it stands.
    pub(super) fn read(raw: &'a RawValue) -> Result<Self, NotRead<'a>> {
        if let Some(rest) = depth::too_deep(raw) {
            return Err(NotRead::TooDeep(rest));
        }
        match resource_type(raw).as_deref() {
            None | Some("Bundle" | "OperationOutcome") => {
                json::from_str(raw.get()).map_or(Ok(Self::Unusable), |value| Self::of(value, |_| Some(raw)))
            }
            Some(_) => Ok(Self::Record(Record::single(Some(raw)))),
        }
    }

    /// Tells a search without results from one that failed and one that found something.
    fn of_bundle(mut record: Record<'a>) -> Self {
        let (mut failed, mut unreadable, mut found) = (false, false, false);
        record.entries.retain(|entry| {
            let Some(raw) = entry.resource else {
                let bare = entry.bare();
                unreadable |= bare == Bare::Unreadable;
                failed |= bare == Bare::Failed;
                return true;
            };
            let outcome = resource_type(raw).as_deref() == Some("OperationOutcome");
            failed |= outcome && is_error(raw);
            found |= !outcome;
            !outcome
        });
        record.has_failed |= failed;
        match record {
            record if found => Self::Record(record),
            // An empty page with another one behind it says nothing.
            record if record.is_partial() => Self::Failed,
            // There were entries; what they were to say is not known.
            _ if unreadable => Self::Unusable,
            record if !record.entries.is_empty() => Self::Record(record),
            _ => Self::Nothing,
        }
    }
}

/// Whether an `OperationOutcome` reports more than a warning.
pub(crate) fn is_error(raw: &RawValue) -> bool {
    #[derive(serde::Deserialize)]
    struct Outcome<'a> {
        #[serde(borrow, default)]
        issue: Vec<Issue<'a>>,
    }
    #[derive(serde::Deserialize)]
    struct Issue<'a> {
        #[serde(borrow, default)]
        severity: Option<Str<'a>>,
    }
    json::from_str::<Outcome<'_>>(raw.get())
        .map_or(true, |outcome| outcome.issue.iter().any(|issue| matches!(issue.severity.as_deref(), Some("error" | "fatal"))))
}

fn object(raw: &RawValue) -> Option<Vec<(Str<'_>, &RawValue)>> {
    json::from_str::<Members<'_>>(raw.get()).ok().map(|members| members.0)
}

fn string(raw: &RawValue) -> Option<Str<'_>> {
    json::from_str(raw.get()).ok()
}

fn without_type(id: Str<'_>) -> Str<'_> {
    match id.strip_prefix("Patient/") {
        Some(bare) => Str::from(bare.to_owned()),
        None => id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_of_unreadable_entries_is_not_an_empty_search() {
        for (entries, expected) in [
            ("[]", "Nothing"),
            (r#"[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning"}]}}]"#, "Nothing"),
            (r#"[{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}}, null]"#, "Failed"),
            ("[null]", "Unusable"),
            (r#"[{"fullUrl":"urn:x"}]"#, "Unusable"),
            (r#"[{"response":{"status":"204"}}]"#, "Record"),
            (r#"[null, {"resource":{"resourceType":"Condition"}}]"#, "Record"),
        ] {
            let text = format!(r#"{{"resourceType":"Bundle","entry":{entries}}}"#);
            let raw: &RawValue = json::from_str(&text).unwrap();
            let read = Prefetched::read(raw).ok();
            assert!(format!("{:?}", read.unwrap()).starts_with(expected), "{entries}");
        }
    }

    #[test]
    fn an_odd_value_costs_that_value_alone() {
        let patient = r#"{"resourceType":"Patient","id":"p"}"#;
        for (value, expected) in [
            ("null", "Nothing"),
            ("5", "Unusable"),
            ("[1]", "Unusable"),
            ("{}", "Unusable"),
            (r#"{"resourceType":"Bundle","entry":[]}"#, "Nothing"),
            (r#"{"resourceType":"Bundle","entry":5}"#, "Unusable"),
            (r#"{"resourceType":"Bundle","\ud800":1}"#, "Unusable"),
            (r#"{ "id": "x", "resourceType" : "Condition" }"#, "Record"),
            (r#"{"resourceType":"List","entry":[{"item":{}}]}"#, "Record"),
            (r#"{"resourceType":"Condition","entry":5}"#, "Record"),
            (r#"{"resourceType":"Condition","\ud800":1}"#, "Record"),
            (r#"{"\u0072esourceType":"Condition"}"#, "Record"),
            (r#"{"resource":{"resourceType":"Condition"}}"#, "Record"),
        ] {
            let text = format!(r#"{{"hook":"patient-view","prefetch":{{"odd":{value}, "patient":{patient}}}}}"#);
            let Ok(super::super::Document::Request(request)) = super::super::read(text.as_bytes(), text.len()) else { panic!("{value}") };
            let keys = request.prefetch.unwrap();
            let [(_, odd), (_, Prefetched::Record(found))] = &keys[..] else { panic!("{value}") };
            assert!(format!("{odd:?}").starts_with(expected), "{value}: {odd:?}");
            assert_eq!(found.entries[0].resource.unwrap().get(), patient);
            if let Prefetched::Record(record) = odd
                && !value.contains("\"resource\"")
            {
                assert_eq!(record.entries[0].resource.unwrap().get(), value);
            }
        }
    }
}
