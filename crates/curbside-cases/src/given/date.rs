//! Dates of a case: of the calendar, or counted from the day on which it plays.

use std::borrow::Cow;

use curbside_chart::time::{Day, Duration, When, Zone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// A date: `2026-11-23`, `2026-11`, `2026`, `2026-11-23T08:30:00Z`, `today`, `6 weeks ago`, `in 2 days`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Date {
    /// As FHIR writes it: to the year, month or day, or with a time.
    Written(String),
    /// So long before the day of the case.
    Ago(Duration),
    /// So long after it.
    In(Duration),
}

impl Date {
    /// Reads a date.
    ///
    /// # Errors
    ///
    /// A sentence, and after a line break what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no date\nwrite it like `2026-11-23`, `2026-11`, `2026-11-23T08:30:00Z`, `today`, `6 weeks ago` or `in 2 days`"
            )
        };
        let duration = |text: &str| text.parse::<Duration>().ok().filter(|duration| !duration.is_time());
        match text {
            "today" => Ok(Self::Ago(Duration::default())),
            _ => match (text.strip_suffix(" ago"), text.strip_prefix("in ")) {
                (Some(before), _) => duration(before).map(Self::Ago).ok_or_else(wrong),
                (None, Some(after)) => duration(after).map(Self::In).ok_or_else(wrong),
                (None, None) => When::parse(text, &Zone::UTC).map(|_| Self::Written(text.to_owned())).ok_or_else(wrong),
            },
        }
    }

    /// The date as FHIR writes it, in a case that plays on `today`.
    #[must_use]
    pub fn text(&self, today: Day) -> String {
        match self {
            Self::Written(text) => text.clone(),
            Self::Ago(duration) => today.minus(*duration).to_string(),
            Self::In(duration) => today.plus(*duration).to_string(),
        }
    }

    /// The day it falls on, where it is known to the day.
    #[must_use]
    pub fn day(&self, today: Day) -> Option<Day> {
        When::parse(&self.text(today), &Zone::UTC)?.day()
    }

    /// Whether it says a time of the day.
    #[must_use]
    pub fn has_time(&self) -> bool {
        matches!(self, Self::Written(text) if text.contains('T'))
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for Date {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "description": "`2026-11-23`, `2026-11`, `2026`, `2026-11-23T08:30:00Z`, `today`, `6 weeks ago`, `in 2 days`",
            "examples": ["2026-11-23", "today", "6 weeks ago"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_or_counted_from_the_day_of_the_case() {
        let today = Day::from_ymd(2026, 11, 23).unwrap();
        for (text, means) in [
            ("today", "2026-11-23"),
            ("6 weeks ago", "2026-10-12"),
            ("24 months ago", "2024-11-23"),
            ("in 2 days", "2026-11-25"),
            ("2026-11", "2026-11"),
            ("2026", "2026"),
            ("2026-11-23T08:30:00Z", "2026-11-23T08:30:00Z"),
        ] {
            assert_eq!(Date::parse(text).unwrap().text(today), means, "{text}");
        }
        for wrong in ["", "soon", "2026-13-01", "3 hours ago", "in a week", "yesterday"] {
            assert!(Date::parse(wrong).is_err(), "{wrong}");
        }
    }
}
