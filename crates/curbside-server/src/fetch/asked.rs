//! What was asked for: whether a resource answers it, and whose record it is.

use std::borrow::Cow;

use curbside_chart::reference::{Target, parse};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::template::Template;
use crate::wire::envelope::Envelope;
use crate::wire::json::string;

/// The patient of a call, by every name the call has for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whom {
    id: Option<String>,
    /// URLs of entries that hold the patient.
    urls: Vec<String>,
}

/// What is asked for under a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// `None` where nothing in particular was asked.
    pub(crate) template: Option<&'a Template>,
    pub(crate) whom: &'a Whom,
}

/// Whether a resource answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Right,
    /// It is of the type, and another patient's.
    Foreign,
    /// It is of another type.
    OtherType,
}

/// A resource, as far as it tells what it is and whose.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Head<'a> {
    #[serde(borrow, default)]
    resource_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) entry: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) link: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) issue: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) resource: Option<&'a RawValue>,
    #[serde(borrow, default)]
    subject: Option<&'a RawValue>,
    #[serde(borrow, default)]
    patient: Option<&'a RawValue>,
    #[serde(borrow, default)]
    beneficiary: Option<&'a RawValue>,
    #[serde(borrow, default)]
    individual: Option<&'a RawValue>,
    #[serde(borrow, default)]
    participant: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default)]
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Participant {
    #[serde(default)]
    actor: Option<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow, default)]
    full_url: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resource: Option<&'a RawValue>,
}

/// The resource of a Bundle's entry; `None` where it cannot be read.
pub(super) fn resource_of(entry: &RawValue) -> Option<Head<'_>> {
    Head::read(serde_json::from_str::<Entry<'_>>(entry.get()).ok()?.resource?)
}

impl<'a> Head<'a> {
    pub(super) fn read(raw: &'a RawValue) -> Option<Self> {
        serde_json::from_str(raw.get()).ok()
    }

    pub(super) fn kind(&self) -> Option<&str> {
        self.resource_type.as_deref()
    }

    /// Whether it says that it is about somebody else, read as the engine reads it.
    fn is_foreign(&self, whom: &Whom) -> bool {
        if self.kind() == Some("Patient") {
            let id = self.id.and_then(string);
            return matches!((&id, &whom.id), (Some(id), Some(patient)) if id != patient);
        }
        let owner = self.subject.or(self.patient).or(self.beneficiary).or(self.individual);
        if let Some(owner) = owner {
            let owner = serde_json::from_str::<Reference>(owner.get()).ok().and_then(|owner| owner.reference);
            return owner.is_some_and(|owner| whom.is_not(&owner));
        }
        let participants: Vec<Participant> = self.participant.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let actors = participants.into_iter().filter_map(|participant| participant.actor?.reference);
        let mut patients = actors.filter(|actor| names_a_patient(actor)).peekable();
        patients.peek().is_some() && patients.all(|patient| whom.is_not(&patient))
    }
}

fn names_a_patient(reference: &str) -> bool {
    match parse(reference) {
        Target::Typed { kind, .. } => kind == "Patient",
        Target::Urn(_) => true,
        _ => false,
    }
}

impl Whom {
    /// The patient of a call.
    pub(crate) fn of(call: &Envelope<'_>) -> Self {
        let mut whom = Self { id: call.subject.patient.clone(), urls: Vec::new() };
        let has = |raw: &RawValue, word: &str| memchr::memmem::find(raw.get().as_bytes(), word.as_bytes()).is_some();
        let bundles = call.prefetch.iter().flatten().filter(|(_, raw)| has(raw, "\"Patient\"") && has(raw, "\"fullUrl\""));
        for (_, raw) in bundles {
            let entries = Head::read(raw).and_then(|head| head.entry);
            let entries: Vec<&RawValue> = entries.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
            let urls = entries.into_iter().filter_map(|raw| {
                let entry: Entry<'_> = serde_json::from_str(raw.get()).ok()?;
                let patient = Head::read(entry.resource?).filter(|head| head.kind() == Some("Patient"))?;
                (patient.id.and_then(string) == whom.id).then_some(entry.full_url?.into_owned())
            });
            whom.urls.extend(urls.collect::<Vec<_>>());
        }
        whom
    }

    /// The patient with this id.
    #[cfg(test)]
    pub(super) fn with_id(id: &str) -> Self {
        Self { id: Some(id.to_owned()), urls: Vec::new() }
    }

    /// Whether a reference is to somebody else. What it is not clear about may be the patient's.
    fn is_not(&self, reference: &str) -> bool {
        let Some(id) = self.id.as_deref() else { return false };
        let is_named = self.urls.iter().any(|url| url == reference);
        match parse(reference) {
            Target::Typed { kind, .. } if kind != "Patient" => true,
            Target::Typed { id: other, .. } => other != id && !is_named,
            Target::Urn(urn) => urn.strip_prefix("urn:uuid:") != Some(id) && !is_named,
            Target::Bare(_) | Target::Contained(_) | Target::Conditional => false,
        }
    }
}

impl Asked<'_> {
    /// Whether one resource is asked for, and not a search made.
    pub(super) fn is_read(self) -> bool {
        self.template.is_some_and(|template| !template.is_search)
    }

    /// Whether only the newest few are asked for.
    pub(super) fn is_of_newest(self) -> bool {
        self.template.is_some_and(|template| template.newest_only)
    }

    /// Whether a resource answers.
    pub(super) fn fit(self, resource: &Head<'_>) -> Fit {
        match self.template {
            // It is the user's, of whatever kind, and nobody's record.
            Some(template) if template.kind.starts_with("{{") => Fit::Right,
            Some(template) if resource.kind() != Some(&template.kind) => Fit::OtherType,
            _ if resource.is_foreign(self.whom) => Fit::Foreign,
            _ => Fit::Right,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_a_record_is_is_read_from_its_references() {
        let whom = Whom { id: Some("p1".into()), urls: vec!["urn:uuid:x".into(), "https://ehr/Patient/old".into()] };
        let is_foreign = |text: &str| Head::read(serde_json::from_str(text).unwrap()).unwrap().is_foreign(&whom);
        for own in [
            r#"{"resourceType": "Patient", "id": "p1"}"#,
            r#"{"resourceType": "Patient"}"#,
            r#"{"resourceType": "Condition"}"#,
            r#"{"resourceType": "Condition", "subject": {"display": "x"}}"#,
            r#"{"resourceType": "Condition", "subject": {"reference": "Patient/p1"}}"#,
            r#"{"resourceType": "Condition", "subject": {"reference": "https://ehr/Patient/p1/_history/1"}}"#,
            r#"{"resourceType": "Condition", "subject": {"reference": "https://ehr/Patient/old"}}"#,
            r#"{"resourceType": "Condition", "subject": {"reference": "urn:uuid:x"}}"#,
            r##"{"resourceType": "Condition", "subject": {"reference": "#p"}}"##,
            r#"{"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p1"}}"#,
            r#"{"resourceType": "Appointment", "participant": [{"actor": {"reference": "Practitioner/1"}}]}"#,
            r#"{"resourceType": "Appointment", "participant": [{"actor": {"reference": "Patient/p2"}}, {"actor": {"reference": "Patient/p1"}}]}"#,
        ] {
            assert!(!is_foreign(own), "{own}");
        }
        for foreign in [
            r#"{"resourceType": "Patient", "id": "p2"}"#,
            r#"{"resourceType": "Condition", "subject": {"reference": "Patient/p2"}}"#,
            r#"{"resourceType": "Condition", "subject": {"reference": "Group/p1"}}"#,
            r#"{"resourceType": "Condition", "subject": {"reference": "urn:uuid:y"}}"#,
            r#"{"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p2"}}"#,
            r#"{"resourceType": "Coverage", "beneficiary": {"reference": "https://ehr/Patient/p2"}}"#,
            r#"{"resourceType": "Appointment", "participant": [{"actor": {"reference": "Patient/p2"}}, {"actor": {"reference": "Location/p1"}}]}"#,
        ] {
            assert!(is_foreign(foreign), "{foreign}");
        }
    }
}
