//! Measurements and findings.

use curbside_source::{Diagnostic, Spanned};
use curbside_terminology::units::Unit;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::concept::{Concept, codeable, coding};
use super::date::Date;
use super::measure::Measure;
use super::writer::{Place, Writer, put, set};
use super::{Concepts, layered};

layered! {
    /// A measurement or finding. Without a status it is final.
    Observation = "ObservationFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// What was measured.
        code: Concepts,
        /// The result: an amount (`80 kg`, `>60 mL/min`), a code, or words.
        value: Spanned<String>,
        /// Parts of a panel.
        components: Vec<Component>,
        /// When.
        at: Spanned<Date>,
        /// `final`, `preliminary`, `amended`, `corrected`, `cancelled`, …
        status: Spanned<String>,
    }
}

/// A part of a panel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ObservationComponent")]
pub struct Component {
    /// What was measured.
    pub code: Concepts,
    /// The result.
    pub value: Spanned<String>,
}

layered! {
    /// A blood pressure, as the panel of the vital signs profile.
    BloodPressure = "BloodPressureFact" {
        /// Name by which later layers change it; also the id of the resource.
        id: Spanned<String>,
        /// Systolic over diastolic in mm[Hg]: `128/78`; `-` leaves one out.
        value: Spanned<String>,
        /// When.
        at: Spanned<Date>,
        /// `final`, `preliminary`, …
        status: Spanned<String>,
    }
}

impl Observation {
    pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
        let mut observation = observation(self.status.as_ref(), self.at.as_ref(), writer);
        let Some(codes) = &self.code else {
            writer.error(Diagnostic::error("missing-key", place.span, "`code` is missing: what was measured?"));
            return;
        };
        put(&mut observation, "code", codeable(codes, writer));
        if let Some(text) = &self.value {
            result(&mut observation, text, writer);
        }
        if let Some(parts) = &self.components {
            let parts: Vec<Value> = parts
                .iter()
                .map(|part| {
                    let mut component = json!({"code": codeable(&part.code, writer)});
                    result(&mut component, &part.value, writer);
                    component
                })
                .collect();
            put(&mut observation, "component", parts);
        }
        let id = writer.id(self.id.as_ref(), &["observation"]);
        writer.put(Place::Record, &id, observation);
    }
}

impl BloodPressure {
    pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
        let mut panel = observation(self.status.as_ref(), self.at.as_ref(), writer);
        put(&mut panel, "code", json!({"coding": [coding("http://loinc.org", "85354-9")], "text": "Blood pressure"}));
        let Some(reading) = &self.value else {
            writer.error(Diagnostic::error("missing-key", place.span, "`value` is missing").help("write it like `value: 128/78`"));
            return;
        };
        let Some((systolic, diastolic)) = reading.value.split_once('/') else {
            let wrong = Diagnostic::error("invalid-value", reading.span, format!("`{}` is no blood pressure", reading.value));
            writer.error(wrong.help("write systolic over diastolic, like `128/78`"));
            return;
        };
        let parts = [(systolic, "8480-6"), (diastolic, "8462-4")].into_iter().filter(|(figure, _)| figure.trim() != "-");
        let parts: Vec<Value> = parts
            .map(|(figure, code)| {
                let mut part = json!({"code": {"coding": [coding("http://loinc.org", code)]}});
                result(&mut part, &Spanned { value: format!("{} mm[Hg]", figure.trim()), span: reading.span }, writer);
                part
            })
            .collect();
        put(&mut panel, "component", parts);
        let id = writer.id(self.id.as_ref(), &["blood-pressure"]);
        writer.put(Place::Record, &id, panel);
    }
}

/// An observation without code and result.
pub(super) fn observation(status: Option<&Spanned<String>>, at: Option<&Spanned<Date>>, writer: &Writer<'_>) -> Value {
    let status = status.map_or("final", |status| status.value.as_str());
    let mut observation = json!({"resourceType": "Observation", "status": status});
    set(&mut observation, "effectiveDateTime", at.map(|date| writer.date(date)));
    observation
}

/// Writes a result: what begins with a figure is an amount, also after `<` or `>`, what names a system is a code, and
/// anything else is words.
fn result(observation: &mut Value, text: &Spanned<String>, writer: &mut Writer<'_>) {
    if let Some(quantity) = Measure::result(&text.value) {
        let unit = quantity.get("code").and_then(Value::as_str).unwrap_or_default();
        if Unit::parse(unit).is_none() {
            let unknown = Diagnostic::error("unknown-unit", text.span, format!("unknown unit `{unit}`"));
            let help = "units are UCUM, like `%`, `mg/dL`, `mm[Hg]`; a record with a unit that is none is given as a `resource`";
            writer.error(unknown.help(help));
        }
        put(observation, "valueQuantity", quantity);
    } else if text.value.contains('|') {
        match curbside_terminology::Code::parse(&text.value) {
            Ok(code) => {
                let concept = Spanned { value: Concept::Code(code), span: text.span };
                put(observation, "valueCodeableConcept", codeable(&[concept], writer));
            }
            Err(why) => {
                let (message, help) = why.split_once('\n').unwrap_or((&why, ""));
                writer.error(Diagnostic::error("invalid-value", text.span, message).help(help));
            }
        }
    } else {
        put(observation, "valueString", text.value.clone());
    }
}
