//! How a drug is taken: the dose, how often, by which route, over how long.

use curbside_chart::time::Duration;
use curbside_source::{Diagnostic, Spanned};
use serde_json::{Value, json};

use super::concept::{Concept, codeable, unless_none};
use super::measure::{Frequency, Measure};
use super::writer::{Writer, put, set};

/// How a drug is taken, as far as it is said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dosing<'f> {
    pub(super) dose: Option<&'f Spanned<String>>,
    pub(super) frequency: Option<&'f Spanned<Frequency>>,
    pub(super) route: Option<&'f Spanned<Concept>>,
    pub(super) over: Option<&'f Spanned<String>>,
}

impl Dosing<'_> {
    /// As a `Dosage`; an empty one where nothing is said.
    pub(super) fn write(self, writer: &mut Writer<'_>) -> Value {
        let mut dosage = json!({});
        let dose = self.dose.filter(|dose| dose.value != "none").and_then(|dose| measure(dose, writer));
        let frequency = self.frequency.map(|frequency| frequency.value.clone()).or_else(|| dose.as_ref().and_then(Measure::frequency));
        set(&mut dosage, "timing", frequency.map(|frequency| frequency.timing()));
        let route = unless_none(self.route.map(std::slice::from_ref)).map(|route| codeable(route, writer));
        set(&mut dosage, "route", route);
        let rate = dose.as_ref().map(|dose| match dose.range() {
            Some(range) => json!([{"doseRange": range}]),
            None => json!([{"doseQuantity": dose.quantity()}]),
        });
        set(&mut dosage, "doseAndRate", rate);
        if let Some(minutes) = self.over.and_then(|over| minutes(over, writer)) {
            put(&mut dosage, "timing/repeat/duration", minutes);
            put(&mut dosage, "timing/repeat/durationUnit", "min");
        }
        dosage
    }
}

/// The dosage of an administration, of what is said as a `Dosage`.
pub(super) fn administered(dosage: &Value) -> Value {
    let mut given = json!({});
    set(&mut given, "dose", dosage.pointer("/doseAndRate/0/doseQuantity").cloned());
    set(&mut given, "route", dosage.get("route").cloned());
    given
}

fn measure(text: &Spanned<String>, writer: &mut Writer<'_>) -> Option<Measure> {
    match Measure::parse(&text.value) {
        Ok(measure) => Some(measure),
        Err(why) => {
            let (message, help) = why.split_once('\n').unwrap_or((&why, ""));
            writer.error(Diagnostic::error("invalid-value", text.span, message).help(help));
            None
        }
    }
}

fn minutes(text: &Spanned<String>, writer: &mut Writer<'_>) -> Option<i64> {
    length(text, Duration::minutes, "40 minutes", writer)
}

/// A number of days.
pub(super) fn days(text: &Spanned<String>, writer: &mut Writer<'_>) -> Option<i64> {
    length(text, Duration::whole_days, "86 days", writer)
}

fn length(text: &Spanned<String>, read: fn(Duration) -> Option<i64>, example: &str, writer: &mut Writer<'_>) -> Option<i64> {
    let found = text.value.parse::<Duration>().ok().and_then(read);
    if found.is_none() {
        let wrong = Diagnostic::error("invalid-value", text.span, format!("`{}` is no such length of time", text.value));
        writer.error(wrong.help(format!("write it like `{example}`")));
    }
    found
}
