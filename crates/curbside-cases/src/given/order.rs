//! Draft orders of the hook.

use curbside_source::{Diagnostic, Spanned};
use serde_json::{Value, json};

use super::concept::{Concept, codeable, codeables, terminology, unless_none};
use super::dosing::Dosing;
use super::measure::Frequency;
use super::writer::{Place, Writer, put, set};
use super::{Concepts, layered};

layered! {
    /// A draft order of the hook. It is one of those just selected unless it says `selected: false`.
    Order = "OrderFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// The drug.
        drug: Spanned<Concept>,
        /// What is ordered, where it is no drug: a ServiceRequest.
        code: Concepts,
        /// One dose.
        dose: Spanned<String>,
        /// How often.
        frequency: Spanned<Frequency>,
        /// By which route; `none` leaves it out.
        route: Spanned<Concept>,
        /// How long one dose takes: `40 minutes`.
        over: Spanned<String>,
        /// `inpatient`, `outpatient`, `community`, `discharge`; `none` leaves it out.
        setting: Spanned<String>,
        /// Why; `none` leaves it out.
        reason: Concepts,
        /// What the patient is told.
        instructions: Spanned<String>,
        /// The status of the resource (default `draft`).
        status: Spanned<String>,
        /// The intent of the resource (default `order`).
        intent: Spanned<String>,
        /// The order is not to give it.
        do_not_perform: bool,
        /// Whether it was just selected.
        selected: bool,
    }
}

impl Order {
    pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
        let text =
            |value: &Option<Spanned<String>>, default: &str| value.as_ref().map_or_else(|| default.to_owned(), |value| value.value.clone());
        let kind = if self.code.is_some() { "ServiceRequest" } else { "MedicationRequest" };
        let mut order = json!({
            "resourceType": kind,
            "status": text(&self.status, "draft"),
            "intent": text(&self.intent, "order"),
        });
        let words = match (&self.drug, &self.code) {
            (Some(drug), None) => {
                put(&mut order, "medicationCodeableConcept", writer.drug(drug));
                match &drug.value {
                    Concept::Code(code) => code.code.clone(),
                    Concept::Words(words) | Concept::Text(words) => words.clone(),
                }
            }
            (None, Some(code)) => {
                put(&mut order, "code", codeable(code, writer));
                "service".to_owned()
            }
            _ => {
                writer.error(Diagnostic::error("missing-key", place.span, "what is ordered? give one of `drug` and `code`"));
                return;
            }
        };
        let setting = Some(text(&self.setting, "outpatient")).filter(|setting| setting != "none");
        set(&mut order, "category", setting.map(|setting| json!([terminology("medicationrequest-category", &setting)])));
        let reason = unless_none(self.reason.as_deref()).map(|reasons| codeables(reasons, writer));
        set(&mut order, "reasonCode", reason);
        set(&mut order, "doNotPerform", self.do_not_perform);
        let (dose, frequency, route) = (self.dose.as_ref(), self.frequency.as_ref(), self.route.as_ref());
        let mut dosage: Value = Dosing { dose, frequency, route, over: self.over.as_ref() }.write(writer);
        set(&mut dosage, "patientInstruction", self.instructions.as_ref().map(|text| text.value.clone()));
        if kind == "MedicationRequest" && dosage.as_object().is_some_and(|members| !members.is_empty()) {
            put(&mut order, "dosageInstruction", json!([dosage]));
        }
        let id = writer.id(self.id.as_ref(), &["draft", &words]);
        writer.put(Place::Draft(self.selected.unwrap_or(true)), &id, order);
    }
}
