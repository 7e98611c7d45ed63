//! Administrations of a drug in sessions.

use curbside_chart::time::Day;
use curbside_source::{Diagnostic, Spanned};
use schemars::{JsonSchema, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

use super::concept::{Concept, codeables, unless_none};
use super::date::Date;
use super::dosing::{Dosing, administered, days};
use super::writer::{Place, Writer, put, set};
use super::{Concepts, layered};
use crate::schema::short_for;

/// Most dates that one fact stands for.
const MOST: usize = 400;

layered! {
    /// Administrations of a drug, one on each date.
    Session = "SessionFact" {
        /// Name by which later layers change it.
        id: Spanned<String>,
        /// The drug.
        drug: Spanned<Concept>,
        /// When: dates, or `{from: …, to: …, every: 7 days}`.
        at: curbside_rules::model::OneOrMany<SessionDates>,
        /// How much was given.
        dose: Spanned<String>,
        /// By which route.
        route: Spanned<Concept>,
        /// `completed` (default), `in-progress`, `stopped`, `not-done`, …
        status: Spanned<String>,
        /// Why it was given.
        reason: Concepts,
    }
}

/// A date, or dates at regular intervals.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:from SessionDates")]
#[schemars(rename = "SessionDates", transform = short_for_from)]
pub struct SessionDates {
    /// The (first) date.
    pub from: Spanned<Date>,
    /// The last date.
    pub to: Option<Spanned<Date>>,
    /// The interval: `7 days`.
    pub every: Option<Spanned<String>>,
}

fn short_for_from(schema: &mut Schema) {
    short_for(schema, "from");
}

impl Session {
    pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
        let (Some(drug), Some(at)) = (&self.drug, &self.at) else {
            let missing = Diagnostic::error("missing-key", place.span, "sessions have a `drug` and dates, `at`");
            writer.error(missing.help("write `session: {drug: esketamine, at: [2026-11-09, 2026-11-12]}`"));
            return;
        };
        let status = self.status.as_ref().map_or("completed", |status| status.value.as_str());
        let mut resource =
            json!({"resourceType": "MedicationAdministration", "status": status, "medicationCodeableConcept": writer.drug(drug)});
        let reason = unless_none(self.reason.as_deref()).map(|reasons| codeables(reasons, writer));
        set(&mut resource, "reasonCode", reason);
        let dosage: Value = Dosing { dose: self.dose.as_ref(), frequency: None, route: self.route.as_ref(), over: None }.write(writer);
        if dosage.as_object().is_some_and(|members| !members.is_empty()) {
            put(&mut resource, "dosage", administered(&dosage));
        }
        let name = match &drug.value {
            Concept::Code(code) => code.code.clone(),
            Concept::Words(words) | Concept::Text(words) => words.clone(),
        };
        for at in at.iter().flat_map(|dates| dates.dates(writer)).collect::<Vec<_>>() {
            put(&mut resource, "effectiveDateTime", at.clone());
            let id = writer.id(None, &[&name, &at]);
            writer.put(Place::Record, &id, resource.clone());
        }
    }
}

impl SessionDates {
    fn dates(&self, writer: &mut Writer<'_>) -> Vec<String> {
        let (Some(to), Some(every)) = (&self.to, &self.every) else { return vec![writer.date(&self.from)] };
        let ends: (Option<Day>, Option<Day>) = (self.from.value.day(writer.today), to.value.day(writer.today));
        let Some(step) = days(every, writer) else { return Vec::new() };
        let (Some(first), Some(last), 1..) = (ends.0, ends.1, step) else {
            writer.error(Diagnostic::error("invalid-value", every.span, "dates at intervals go from a day to a day, forwards"));
            return Vec::new();
        };
        std::iter::successors(Some(first), |day| Some(day.plus_days(step)))
            .take_while(|day| *day <= last)
            .take(MOST)
            .map(|day| day.to_string())
            .collect()
    }
}
