//! What facts are written with: the day of the case, what its packs know of drugs and codes, and the
//! places where resources go.

use std::collections::BTreeSet;

use curbside_chart::time::Day;
use curbside_source::{Diagnostic, Spanned, did_you_mean};
use curbside_terminology::Vocabulary;
use serde_json::{Value, json};

use super::concept::{Concept, coding};
use super::date::Date;

/// Where a resource goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The patient's record.
    Record,
    /// The draft orders of the hook; the flag says whether it is selected.
    Draft(bool),
    /// The appointments of the hook.
    Proposed,
}

/// Writes the resources of a case.
#[derive(Debug)]
pub(crate) struct Writer<'v> {
    pub(crate) today: Day,
    pub(crate) patient: String,
    vocabularies: Vec<&'v Vocabulary>,
    ids: BTreeSet<String>,
    pub(crate) record: Vec<Value>,
    pub(crate) drafts: Vec<Value>,
    pub(crate) selected: Vec<String>,
    pub(crate) proposed: Vec<Value>,
    /// The encounter that the hook is about.
    pub(crate) encounter: Option<String>,
    /// Whether the hook proposes appointments.
    pub(crate) books: bool,
    pub(crate) found: Vec<Diagnostic>,
}

impl<'v> Writer<'v> {
    pub(crate) fn new(today: Day, patient: &str, vocabularies: Vec<&'v Vocabulary>) -> Self {
        Self {
            today,
            patient: patient.to_owned(),
            vocabularies,
            ids: BTreeSet::new(),
            record: Vec::new(),
            drafts: Vec::new(),
            selected: Vec::new(),
            proposed: Vec::new(),
            encounter: None,
            books: false,
            found: Vec::new(),
        }
    }

    pub(crate) fn error(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// An id that no other resource of the case has: the one a fact was given, else one made of words.
    pub(crate) fn id(&mut self, given: Option<&Spanned<String>>, words: &[&str]) -> String {
        let plain = |text: &str| {
            let letters = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c.to_ascii_lowercase() } else { '-' });
            letters.collect::<String>().split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
        };
        let wanted = given.map_or_else(|| plain(&words.join("-")), |id| plain(&id.value));
        let wanted: String = wanted.chars().take(56).collect();
        let mut id = wanted.clone();
        for number in 2.. {
            if self.ids.insert(id.clone()) {
                break;
            }
            id = format!("{wanted}-{number}");
        }
        id
    }

    /// Puts a resource where it belongs, about the patient of the case.
    pub(crate) fn put(&mut self, place: Place, id: &str, mut resource: Value) {
        put(&mut resource, "id", id);
        let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default().to_owned();
        let member = match kind.as_str() {
            "Patient" | "Medication" | "Appointment" => None,
            "Coverage" => Some("beneficiary"),
            "AllergyIntolerance" | "ClaimResponse" | "Immunization" | "FamilyMemberHistory" => Some("patient"),
            _ => Some("subject"),
        };
        if let Some(member) = member.filter(|member| resource.get(member).is_none()) {
            put(&mut resource, member, self.reference());
        }
        match place {
            Place::Record => self.record.push(resource),
            Place::Draft(selected) => {
                if selected {
                    self.selected.push(format!("{kind}/{id}"));
                }
                self.drafts.push(resource);
            }
            Place::Proposed => self.proposed.push(resource),
        }
    }

    /// A reference to the patient.
    pub(crate) fn reference(&self) -> Value {
        json!({"reference": format!("Patient/{}", self.patient)})
    }

    /// A date as FHIR writes it.
    pub(crate) fn date(&self, date: &Spanned<Date>) -> String {
        date.value.text(self.today)
    }

    /// From one date to another, as far as they are given.
    pub(crate) fn period(&self, from: Option<&Spanned<Date>>, to: Option<&Spanned<Date>>) -> Value {
        let mut period = json!({});
        set(&mut period, "start", from.map(|from| self.date(from)));
        set(&mut period, "end", to.map(|to| self.date(to)));
        period
    }

    /// The codes whose display has these words.
    pub(crate) fn codes_displayed(&self, words: &str) -> Vec<(String, String)> {
        let mut codes: Vec<(String, String)> = self.vocabularies.iter().flat_map(|known| known.code_displayed(words)).collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// A drug as a `CodeableConcept`: by the name of an ingredient of the packs' drug sets, by code, or
    /// by words alone.
    pub(crate) fn drug(&mut self, drug: &Spanned<Concept>) -> Value {
        match &drug.value {
            Concept::Code(code) => json!({"coding": [coding(&code.system, &code.code)]}),
            Concept::Text(text) => json!({"text": text}),
            Concept::Words(name) => {
                let mut facts = self.vocabularies.iter().flat_map(|known| known.drug_sets()).flat_map(|set| &set.ingredients);
                if let Some(code) = facts.find(|facts| &facts.name == name && facts.code.is_some()).and_then(|facts| facts.code.as_ref()) {
                    return json!({"coding": [{"system": code.system, "code": code.code, "display": name}], "text": name});
                }
                self.unknown_drug(name, drug);
                json!({"text": name})
            }
        }
    }

    fn unknown_drug(&mut self, name: &str, drug: &Spanned<Concept>) {
        let facts = self.vocabularies.iter().flat_map(|known| known.drug_sets()).flat_map(|set| &set.ingredients);
        let near = did_you_mean(name, facts.map(|facts| facts.name.as_str())).filter(|help| help.starts_with("did"));
        let otherwise = format!("write its code (`rxnorm|…`), or `{{text: {name}}}` for words alone");
        let help = near.map_or_else(|| otherwise.clone(), |near| format!("{near} Otherwise {otherwise}"));
        self.error(Diagnostic::error("unknown-drug", drug.span, format!("no drug set knows `{name}`")).help(help));
    }

    /// The codes and title of an instrument.
    pub(crate) fn instrument(&mut self, name: &Spanned<String>) -> Value {
        for known in &self.vocabularies {
            if let Some(instrument) = known.instrument(&name.value) {
                let codings: Vec<Value> = instrument.codes.iter().take(1).map(|code| coding(&code.system, &code.code)).collect();
                return json!({"coding": codings, "text": instrument.title});
            }
        }
        let known = self.vocabularies.iter().flat_map(|known| known.instruments()).map(|instrument| instrument.instrument.value.as_str());
        let help = did_you_mean(&name.value, known);
        let message = format!("unknown instrument `{}`", name.value);
        self.error(Diagnostic::error("unknown-instrument", name.span, message).maybe_help(help));
        json!({"text": name.value})
    }
}

/// Sets a member where there is something to set.
pub(crate) fn set(resource: &mut Value, member: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        put(resource, member, value);
    }
}

/// Sets a member, or a member of members (`timing/repeat/duration`).
pub(crate) fn put(resource: &mut Value, path: &str, value: impl Into<Value>) {
    if !resource.is_object() {
        *resource = json!({});
    }
    let Some(members) = resource.as_object_mut() else { return };
    match path.split_once('/') {
        Some((first, rest)) => put(members.entry(first).or_insert_with(|| json!({})), rest, value),
        None => {
            members.insert(path.to_owned(), value.into());
        }
    }
}
