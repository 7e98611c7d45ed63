//! Allergies and intolerances.

use curbside_source::Spanned;
use serde_json::json;

use super::concept::{Concept, codeable, terminology};
use super::date::Date;
use super::writer::{Place, Writer, set};
use super::{Concepts, layered};

layered! {
    /// An allergy or intolerance. Without a status it is active and confirmed.
    Allergy = "AllergyFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// The drug, by the name it has in the pack's drug sets or by code.
        drug: Spanned<Concept>,
        /// What it is about, where that is no drug of the pack.
        code: Concepts,
        /// `allergy` or `intolerance`.
        r#type: Spanned<String>,
        /// `active`, `inactive`, `resolved`; `none` leaves it out.
        status: Spanned<String>,
        /// `confirmed`, `unconfirmed`, `refuted`, `entered-in-error`; `none` leaves it out.
        verification: Spanned<String>,
        /// `low`, `high` or `unable-to-assess`.
        criticality: Spanned<String>,
        /// When it began.
        onset: Spanned<Date>,
        /// When it was recorded.
        recorded: Spanned<Date>,
    }
}

impl Allergy {
    pub(crate) fn write(&self, _: &Spanned<()>, writer: &mut Writer<'_>) {
        let mut allergy = json!({"resourceType": "AllergyIntolerance"});
        let code = match (&self.drug, &self.code) {
            (Some(drug), _) => Some(writer.drug(drug)),
            (None, Some(codes)) => Some(codeable(codes, writer)),
            (None, None) => None,
        };
        set(&mut allergy, "code", code);
        let text = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.value.clone());
        set(&mut allergy, "type", text(&self.r#type));
        set(&mut allergy, "criticality", text(&self.criticality));
        let stated =
            |value: Option<String>, default: &str| Some(value.unwrap_or_else(|| default.to_owned())).filter(|value| value != "none");
        let verification = stated(text(&self.verification), "confirmed");
        let status = stated(text(&self.status), "active").filter(|_| verification.as_deref() != Some("entered-in-error"));
        set(&mut allergy, "clinicalStatus", status.map(|status| terminology("allergyintolerance-clinical", &status)));
        set(&mut allergy, "verificationStatus", verification.map(|status| terminology("allergyintolerance-verification", &status)));
        set(&mut allergy, "onsetDateTime", self.onset.as_ref().map(|date| writer.date(date)));
        set(&mut allergy, "recordedDate", self.recorded.as_ref().map(|date| writer.date(date)));
        let id = writer.id(self.id.as_ref(), &["allergy"]);
        writer.put(Place::Record, &id, allergy);
    }
}
