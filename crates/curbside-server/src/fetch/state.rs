//! What a client sent under a prefetch key, told apart before any rule runs.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::beginning::is_whole_bundle;
use super::template::Template;

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyState {
    /// The key did not come.
    NotProvided,
    /// The client looked, and there is nothing.
    Empty,
    /// It came with resources.
    Data,
    /// One page of several.
    Partial,
    /// The client, or we, could not look. Whether trying later may help.
    Failed { transient: bool },
    /// What came is no answer to the template.
    Invalid,
}

impl KeyState {
    /// A word for the log.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::NotProvided => "not-provided",
            Self::Empty => "empty",
            Self::Data => "data",
            Self::Partial => "partial",
            Self::Failed { transient: true } => "failed-transient",
            Self::Failed { transient: false } => "failed",
            Self::Invalid => "invalid",
        }
    }

    /// Whether it tells something about the patient, if only that there is nothing.
    pub(crate) const fn is_known(self) -> bool {
        matches!(self, Self::Empty | Self::Data | Self::Partial)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    #[serde(borrow, default)]
    resource_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(default)]
    entry: Option<Entries>,
    #[serde(borrow, default)]
    link: Option<&'a RawValue>,
    #[serde(borrow, default)]
    issue: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
}

/// What the entries of a Bundle tell. The rest is not read once there is a resource.
#[derive(Default)]
struct Entries {
    /// Whether there is a resource that is no outcome.
    found: bool,
    /// Of the outcomes before it: what the last error means.
    failed: Option<KeyState>,
    /// Whether there is something before it that cannot be read.
    unreadable: bool,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while !entries.found
                    && let Some(raw) = seq.next_element::<&RawValue>()?
                {
                    entries.add(raw);
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(entries)
            }
        }

        deserializer.deserialize_seq(List)
    }
}

impl Entries {
    fn add(&mut self, raw: &RawValue) {
        let resource = serde_json::from_str::<Entry<'_>>(raw.get()).ok().and_then(|entry| entry.resource);
        match resource.and_then(|raw| serde_json::from_str::<Head<'_>>(raw.get()).ok()) {
            None => self.unreadable = true,
            Some(inner) if inner.resource_type.as_deref() != Some("OperationOutcome") => self.found = true,
            Some(inner) if is_error(inner.issue) => self.failed = Some(KeyState::Failed { transient: is_transient(inner.issue) }),
            Some(_) => {}
        }
    }
}

/// Whether an entry holds a resource that is no outcome.
pub(super) fn is_resource(entry: &RawValue) -> bool {
    let mut entries = Entries::default();
    entries.add(entry);
    entries.found
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Issue {
    #[serde(default)]
    severity: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
struct Link {
    #[serde(default)]
    relation: String,
    #[serde(default)]
    url: String,
}

/// What a value tells about the template it answers, for this patient.
pub(crate) fn classify(value: &RawValue, template: Option<&Template>, patient: Option<&str>) -> KeyState {
    if value.get() == "null" {
        return KeyState::Empty;
    }
    if is_whole_bundle(value) {
        return KeyState::Data;
    }
    let Ok(head) = serde_json::from_str::<Head<'_>>(value.get()) else { return KeyState::Invalid };
    match head.resource_type.as_deref() {
        Some("Bundle") => bundle(&head, template),
        Some("OperationOutcome") => KeyState::Failed { transient: is_transient(head.issue) },
        Some("Patient") => {
            let id = head.id.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
            let other = matches!((&id, patient), (Some(id), Some(patient)) if id != patient);
            if other || !fits(template, "Patient") { KeyState::Invalid } else { KeyState::Data }
        }
        Some(kind) if fits(template, kind) => KeyState::Data,
        Some(_) => KeyState::Invalid,
        // Before 1.0 a key held `{"resource": …, "response": …}`.
        None => match head.resource {
            Some(inner) => classify(inner, template, patient),
            None => KeyState::Invalid,
        },
    }
}

fn fits(template: Option<&Template>, kind: &str) -> bool {
    template.is_none_or(|template| template.kind == kind || template.kind.starts_with("{{"))
}

fn bundle(head: &Head<'_>, template: Option<&Template>) -> KeyState {
    match head.entry.as_ref() {
        None => KeyState::Empty,
        Some(Entries { found: false, failed: Some(failed), .. }) => *failed,
        // There were entries; what they were to say is not known.
        Some(Entries { found: false, unreadable: true, .. }) => KeyState::Invalid,
        Some(Entries { found: false, .. }) => KeyState::Empty,
        _ if next_link(head.link).is_some() && !template.is_some_and(|template| template.newest_only) => KeyState::Partial,
        _ => KeyState::Data,
    }
}

/// The `next` link of a Bundle.
pub(crate) fn next_page(bundle: &RawValue) -> Option<String> {
    next_link(serde_json::from_str::<Head<'_>>(bundle.get()).ok()?.link)
}

fn next_link(link: Option<&RawValue>) -> Option<String> {
    let links: Vec<Link> = serde_json::from_str(link?.get()).ok()?;
    links.into_iter().find(|link| link.relation.eq_ignore_ascii_case("next")).map(|link| link.url)
}

fn issues(raw: Option<&RawValue>) -> Vec<Issue> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// Whether an outcome reports more than a warning. One that says nothing does.
fn is_error(issue: Option<&RawValue>) -> bool {
    let issues = issues(issue);
    issues.is_empty() || issues.iter().any(|issue| matches!(issue.severity.as_str(), "error" | "fatal"))
}

fn is_transient(issue: Option<&RawValue>) -> bool {
    let issues = issues(issue);
    !issues.is_empty()
        && issues.iter().all(|issue| matches!(issue.code.as_str(), "transient" | "timeout" | "throttled" | "lock-error" | "no-store"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(template: &str, value: &str) -> KeyState {
        let raw: Box<RawValue> = serde_json::from_str(value).unwrap();
        classify(&raw, Some(&Template::parse(template).unwrap()), Some("p1"))
    }

    #[test]
    fn every_shape_of_a_key_is_told_apart() {
        let search = "Condition?patient={{context.patientId}}";
        let newest = "Observation?patient={{context.patientId}}&_sort=-date&_count=3";
        let failed = KeyState::Failed { transient: false };
        for (template, value, expected) in [
            (search, "null", KeyState::Empty),
            (search, r#"{"resourceType": "Bundle"}"#, KeyState::Empty),
            (search, r#"{"resourceType": "Bundle", "total": 0, "entry": []}"#, KeyState::Empty),
            (
                search,
                r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning"}]}}]}"#,
                KeyState::Empty,
            ),
            (
                search,
                r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}}]}"#,
                failed,
            ),
            (
                search,
                r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "OperationOutcome", "issue": []}}, {"resource": {"resourceType": "Condition"}}]}"#,
                KeyState::Data,
            ),
            (
                search,
                r#"{"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}"#,
                KeyState::Failed { transient: true },
            ),
            (search, r#"{"resourceType": "Condition"}"#, KeyState::Data),
            (
                search,
                r#"{"resourceType": "Bundle", "link": [{"relation": "Next", "url": "x"}], "entry": [{"resource": {"resourceType": "Condition"}}]}"#,
                KeyState::Partial,
            ),
            (
                newest,
                r#"{"resourceType": "Bundle", "link": [{"relation": "next", "url": "x"}], "entry": [{"resource": {"resourceType": "Observation"}}]}"#,
                KeyState::Data,
            ),
            (
                search,
                r#"{"resourceType": "Bundle", "entry": [null, 5, {}, {"resource": {"resourceType": "Condition"}}, null]}"#,
                KeyState::Data,
            ),
            (search, r#"{"resourceType": "Bundle", "entry": [null]}"#, KeyState::Invalid),
            (search, r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": 5}}]}"#, KeyState::Invalid),
            (search, r#"{"resourceType": "Bundle", "entry": {"resource": {"resourceType": "Condition"}}}"#, KeyState::Invalid),
            (search, "{}", KeyState::Invalid),
            (search, "[]", KeyState::Invalid),
            (search, "\"Patient/{{context.patientId}}\"", KeyState::Invalid),
            (search, "5", KeyState::Invalid),
            (search, r#"{"resource": {"resourceType": "Condition"}, "response": {"status": "200 OK"}}"#, KeyState::Data),
            (search, r#"{"resourceType": "Observation"}"#, KeyState::Invalid),
            ("Patient/{{context.patientId}}", r#"{"resourceType": "Patient", "id": "p1"}"#, KeyState::Data),
            ("Patient/{{context.patientId}}", r#"{"resourceType": "Patient", "id": "p2"}"#, KeyState::Invalid),
        ] {
            assert_eq!(state(template, value), expected, "{value}");
        }
    }
}
