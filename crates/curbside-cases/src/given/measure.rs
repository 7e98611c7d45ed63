//! Amounts and frequencies of a case, and how FHIR writes them.

use std::borrow::Cow;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use serde_json::{Value, json};

const UCUM: &str = "http://unitsofmeasure.org";

/// An amount: `100 mg`, `25-50 mg`, `2 {device}`, `128`; with `/day` (or `/week`, `/hour`) what is
/// taken in that time. The unit is written as it is to stand in the record.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    low: Value,
    high: Option<Value>,
    unit: String,
    per: Option<&'static str>,
}

/// How often: `daily`, `2/day`, `3/week`, `every 8 hours`, or a code such as `BID`.
#[derive(Clone, Debug, PartialEq)]
pub enum Frequency {
    /// So many times in so many units of time (`d`, `wk`, `mo`, `h`).
    Times(u32, u32, &'static str),
    /// A code of HL7's `GTSAbbreviation`.
    Code(String),
}

/// What authors call units of time, and what UCUM does.
const PERIODS: [(&str, &str); 8] =
    [("day", "d"), ("d", "d"), ("week", "wk"), ("wk", "wk"), ("month", "mo"), ("mo", "mo"), ("hour", "h"), ("h", "h")];

fn period(name: &str) -> Option<&'static str> {
    let name = name.strip_suffix('s').unwrap_or(name);
    PERIODS.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

fn number(text: &str) -> Option<Value> {
    Decimal::from_str_exact(text).ok()?;
    serde_json::from_str(text).ok()
}

impl Measure {
    /// Reads an amount.
    ///
    /// # Errors
    ///
    /// A sentence, and after a line break what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an amount\nwrite a number and a unit, like `50 mg`, `25-50 mg/day` or `80 kg`");
        let (figure, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let (low, high) = match figure.get(1..).and_then(|rest| rest.find('-')).and_then(|at| figure.split_at_checked(at + 1)) {
            Some((low, high)) => (low, high.strip_prefix('-')),
            None => (figure, None),
        };
        let high = high.map(|high| number(high).ok_or_else(wrong)).transpose()?;
        let (unit, per) = match unit.rsplit_once('/') {
            Some((unit, time)) if period(time).is_some() => (unit, period(time)),
            _ => (unit, None),
        };
        Ok(Self { low: number(low).ok_or_else(wrong)?, high, unit: unit.trim().to_owned(), per })
    }

    /// As a `Quantity`; of a range its lower end.
    pub(crate) fn quantity(&self) -> Value {
        self.with(&self.low)
    }

    /// Reads a measured amount as a `Quantity`: `80 kg`, `>60 mL/min`, `2 g/day`; `None` where it is none.
    pub(crate) fn result(text: &str) -> Option<Value> {
        let text = text.trim();
        let comparator = ["<=", ">=", "<", ">"].into_iter().find(|sign| text.starts_with(sign));
        let text = text.strip_prefix(comparator.unwrap_or_default())?.trim_start();
        let is_figure = text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
        let mut measure = is_figure.then(|| Self::parse(text).ok()).flatten()?;
        if let Some(time) = measure.per {
            // Here a time is a part of the unit, not how often something is taken.
            measure.unit = format!("{}/{time}", measure.unit);
        }
        let mut quantity = measure.quantity();
        if let (Some(sign), Some(members)) = (comparator, quantity.as_object_mut()) {
            members.insert("comparator".to_owned(), sign.into());
        }
        Some(quantity)
    }

    /// As a `Range`, where it is one.
    pub(crate) fn range(&self) -> Option<Value> {
        Some(json!({"low": self.with(&self.low), "high": self.with(self.high.as_ref()?)}))
    }

    /// How often it is taken, where the amount says so.
    pub(crate) fn frequency(&self) -> Option<Frequency> {
        self.per.map(|unit| Frequency::Times(1, 1, unit))
    }

    /// The number, where it has no unit.
    pub(crate) fn plain(&self) -> Option<&Value> {
        self.unit.is_empty().then_some(&self.low)
    }

    fn with(&self, value: &Value) -> Value {
        // `{device}` is a count of devices: people see the word, machines the code.
        let shown = self.unit.trim_start_matches('{').trim_end_matches('}');
        match self.unit.as_str() {
            "" => json!({"value": value}),
            code => json!({"value": value, "unit": shown, "system": UCUM, "code": code}),
        }
    }
}

impl Frequency {
    /// Reads how often.
    ///
    /// # Errors
    ///
    /// A sentence, and after a line break what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` does not say how often\nwrite `daily`, `2/day`, `3/week`, `every 8 hours`, or a code such as `BID`");
        match text {
            "daily" => return Ok(Self::Times(1, 1, "d")),
            "weekly" => return Ok(Self::Times(1, 1, "wk")),
            "monthly" => return Ok(Self::Times(1, 1, "mo")),
            code if code.len() > 1 && code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) => {
                return Ok(Self::Code(code.to_owned()));
            }
            _ => {}
        }
        if let Some(rest) = text.strip_prefix("every ") {
            let (count, unit) = rest.split_once(' ').unwrap_or(("1", rest));
            return Ok(Self::Times(1, count.parse().map_err(|_| wrong())?, period(unit).ok_or_else(wrong)?));
        }
        let (times, unit) = text.split_once('/').ok_or_else(wrong)?;
        Ok(Self::Times(times.trim().parse().map_err(|_| wrong())?, 1, period(unit.trim()).ok_or_else(wrong)?))
    }

    /// As a `Timing`.
    pub(crate) fn timing(&self) -> Value {
        match self {
            Self::Times(frequency, period, unit) => json!({"repeat": {"frequency": frequency, "period": period, "periodUnit": unit}}),
            Self::Code(code) => {
                json!({"code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "code": code}]}})
            }
        }
    }
}

impl<'de> Deserialize<'de> for Measure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Frequency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Measure {
    fn schema_name() -> Cow<'static, str> {
        "Measure".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number"], "description": "an amount: `100 mg`, `100 mg/day`, `25-50 mg/day`, `2 {device}`, `80 kg`, `20`"})
    }
}

impl JsonSchema for Frequency {
    fn schema_name() -> Cow<'static, str> {
        "Frequency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "description": "how often: `daily`, `2/day`, `3/week`, `every 8 hours`, or a code such as `BID`"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_become_quantities() {
        let dose = Measure::parse("49.9 mg/day").unwrap();
        assert_eq!(dose.quantity(), json!({"value": 49.9, "unit": "mg", "system": UCUM, "code": "mg"}));
        assert_eq!(dose.frequency(), Some(Frequency::Times(1, 1, "d")));
        assert_eq!(Measure::parse("25-50 mg").unwrap().range().unwrap()["high"]["value"], json!(50));
        assert_eq!(Measure::parse("2 {device}").unwrap().quantity()["unit"], json!("device"));
        assert_eq!(Measure::parse("-3").unwrap().plain(), Some(&json!(-3)));
        assert_eq!(Measure::parse("0.5 mg/kg").unwrap().quantity()["code"], json!("mg/kg"));
        for wrong in ["", "much", "mg 50", "25- mg"] {
            assert!(Measure::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn frequencies_become_timings() {
        for (text, means) in [
            ("daily", Frequency::Times(1, 1, "d")),
            ("2/day", Frequency::Times(2, 1, "d")),
            ("3/week", Frequency::Times(3, 1, "wk")),
            ("every 8 hours", Frequency::Times(1, 8, "h")),
            ("every week", Frequency::Times(1, 1, "wk")),
            ("BID", Frequency::Code("BID".into())),
        ] {
            assert_eq!(Frequency::parse(text).unwrap(), means, "{text}");
        }
        for wrong in ["", "often", "2/fortnight", "every"] {
            assert!(Frequency::parse(wrong).is_err(), "{wrong}");
        }
    }
}
