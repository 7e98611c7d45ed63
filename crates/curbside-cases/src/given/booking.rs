//! Appointments.

use curbside_chart::time::{Duration, When, Zone};
use curbside_source::{Diagnostic, Spanned};
use serde_json::json;

use super::concept::{Concept, codeables};
use super::date::Date;
use super::writer::{Place, Writer, put, set};
use super::{Concepts, layered};

layered! {
    /// An appointment. In a case of the hook `appointment-book` it is the one that is proposed, unless it
    /// says `proposed: false`; elsewhere it is on record.
    Booking = "BookingFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// The drug it is for.
        drug: Spanned<Concept>,
        /// Why else.
        reason: Concepts,
        /// When it begins: a date, or a date with a time.
        at: Spanned<Date>,
        /// When it ends.
        until: Spanned<Date>,
        /// How long it takes: `120 minutes`.
        length: Spanned<String>,
        /// `booked`, `proposed`, `cancelled`, …
        status: Spanned<String>,
        /// Whether it is proposed by the hook.
        proposed: bool,
    }
}

impl Booking {
    pub(crate) fn write(&self, _: &Spanned<()>, writer: &mut Writer<'_>) {
        let proposed = self.proposed.unwrap_or(writer.books);
        let status = self.status.as_ref().map_or(if proposed { "proposed" } else { "booked" }, |status| status.value.as_str());
        let mut booking = json!({
            "resourceType": "Appointment",
            "status": status,
            "participant": [{"actor": writer.reference(), "status": if proposed { "needs-action" } else { "accepted" }}],
        });
        let mut reasons = match &self.reason {
            Some(reasons) => codeables(reasons, writer).as_array().cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        if let Some(drug) = &self.drug {
            reasons.push(writer.drug(drug));
        }
        if !reasons.is_empty() {
            put(&mut booking, "reasonCode", reasons);
        }
        set(&mut booking, "start", self.at.as_ref().map(|date| moment(date, writer)));
        set(&mut booking, "end", self.until.as_ref().map(|date| moment(date, writer)));
        if let Some(length) = &self.length {
            match length.value.parse::<Duration>().ok().and_then(Duration::minutes) {
                Some(minutes) => put(&mut booking, "minutesDuration", minutes),
                None => {
                    let wrong = Diagnostic::error("invalid-value", length.span, format!("`{}` is no length of time", length.value));
                    writer.error(wrong.help("write `120 minutes` or `2 hours`"));
                }
            }
        }
        let at = self.at.as_ref().map(|date| writer.date(date)).unwrap_or_default();
        let id = writer.id(self.id.as_ref(), &["appointment", at.split('T').next().unwrap_or_default()]);
        writer.put(if proposed { Place::Proposed } else { Place::Record }, &id, booking);
    }
}

/// A moment: FHIR wants a time on appointments, so what is a date only begins at ten.
fn moment(date: &Spanned<Date>, writer: &Writer<'_>) -> String {
    let text = writer.date(date);
    let is_day = When::parse(&text, &Zone::UTC).is_some_and(|when| !when.has_time() && when.day().is_some());
    if is_day { format!("{text}T10:00:00Z") } else { text }
}
