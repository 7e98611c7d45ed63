//! What grouping needs to know of a resource: type, id, and whose it is.

use std::borrow::Cow;

use curbside_chart::reference::{Target, parse};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A line of an export.
#[derive(Debug)]
pub(crate) struct Peek<'a> {
    pub(crate) kind: Cow<'a, str>,
    pub(crate) id: Cow<'a, str>,
    pub(crate) owner: Owner<'a>,
}

/// Whose a resource is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Owner<'a> {
    /// The patient with this id.
    Patient(Cow<'a, str>),
    /// Nobody's: a definition that others refer to.
    Shared,
    /// Somebody's, but it does not say so that it can be told.
    Unclear,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(borrow)]
    resource_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    subject: Option<&'a RawValue>,
    #[serde(borrow)]
    patient: Option<&'a RawValue>,
    #[serde(borrow)]
    beneficiary: Option<&'a RawValue>,
    #[serde(borrow)]
    individual: Option<&'a RawValue>,
    #[serde(borrow, rename = "for")]
    task_for: Option<&'a RawValue>,
    #[serde(borrow)]
    participant: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    reference: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Participant<'a> {
    #[serde(borrow)]
    actor: Option<Reference<'a>>,
}

impl<'a> Peek<'a> {
    /// Looks at a line.
    ///
    /// # Errors
    ///
    /// Why it is no resource.
    pub(crate) fn of(line: &'a [u8]) -> Result<Self, String> {
        let line: Line<'a> = serde_json::from_slice(line).map_err(|error| format!("this is not a resource: {error}"))?;
        let Some(kind) = line.resource_type.clone() else { return Err("it does not say its resourceType".to_owned()) };
        let id = line.id.clone().unwrap_or_default();
        let owner = if kind == "Patient" { Owner::Patient(id.clone()) } else { line.owner() };
        Ok(Self { kind, id, owner })
    }
}

impl<'a> Line<'a> {
    /// The first of its members that points to a patient.
    fn owner(&self) -> Owner<'a> {
        let mut stated = false;
        for raw in [self.subject, self.patient, self.beneficiary, self.individual, self.task_for].into_iter().flatten() {
            stated = true;
            let reference = serde_json::from_str::<Reference<'a>>(raw.get()).ok().and_then(|found| found.reference);
            if let Some(id) = reference.and_then(patient) {
                return Owner::Patient(id);
            }
        }
        let participants = self.participant.and_then(|raw| serde_json::from_str::<Vec<Participant<'a>>>(raw.get()).ok());
        for reference in participants.into_iter().flatten().filter_map(|participant| participant.actor?.reference) {
            if let Some(id) = patient(reference) {
                return Owner::Patient(id);
            }
        }
        if stated { Owner::Unclear } else { Owner::Shared }
    }
}

/// The id of the patient that a reference points to.
fn patient(reference: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let cut = |text: &str| match parse(text) {
        Target::Typed { kind: "Patient", id, .. } => Some(id.to_owned()),
        Target::Urn(urn) => urn.strip_prefix("urn:uuid:").map(str::to_owned),
        _ => None,
    };
    match reference {
        Cow::Borrowed(text) => match parse(text) {
            Target::Typed { kind: "Patient", id, .. } => Some(Cow::Borrowed(id)),
            Target::Urn(urn) => urn.strip_prefix("urn:uuid:").map(Cow::Borrowed),
            _ => None,
        },
        Cow::Owned(text) => cut(&text).map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_whose_it_is() {
        let owner = |line: &'static str| Peek::of(line.as_bytes()).unwrap().owner;
        let of = |id: &'static str| Owner::Patient(Cow::Borrowed(id));
        assert_eq!(owner(r#"{"id":"a","resourceType":"Patient"}"#), of("a"));
        assert_eq!(owner(r#"{"subject":{"reference":"Patient/a/_history/2"},"resourceType":"Condition"}"#), of("a"));
        assert_eq!(owner(r#"{"beneficiary":{"reference":"https://x.org/fhir/Patient/a"},"resourceType":"Coverage"}"#), of("a"));
        assert_eq!(owner(r#"{"subject":{"reference":"urn:uuid:a"},"resourceType":"Condition"}"#), of("a"));
        let booked =
            r#"{"participant":[{"actor":{"reference":"Location/l"}},{"actor":{"reference":"Patient/a"}}],"resourceType":"Appointment"}"#;
        assert_eq!(owner(booked), of("a"));
        assert_eq!(owner(r#"{"resourceType":"Medication","id":"m"}"#), Owner::Shared);
        assert_eq!(owner(r#"{"subject":{"reference":"Patient?identifier=x"},"resourceType":"Condition"}"#), Owner::Unclear);
        assert_eq!(owner(r#"{"subject":{"reference":"Group/g"},"resourceType":"Condition"}"#), Owner::Unclear);
        assert!(Peek::of(b"{\"id\":\"a\"}").is_err());
        assert!(Peek::of(b"{\"id\":").is_err());
    }
}
