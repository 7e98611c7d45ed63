//! What a case expects of cards and facts.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use curbside_rules::model::{Indicator, OneOrMany};
use curbside_source::Spanned;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::schema::short_for;

/// What is expected of the card of a rule; an indicator or `none` is short for `{indicator: …}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:indicator CardWant")]
#[schemars(rename = "CardWant")]
#[schemars(transform = short_for_indicator)]
pub struct CardWant {
    /// How urgent it is, or `none` where there is no card.
    pub indicator: Option<Spanned<Shown>>,
    /// Words its summary has.
    pub summary: Option<OneOrMany<String>>,
    /// Words its detail has.
    pub detail: Option<OneOrMany<String>>,
    /// Words that neither has.
    pub never: Option<OneOrMany<String>>,
    /// Resource types that its suggestions create.
    pub creates: Option<OneOrMany<String>>,
    /// Resource types that no suggestion of it creates.
    pub creates_no: Option<OneOrMany<String>>,
}

fn short_for_indicator(schema: &mut Schema) {
    short_for(schema, "indicator");
}

/// How a card is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Shown")]
pub enum Shown {
    /// Not at all.
    None,
    /// Worth knowing.
    Info,
    /// Needs attention.
    Warning,
    /// Must not be overlooked.
    Critical,
}

impl Shown {
    /// `none`, `info`, `warning` or `critical`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl From<Indicator> for Shown {
    fn from(indicator: Indicator) -> Self {
        match indicator {
            Indicator::Info => Self::Info,
            Indicator::Warning => Self::Warning,
            Indicator::Critical => Self::Critical,
        }
    }
}

/// A card in the list of all: the id of its rule, or `rule: indicator`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExactCard {
    /// The rule.
    pub rule: Spanned<String>,
    /// How urgent, where that is said.
    pub indicator: Option<Shown>,
}

impl<'de> Deserialize<'de> for ExactCard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ExactCard;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a rule, or `rule: indicator`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ExactCard, E> {
                Ok(ExactCard { rule: Spanned::unplaced(text.to_owned()), indicator: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ExactCard, A::Error> {
                match (map.next_entry::<Spanned<String>, Shown>()?, map.next_key::<String>()?) {
                    (Some((rule, shown)), None) => Ok(ExactCard { rule, indicator: Some(shown) }),
                    _ => Err(A::Error::custom("one rule and its indicator\nwrite `- clinic-only: critical`")),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for ExactCard {
    fn schema_name() -> Cow<'static, str> {
        "ExactCard".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let shown = generator.subschema_for::<Shown>();
        json_schema!({"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": shown}]})
    }
}

/// What is expected of a fact: a value, a list of all there are, or some members of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactWant {
    /// A truth, a label, a number or text.
    Value(String),
    /// Exactly these, in any order.
    List(Vec<FactWant>),
    /// A record with these members, among others.
    Record(BTreeMap<String, FactWant>),
}

impl fmt::Display for FactWant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(text) => f.write_str(text),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Record(members) => {
                let members: Vec<String> = members.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(f, "{{{}}}", members.join(", "))
            }
        }
    }
}

impl<'de> Deserialize<'de> for FactWant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = FactWant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a truth, a label, a number, a list or a map")
            }

            fn visit_bool<E>(self, value: bool) -> Result<FactWant, E> {
                Ok(FactWant::Value(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<FactWant, E> {
                Ok(FactWant::Value(value.to_string()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<FactWant, E> {
                Ok(FactWant::Value(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<FactWant, E> {
                Ok(FactWant::Value(value.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<FactWant, E> {
                Ok(FactWant::Value(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<FactWant, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(FactWant::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FactWant, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry()? {
                    members.insert(name, value);
                }
                Ok(FactWant::Record(members))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for FactWant {
    fn schema_name() -> Cow<'static, str> {
        "FactWant".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<Self>();
        json_schema!({"anyOf": [
            {"type": ["boolean", "string", "number"]},
            {"type": "array", "items": inner},
            {"type": "object", "additionalProperties": inner}
        ]})
    }
}
