//! The patient of a case.

use curbside_chart::time::Duration;
use curbside_source::{Diagnostic, Spanned};
use serde_json::json;

use super::date::Date;
use super::layered;
use super::writer::{Place, Writer, put, set};

layered! {
    /// The patient.
    Patient = "Patient" {
        /// Its id (default `patient`).
        id: Spanned<String>,
        /// The age on the day of the case: `34 years`, `8 months`. It replaces a date of birth that an earlier layer gave.
        age: Spanned<String>,
        /// The date of birth, also a partial one; `unknown` leaves it out.
        birth_date: Spanned<String>,
        /// `female`, `male`, `other` or `unknown`.
        sex: Spanned<Sex>,
        /// The date of death, or `true`.
        deceased: Spanned<String>,
    }
}

/// Administrative gender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Sex")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither.
    Other,
    /// Asked and not known.
    Unknown,
}

impl Patient {
    /// The patient's id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.as_ref().map_or("patient", |id| id.value.as_str())
    }

    /// This over what an earlier layer said. An age and a date of birth say the same thing, so that either replaces both.
    #[must_use]
    pub fn laid_over(&self, before: &Self) -> Self {
        let says_born = self.age.is_some() || self.birth_date.is_some();
        let before = if says_born { Self { age: None, birth_date: None, ..before.clone() } } else { before.clone() };
        self.over(&before)
    }

    pub(crate) fn write(&self, writer: &mut Writer<'_>) {
        let mut patient = json!({"resourceType": "Patient"});
        let sex = self.sex.as_ref().map(|sex| match sex.value {
            Sex::Female => "female",
            Sex::Male => "male",
            Sex::Other => "other",
            Sex::Unknown => "unknown",
        });
        set(&mut patient, "gender", sex);
        let born = self.born(writer);
        set(&mut patient, "birthDate", born);
        if let Some(deceased) = &self.deceased {
            match (deceased.value.as_str(), Date::parse(&deceased.value)) {
                ("true", _) => put(&mut patient, "deceasedBoolean", true),
                ("false", _) => put(&mut patient, "deceasedBoolean", false),
                (_, Ok(date)) => put(&mut patient, "deceasedDateTime", date.text(writer.today)),
                (_, Err(why)) => writer.error(sentence(deceased, &why)),
            }
        }
        writer.put(Place::Record, self.name(), patient);
    }

    fn born(&self, writer: &mut Writer<'_>) -> Option<String> {
        // The date of birth is the more exact of the two, where one layer gives both.
        if let Some(born) = &self.birth_date {
            if born.value == "unknown" {
                return None;
            }
            return match Date::parse(&born.value) {
                Ok(date) => Some(date.text(writer.today)),
                Err(why) => {
                    writer.error(sentence(born, &why));
                    None
                }
            };
        }
        let age = self.age.as_ref()?;
        match age.value.parse::<Duration>() {
            Ok(duration) if !duration.is_time() => Some(writer.today.minus(duration).to_string()),
            _ => {
                writer.error(
                    Diagnostic::error("invalid-value", age.span, format!("`{}` is no age", age.value))
                        .help("write `34 years` or `8 months`"),
                );
                None
            }
        }
    }
}

fn sentence(text: &Spanned<String>, why: &str) -> Diagnostic {
    let (message, help) = why.split_once('\n').unwrap_or((why, ""));
    Diagnostic::error("invalid-value", text.span, message).help(help)
}
