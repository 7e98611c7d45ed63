//! Answers to requests for prior authorization.

use curbside_source::Spanned;
use serde_json::json;

use super::date::Date;
use super::layered;
use super::writer::{Place, Writer, put, set};

layered! {
    /// What an insurance answered: by default that it was approved.
    Preauthorization = "PreauthorizationFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// `active` (default), `cancelled`, `draft`.
        status: Spanned<String>,
        /// `complete` (default), `queued`, `error`, `partial`.
        outcome: Spanned<String>,
        /// The insurance's reference (default `PA-1`); `none` leaves it out: not approved.
        reference: Spanned<String>,
        /// From when it holds.
        from: Spanned<Date>,
        /// Up to when it holds.
        to: Spanned<Date>,
    }
}

impl Preauthorization {
    pub(crate) fn write(&self, _: &Spanned<()>, writer: &mut Writer<'_>) {
        let text =
            |value: &Option<Spanned<String>>, default: &str| value.as_ref().map_or_else(|| default.to_owned(), |value| value.value.clone());
        let created = self.from.as_ref().map_or_else(|| writer.today.to_string(), |from| writer.date(from));
        let mut response = json!({
            "resourceType": "ClaimResponse",
            "status": text(&self.status, "active"),
            "use": "preauthorization",
            "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "pharmacy"}]},
            "created": created,
            "insurer": {"display": "A health plan"},
            "outcome": text(&self.outcome, "complete"),
        });
        set(&mut response, "preAuthRef", Some(text(&self.reference, "PA-1")).filter(|reference| reference != "none"));
        if self.from.is_some() || self.to.is_some() {
            put(&mut response, "preAuthPeriod", writer.period(self.from.as_ref(), self.to.as_ref()));
        }
        let id = writer.id(self.id.as_ref(), &["preauthorization"]);
        writer.put(Place::Record, &id, response);
    }
}
