//! Where a clinical figure comes from, and whether somebody answers for it.

use std::fmt;

use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

/// Who answers for a clinical figure.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(untagged)]
pub enum SignOff {
    /// Nobody yet.
    Pending(PendingWord),
    /// This person.
    Signed(Signature),
}

/// The word `pending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum PendingWord {
    /// Not signed off.
    Pending,
}

/// A person who answers for a clinical figure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub struct Signature {
    /// Name.
    pub by: String,
    /// In which role: pharmacist, psychiatrist, …
    pub role: String,
    /// On which day.
    pub on: String,
}

impl SignOff {
    /// Whether nobody answers for it yet.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }
}

impl<'de> Deserialize<'de> for SignOff {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = SignOff;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`pending` or {by: …, role: …, on: …}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<SignOff, E> {
                match text {
                    "pending" => Ok(SignOff::Pending(PendingWord::Pending)),
                    _ => Err(E::custom(format!("`{text}` is no sign-off\nwrite `pending` or {{by: …, role: …, on: …}}"))),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<SignOff, A::Error> {
                Signature::deserialize(MapAccessDeserializer::new(map)).map(SignOff::Signed)
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// A clinical figure that nobody has signed off yet, for lists of what is pending.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    /// What it is: `antidepressants: sertraline at least 50 mg/d`.
    pub what: String,
    /// Where it comes from, where the author says so.
    pub source: Option<String>,
    /// Where it stands.
    pub span: curbside_source::Span,
}

impl Pending {
    /// A pending figure, where the sign-off says that it is one.
    #[must_use]
    pub fn of(sign_off: Option<&SignOff>, source: Option<&Spanned<String>>, what: String, span: curbside_source::Span) -> Option<Self> {
        sign_off.is_some_and(SignOff::is_pending).then(|| Self { what, source: source.map(|source| source.value.clone()), span })
    }
}
