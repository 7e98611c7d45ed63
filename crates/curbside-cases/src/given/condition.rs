//! Problems and diagnoses.

use curbside_source::Spanned;
use serde_json::json;

use super::concept::{codeable, terminology};
use super::date::Date;
use super::writer::{Place, Writer, set};
use super::{Concepts, layered};

layered! {
    /// A problem or diagnosis. Without a status it is active and confirmed.
    Condition = "ConditionFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// What it is; several codes are codings of the same problem.
        code: Concepts,
        /// `active`, `recurrence`, `relapse`, `inactive`, `remission`, `resolved`; `none` leaves it out.
        status: Spanned<String>,
        /// `confirmed`, `provisional`, `differential`, `unconfirmed`, `refuted`, `entered-in-error`; `none`
        /// leaves it out.
        verification: Spanned<String>,
        /// When it began.
        onset: Spanned<Date>,
        /// When it ended.
        abated: Spanned<Date>,
        /// When it was recorded.
        recorded: Spanned<Date>,
    }
}

impl Condition {
    pub(crate) fn write(&self, _: &Spanned<()>, writer: &mut Writer<'_>) {
        let mut condition = json!({"resourceType": "Condition"});
        let codes = self.code.as_ref().map(|codes| codeable(codes, writer));
        let words = codes.as_ref().and_then(|code| code.pointer("/coding/0/code").or(code.get("text"))?.as_str().map(str::to_owned));
        set(&mut condition, "code", codes);
        let stated = |value: &Option<Spanned<String>>, default: &str| {
            let value = value.as_ref().map_or(default, |value| value.value.as_str());
            (value != "none").then(|| value.to_owned())
        };
        let verification = stated(&self.verification, "confirmed");
        // FHIR forbids a clinical status on what was entered in error.
        let status = if verification.as_deref() == Some("entered-in-error") { None } else { stated(&self.status, "active") };
        set(&mut condition, "clinicalStatus", status.map(|status| terminology("condition-clinical", &status)));
        set(&mut condition, "verificationStatus", verification.map(|status| terminology("condition-ver-status", &status)));
        set(&mut condition, "onsetDateTime", self.onset.as_ref().map(|date| writer.date(date)));
        set(&mut condition, "abatementDateTime", self.abated.as_ref().map(|date| writer.date(date)));
        set(&mut condition, "recordedDate", self.recorded.as_ref().map(|date| writer.date(date)));
        let id = writer.id(self.id.as_ref(), &["condition", words.as_deref().unwrap_or_default()]);
        writer.put(Place::Record, &id, condition);
    }
}
