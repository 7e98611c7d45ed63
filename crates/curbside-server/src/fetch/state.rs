//! What a client sent under a prefetch key, told apart before any rule runs.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::asked::{Asked, Fit, Head, resource_of};
use super::beginning::is_whole_bundle;

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

/// What a value tells about what was asked for.
pub(crate) fn classify(value: &RawValue, asked: Asked<'_>) -> KeyState {
    if value.get() == "null" {
        return KeyState::Empty;
    }
    // A read is answered by one resource: whether there are two only the end tells.
    if !asked.is_read() && is_whole_bundle(value, asked) {
        return KeyState::Data;
    }
    let Some(head) = Head::read(value) else { return KeyState::Invalid };
    match head.kind() {
        Some("Bundle") => bundle(&head, asked),
        Some("OperationOutcome") => KeyState::Failed { transient: is_transient(head.issue) },
        Some(_) if asked.fit(&head) == Fit::Right => KeyState::Data,
        Some(_) => KeyState::Invalid,
        // Before 1.0 a key held `{"resource": …, "response": …}`.
        None => head.resource.map_or(KeyState::Invalid, |inner| classify(inner, asked)),
    }
}

/// What the entries of a Bundle are.
#[derive(Default)]
struct Entries {
    /// Those that answer.
    right: usize,
    /// Those of the type that are another patient's.
    foreign: usize,
    /// Whether there are others, which are no outcomes.
    others: bool,
    /// Of the outcomes: what the last error means.
    failed: Option<KeyState>,
    /// Whether there is something that cannot be read.
    unreadable: bool,
}

impl Entries {
    /// Reads a list; for a search no further than to the first that answers.
    fn read(list: Option<&RawValue>, asked: Asked<'_>) -> Option<Self> {
        let list: Vec<&RawValue> = list.map_or(Some(Vec::new()), |list| serde_json::from_str(list.get()).ok())?;
        let mut entries = Self::default();
        for entry in list {
            match resource_of(entry) {
                None => entries.unreadable = true,
                Some(outcome) if outcome.kind() == Some("OperationOutcome") => {
                    if is_error(outcome.issue) {
                        entries.failed = Some(KeyState::Failed { transient: is_transient(outcome.issue) });
                    }
                }
                Some(resource) => match asked.fit(&resource) {
                    Fit::Right => entries.right += 1,
                    Fit::Foreign => entries.foreign += 1,
                    Fit::OtherType => entries.others = true,
                },
            }
            if entries.right > 0 && !asked.is_read() {
                break;
            }
        }
        Some(entries)
    }
}

fn bundle(head: &Head<'_>, asked: Asked<'_>) -> KeyState {
    let Some(entries) = Entries::read(head.entry, asked) else { return KeyState::Invalid };
    let has_next = next_link(head.link).is_some();
    match entries {
        // Which of them is meant nobody can tell.
        Entries { right, foreign, .. } if asked.is_read() && right + foreign > 1 => KeyState::Invalid,
        Entries { right: 1.., .. } if has_next && !asked.is_of_newest() => KeyState::Partial,
        Entries { right: 1.., .. } => KeyState::Data,
        // To take these for none would be to say that somebody looked.
        Entries { foreign: 1.., .. } | Entries { others: true, .. } => KeyState::Invalid,
        Entries { failed: Some(failed), .. } => failed,
        // There were entries; what they were to say is not known.
        Entries { unreadable: true, .. } => KeyState::Invalid,
        // Pages may be empty and lead to others that are not.
        _ if has_next => KeyState::Partial,
        _ => KeyState::Empty,
    }
}

/// The `next` link of a Bundle.
pub(crate) fn next_page(bundle: &RawValue) -> Option<String> {
    next_link(Head::read(bundle)?.link)
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
    use super::super::asked::Whom;
    use super::super::template::Template;
    use super::*;

    fn state(template: &str, value: &str) -> KeyState {
        let raw: Box<RawValue> = serde_json::from_str(value).unwrap();
        classify(&raw, Asked { template: Some(&Template::parse(template).unwrap()), whom: &Whom::with_id("p1") })
    }

    #[test]
    fn every_shape_of_a_key_is_told_apart() {
        let read = "Patient/{{context.patientId}}";
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
            (
                search,
                r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Condition", "subject": {"reference": "Patient/p2"}}}]}"#,
                KeyState::Invalid,
            ),
            (
                search,
                r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation"}}, {"resource": {"resourceType": "OperationOutcome", "issue": []}}]}"#,
                KeyState::Invalid,
            ),
            (
                search,
                r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation"}}, {"resource": {"resourceType": "Condition"}}]}"#,
                KeyState::Data,
            ),
            (search, r#"{"resourceType": "Bundle", "link": [{"relation": "next", "url": "x"}]}"#, KeyState::Partial),
            (newest, r#"{"resourceType": "Bundle", "link": [{"relation": "next", "url": "x"}], "entry": []}"#, KeyState::Partial),
            (read, r#"{"resourceType": "Bundle", "entry": []}"#, KeyState::Empty),
            (read, r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p1"}}]}"#, KeyState::Data),
            (read, r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p2"}}]}"#, KeyState::Invalid),
            (
                read,
                r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p1"}}, {"resource": {"resourceType": "Patient", "id": "p1"}}]}"#,
                KeyState::Invalid,
            ),
            ("{{context.userId}}", r#"{"resourceType": "RelatedPerson", "patient": {"reference": "Patient/p2"}}"#, KeyState::Data),
            (read, r#"{"resourceType": "Patient", "id": "p1"}"#, KeyState::Data),
            (read, r#"{"resourceType": "Patient", "id": "p2"}"#, KeyState::Invalid),
        ] {
            assert_eq!(state(template, value), expected, "{value}");
        }
    }
}
