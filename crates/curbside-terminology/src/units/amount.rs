//! Amounts as authors write them: `100 mg/day`, `140 mm[Hg]`, `0.525 mg/kg`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

use super::Unit;

/// A number and its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// The number, with the digits it was written with.
    pub value: Decimal,
    /// The unit.
    pub unit: Unit,
}

/// The text is no amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAmount(pub String);

impl fmt::Display for NotAnAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Amount {
    /// Reads a number and, behind a space, a unit; without one it is a plain number.
    ///
    /// # Errors
    ///
    /// [`NotAnAmount`]: a sentence, and after a line break what to write instead.
    pub fn parse(text: &str) -> Result<Self, NotAnAmount> {
        let (number, unit) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let value = Decimal::from_str_exact(number).map_err(|_| {
            let end = number.find(|c: char| !c.is_ascii_digit() && !"-.,".contains(c)).unwrap_or(number.len());
            let help = match number.split_at_checked(end) {
                Some((figure, _)) if figure.contains(',') => "write a decimal point, like `9.5 %`".to_owned(),
                Some((figure, unit)) if !figure.is_empty() && !unit.is_empty() => {
                    format!("put a space before the unit, like `{figure} {unit}`")
                }
                _ => "write a number and a unit, like `50 mg/day`".to_owned(),
            };
            NotAnAmount(format!("`{text}` is not an amount\n{help}"))
        })?;
        let unit = Unit::parse(unit).ok_or_else(|| {
            NotAnAmount(format!("unknown unit `{unit}`\nunits are UCUM, like `mg`, `mg/d`, `mm[Hg]`, `kg`, `%`, `{{score}}`"))
        })?;
        Ok(Self { value, unit })
    }

    /// Compares with another amount; `None` where their units do not compare.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        self.unit.compare(self.value, &other.unit, other.value)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.unit.code() {
            "1" => write!(f, "{}", self.value),
            code => write!(f, "{} {code}", self.value),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "pattern": r"^-?[0-9]+(\.[0-9]+)?( \S.*)?$",
            "description": "a number and a UCUM unit: `100 mg/day`, `140 mm[Hg]`, `7 %`",
        })
    }
}
