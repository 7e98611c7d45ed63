//! Totals of instruments.

use curbside_source::{Diagnostic, Spanned};
use serde_json::json;

use super::date::Date;
use super::layered;
use super::measure::Measure;
use super::observation::observation;
use super::writer::{Place, Writer, put};

layered! {
    /// The total of an instrument. Without a status it is final.
    Score = "ScoreFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// The instrument, by the name it has in the pack.
        instrument: Spanned<String>,
        /// The total.
        value: Spanned<Measure>,
        /// When.
        at: Spanned<Date>,
        /// `final`, `preliminary`, …
        status: Spanned<String>,
    }
}

impl Score {
    pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
        let (Some(instrument), Some(value)) = (&self.instrument, &self.value) else {
            let missing = Diagnostic::error("missing-key", place.span, "a score has an `instrument` and a `value`");
            writer.error(missing.help("write `score: {instrument: phq9, value: 18, at: 2026-11-16}`"));
            return;
        };
        let mut score = observation(self.status.as_ref(), self.at.as_ref(), writer);
        put(&mut score, "code", writer.instrument(instrument));
        let quantity = match value.value.plain() {
            Some(total) => json!({"value": total, "unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}),
            None => value.value.quantity(),
        };
        put(&mut score, "valueQuantity", quantity);
        let at = self.at.as_ref().map(|date| writer.date(date)).unwrap_or_default();
        let id = writer.id(self.id.as_ref(), &[&instrument.value, &at]);
        writer.put(Place::Record, &id, score);
    }
}
