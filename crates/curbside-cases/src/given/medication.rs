//! Drugs that are or were taken: as a patient says, as prescribed, handed out or given.

use curbside_source::{Diagnostic, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::concept::{Concept, codeable, codeables, unless_none};
use super::date::Date;
use super::dosing::{Dosing, administered, days};
use super::measure::{Frequency, Measure};
use super::writer::{Place, Writer, put, set};
use super::{Concepts, layered};

/// Which resource says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "MedicationRecord")]
pub enum Kind {
    /// A MedicationStatement.
    #[default]
    Statement,
    /// A MedicationRequest.
    Request,
    /// A MedicationDispense.
    Dispense,
    /// A MedicationAdministration.
    Administration,
}

/// An ingredient of a product.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ProductIngredient")]
pub struct Ingredient {
    /// The drug.
    pub drug: Spanned<Concept>,
    /// How much of it is in one unit.
    pub strength: Spanned<Measure>,
}

layered! {
    /// A drug that is or was taken. Without a status, what has no end is active and what ended is completed.
    Medication = "MedicationFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// Which resource says so: `statement`, `request`, `dispense` or `administration`.
        record: Kind,
        /// The drug, by the name it has in the pack's drug sets, by code, or `{text: …}`.
        drug: Spanned<Concept>,
        /// A product of several drugs, by what one unit holds; the dose is then in units.
        ingredients: Vec<Ingredient>,
        /// How much: `100 mg/day`, or one dose where `frequency` says how often; `none` leaves it out.
        dose: Spanned<String>,
        /// How often: `2/day`, `daily`, `every 8 hours`, `BID`.
        frequency: Spanned<Frequency>,
        /// By which route: a code, or words that the pack's value sets know.
        route: Spanned<Concept>,
        /// Only when needed.
        prn: bool,
        /// From when.
        from: Spanned<Date>,
        /// Up to when.
        to: Spanned<Date>,
        /// When it was written or handed out, where that is not `from`.
        written: Spanned<Date>,
        /// How long the supply lasts: `86 days`.
        supply: Spanned<String>,
        /// Refills.
        repeats: u32,
        /// The status of the resource.
        status: Spanned<String>,
        /// Why it is taken.
        reason: Concepts,
        /// Why it has its status: words or codes.
        stopped_for: Concepts,
        /// A remark.
        note: Spanned<String>,
        /// A business identifier, `system|value`.
        identifier: Spanned<String>,
    }
}

impl Medication {
    pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
        let kind = self.record.unwrap_or_default();
        let stopped_for = unless_none(self.stopped_for.as_deref());
        let ended = self.to.is_some() || stopped_for.is_some();
        let (name, default) = match kind {
            Kind::Statement => ("MedicationStatement", if ended { "completed" } else { "active" }),
            Kind::Request => ("MedicationRequest", if ended { "completed" } else { "active" }),
            Kind::Dispense => ("MedicationDispense", "completed"),
            Kind::Administration => ("MedicationAdministration", "completed"),
        };
        let status = self.status.as_ref().map_or(default, |status| status.value.as_str());
        let mut resource = json!({"resourceType": name, "status": status});
        let words = self.drug(place, &mut resource, writer);
        let reason = unless_none(self.reason.as_deref()).map(|reasons| codeables(reasons, writer));
        set(&mut resource, "reasonCode", reason);
        if let Some(why) = stopped_for {
            let why = codeable(why, writer);
            let (member, value) = match kind {
                Kind::Request => ("statusReason", why),
                Kind::Dispense => ("statusReasonCodeableConcept", why),
                Kind::Statement | Kind::Administration => ("statusReason", json!([why])),
            };
            put(&mut resource, member, value);
        }
        set(&mut resource, "note", self.note.as_ref().map(|note| json!([{"text": note.value}])));
        let identifier = self.identifier.as_ref().map(|identifier| {
            let (system, value) = identifier.value.split_once('|').unwrap_or(("urn:ietf:rfc:3986", &identifier.value));
            json!([{"system": system, "value": value}])
        });
        set(&mut resource, "identifier", identifier);
        self.times(kind, &mut resource, writer);
        self.dosage(kind, &mut resource, writer);
        let id = writer.id(self.id.as_ref(), &[&words]);
        writer.put(Place::Record, &id, resource);
    }

    /// Writes the drug, and says how it is called.
    fn drug(&self, place: &Spanned<()>, resource: &mut Value, writer: &mut Writer<'_>) -> String {
        match (&self.drug, &self.ingredients) {
            (Some(drug), None) => {
                put(resource, "medicationCodeableConcept", writer.drug(drug));
                match &drug.value {
                    Concept::Code(code) => code.code.clone(),
                    Concept::Words(words) | Concept::Text(words) => words.clone(),
                }
            }
            (None, Some(ingredients)) => {
                let ingredients: Vec<Value> = ingredients
                    .iter()
                    .map(|ingredient| {
                        let strength = json!({"numerator": ingredient.strength.value.quantity(), "denominator": {"value": 1}});
                        json!({"itemCodeableConcept": writer.drug(&ingredient.drug), "isActive": true, "strength": strength})
                    })
                    .collect();
                let id = writer.id(None, &["product"]);
                writer.put(Place::Record, &id, json!({"resourceType": "Medication", "ingredient": ingredients}));
                put(resource, "medicationReference", json!({"reference": format!("Medication/{id}")}));
                id
            }
            _ => {
                let missing = Diagnostic::error("missing-key", place.span, "which drug? give one of `drug` and `ingredients`");
                writer.error(missing.help("write `drug: sertraline` or `drug: rxnorm|36437`"));
                String::new()
            }
        }
    }

    fn times(&self, kind: Kind, resource: &mut Value, writer: &mut Writer<'_>) {
        let days = self.supply.as_ref().and_then(|supply| days(supply, writer));
        let supply = days.map(|days| json!({"value": days, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}));
        let (from, to) = (self.from.as_ref(), self.to.as_ref());
        let written = self.written.as_ref().or(from).map(|date| writer.date(date));
        match kind {
            Kind::Statement => {
                if from.is_some() || to.is_some() {
                    put(resource, "effectivePeriod", writer.period(from, to));
                }
            }
            Kind::Administration => match (from, to) {
                (Some(from), None) => put(resource, "effectiveDateTime", writer.date(from)),
                (None, None) => {}
                _ => put(resource, "effectivePeriod", writer.period(from, to)),
            },
            Kind::Request => {
                put(resource, "intent", "order");
                set(resource, "authoredOn", written);
                let mut dispense = json!({});
                set(&mut dispense, "expectedSupplyDuration", supply);
                set(&mut dispense, "numberOfRepeatsAllowed", self.repeats);
                if dispense.as_object().is_some_and(|members| !members.is_empty()) {
                    put(resource, "dispenseRequest", dispense);
                }
            }
            Kind::Dispense => {
                set(resource, "whenHandedOver", written);
                set(resource, "daysSupply", supply);
            }
        }
    }

    fn dosage(&self, kind: Kind, resource: &mut Value, writer: &mut Writer<'_>) {
        let (dose, frequency, route) = (self.dose.as_ref(), self.frequency.as_ref(), self.route.as_ref());
        let mut dosage = Dosing { dose, frequency, route, over: None }.write(writer);
        set(&mut dosage, "asNeededBoolean", self.prn);
        // A request says in its dosage from when to when it holds.
        if kind == Kind::Request && (self.to.is_some() || self.written.is_some()) {
            let bounds = writer.period(self.from.as_ref(), self.to.as_ref());
            put(&mut dosage, "timing/repeat/boundsPeriod", bounds);
        }
        if dosage.as_object().is_none_or(serde_json::Map::is_empty) {
            return;
        }
        match kind {
            Kind::Statement => put(resource, "dosage", json!([dosage])),
            Kind::Request | Kind::Dispense => put(resource, "dosageInstruction", json!([dosage])),
            Kind::Administration => put(resource, "dosage", administered(&dosage)),
        }
    }
}
