//! Clinical figures in rule files: written out, or by the name of a parameter, with or without
//! their source.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use curbside_chart::time::Duration;
use curbside_source::Spanned;
use curbside_terminology::SignOff;
use curbside_terminology::units::Amount;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

/// A figure: a value or `$parameter`, and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure<T> {
    /// The value.
    pub value: Setting<T>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// A value, or the name of the parameter that gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting<T> {
    /// Written out.
    Value(T),
    /// `$name`.
    Parameter(String),
}

/// What can stand in a figure.
pub trait FromText: Sized + fmt::Display {
    /// Reads it.
    ///
    /// # Errors
    ///
    /// A sentence, and after a line break what to write instead.
    fn from_text(text: &str) -> Result<Self, String>;

    /// What it is called in a schema, an example of it, and a pattern of its text.
    const SHAPE: (&'static str, &'static str, &'static str);
}

impl FromText for Duration {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|why| format!("`{text}` is not a duration\n{why}"))
    }

    const SHAPE: (&'static str, &'static str, &'static str) =
        ("Duration", "6 weeks", r"^[0-9]+ (second|minute|min|hour|day|week|month|year)s?$");
}

impl FromText for Amount {
    fn from_text(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|why| why.to_string())
    }

    const SHAPE: (&'static str, &'static str, &'static str) = ("Amount", "50 mg/day", r"^-?[0-9]+(\.[0-9]+)?( \S.*)?$");
}

impl FromText for usize {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| format!("`{text}` is not a whole number\nwrite a number like `2`"))
    }

    const SHAPE: (&'static str, &'static str, &'static str) = ("Count", "2", r"^[0-9]+$");
}

impl<T: fmt::Display> fmt::Display for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => value.fmt(f),
            Self::Parameter(name) => write!(f, "${name}"),
        }
    }
}

impl<T: FromText> FromText for Setting<T> {
    fn from_text(text: &str) -> Result<Self, String> {
        match text.strip_prefix('$') {
            Some(name) => Ok(Self::Parameter(name.to_owned())),
            None => T::from_text(text).map(Self::Value),
        }
    }

    const SHAPE: (&'static str, &'static str, &'static str) = T::SHAPE;
}

impl<'de, T: FromText> Deserialize<'de> for Figure<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);

        impl<T: FromText> Either<T> {
            fn text<E: Error>(text: &str) -> Result<Figure<T>, E> {
                let value = Setting::from_text(text).map_err(E::custom)?;
                Ok(Figure { value, source: None, sign_off: None })
            }
        }

        impl<'de, T: FromText> Visitor<'de> for Either<T> {
            type Value = Figure<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (name, example, _) = T::SHAPE;
                write!(f, "a {} like `{example}`", name.to_lowercase())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Figure<T>, E> {
                Self::text(text)
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Figure<T>, E> {
                Self::text(&number.to_string())
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Figure<T>, E> {
                Self::text(&number.to_string())
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Figure<T>, E> {
                Self::text(&number.to_string())
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Figure<T>, A::Error> {
                let long = Long::deserialize(MapAccessDeserializer::new(map))?;
                let value = Setting::from_text(&long.value).map_err(A::Error::custom)?;
                Ok(Figure { value, source: long.source, sign_off: long.sign_off })
            }
        }

        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// The long form of a figure.
#[derive(Deserialize, JsonSchema)]
struct Long {
    value: String,
    source: Option<Spanned<String>>,
    sign_off: Option<SignOff>,
}

impl<T: FromText> JsonSchema for Figure<T> {
    fn schema_name() -> Cow<'static, str> {
        T::SHAPE.0.into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (name, example, pattern) = T::SHAPE;
        let sign_off = generator.subschema_for::<SignOff>();
        json_schema!({
            "description": format!("{}, such as `{example}`, or `$parameter`; with its source: {{value: {example}, source: …, sign_off: pending}}", name.to_lowercase()),
            "anyOf": [
                {"type": "string", "pattern": pattern},
                {"type": "number"},
                {"type": "string", "pattern": r"^\$[a-z][a-z0-9_]*$"},
                {
                    "type": "object",
                    "properties": {"value": {"type": ["string", "number"]}, "source": {"type": "string"}, "sign_off": sign_off},
                    "required": ["value"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}
