//! Dates in rule files: `as_of`, `esk_course.first_session`, `start - 28 days`, `2019-03-05`.

use std::borrow::Cow;
use std::fmt;

use curbside_chart::time::{Duration, When, Zone};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};

use super::figure::{FromText, Setting};

/// A date as an author writes it: an anchor, and a duration before or after it.
#[derive(Clone, Debug, PartialEq)]
pub struct DateExpression {
    /// What it is counted from.
    pub anchor: Anchor,
    /// How far from it, and whether before.
    pub offset: Option<(Setting<Duration>, bool)>,
}

/// What a date is counted from.
#[derive(Clone, Debug, PartialEq)]
pub enum Anchor {
    /// The day the chart is looked at.
    AsOf,
    /// The day of the order or appointment that is proposed.
    Proposed,
    /// When the trial in question began.
    Start,
    /// When the trial in question ended.
    End,
    /// When the response in question was seen.
    Response,
    /// A day of the calendar.
    Day(When),
    /// A definition of the pack, and which of its dates.
    Named(String, Option<String>),
}

impl DateExpression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// A sentence, and after a line break what to write instead.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (anchor, offset) = match text.find(" + ").map(|at| (at, false)).or_else(|| text.find(" - ").map(|at| (at, true))) {
            Some((at, before)) => {
                let duration = Setting::from_text(text.get(at + 3..).unwrap_or("").trim())?;
                (text.get(..at).unwrap_or("").trim(), Some((duration, before)))
            }
            None => (text.trim(), None),
        };
        let anchor = match anchor {
            "as_of" => Anchor::AsOf,
            "proposed" => Anchor::Proposed,
            "start" => Anchor::Start,
            "end" => Anchor::End,
            "response" => Anchor::Response,
            day if day.starts_with(|c: char| c.is_ascii_digit()) => {
                let when = When::parse(day, &Zone::UTC).ok_or_else(|| format!("`{day}` is not a date\nwrite it like `2026-11-23`"))?;
                Anchor::Day(when)
            }
            "" => return Err(format!("`{text}` is not a date\nwrite `as_of`, `start`, `end`, a date or a definition, and `± 28 days`")),
            name => match name.split_once('.') {
                Some((name, part)) => Anchor::Named(name.to_owned(), Some(part.to_owned())),
                None => Anchor::Named(name.to_owned(), None),
            },
        };
        Ok(Self { anchor, offset })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AsOf => f.write_str("as_of"),
            Self::Proposed => f.write_str("proposed"),
            Self::Start => f.write_str("start"),
            Self::End => f.write_str("end"),
            Self::Response => f.write_str("response"),
            Self::Day(when) => when.fmt(f),
            Self::Named(name, None) => f.write_str(name),
            Self::Named(name, Some(part)) => write!(f, "{name}.{part}"),
        }
    }
}

impl<'de> Deserialize<'de> for DateExpression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl JsonSchema for DateExpression {
    fn schema_name() -> Cow<'static, str> {
        "Date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "`as_of`, `proposed`, in a trial's tables `start` and `end`, in `or_relapse_if` `response`, a date, a course's `NAME.first_session`, `NAME.last_session` or `NAME.session_4`, or a definition of a date; `+` or `-` a duration or `$parameter`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_and_offsets_are_read() {
        let parsed = DateExpression::parse("start - 28 days").unwrap();
        assert_eq!(parsed.anchor, Anchor::Start);
        assert_eq!(parsed.offset, Some((Setting::Value(Duration::days(28)), true)));
        let parsed = DateExpression::parse("esk.session_4 + $grace").unwrap();
        assert_eq!(parsed.anchor, Anchor::Named("esk".into(), Some("session_4".into())));
        assert_eq!(parsed.offset, Some((Setting::Parameter("grace".into()), false)));
        assert!(DateExpression::parse("2026-02-30").is_err());
        assert!(DateExpression::parse("start - soon").is_err());
    }
}
