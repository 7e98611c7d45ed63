//! FHIR's data types, as far as rules read them, in the spellings of STU3, R4, R4B and R5.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::json::{List, Number, Str};

/// A code of a code system.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Coding<'a> {
    /// Code system URI.
    #[serde(borrow)]
    pub system: Option<Str<'a>>,
    /// The code.
    #[serde(borrow)]
    pub code: Option<Str<'a>>,
    /// How the system or the sender words it.
    #[serde(borrow)]
    pub display: Option<Str<'a>>,
}

/// A concept: `CodeableConcept`, R5's `CodeableReference`, a bare `Coding`, or the plain code
/// that STU3 has where R4 has a concept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Concept<'a> {
    /// Its codings, in order.
    pub coding: List<Coding<'a>>,
    /// Its text.
    pub text: Option<Str<'a>>,
    /// What a `CodeableReference` refers to.
    pub reference: Option<Reference<'a>>,
}

impl<'a> Concept<'a> {
    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.coding.iter().all(|coding| coding.code.is_none()) && self.text.is_none() && self.reference.is_none()
    }

    /// The codes whose system is not looked at (status codes).
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.coding.iter().filter_map(|coding| coding.code.as_deref())
    }

    /// How a person would call it: its text, a display, or a code.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        let first = self.coding.first();
        self.text
            .as_deref()
            .or_else(|| self.coding.iter().find_map(|coding| coding.display.as_deref()))
            .or_else(|| first.and_then(|coding| coding.code.as_deref()))
    }

    /// All its words: the text and every display.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.text.as_deref().into_iter().chain(self.coding.iter().filter_map(|coding| coding.display.as_deref()))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Concept<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Concept<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a concept")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Concept<'de>, A::Error> {
                let mut concept = Concept::default();
                let mut bare = Coding::default();
                let mut seen = 0_u8;
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    let bit = match key.as_str() {
                        "coding" => 1,
                        "text" => 2,
                        "concept" => 4,
                        "reference" => 8,
                        "code" => 16,
                        "system" => 32,
                        "display" => 64,
                        _ => 0,
                    };
                    if seen & bit != 0 {
                        return Err(serde::de::Error::custom(format_args!("duplicate field `{key}`")));
                    }
                    seen |= bit;
                    match bit {
                        1 => concept.coding = map.next_value()?,
                        2 => concept.text = map.next_value()?,
                        4 => {
                            let inner: Concept<'de> = map.next_value()?;
                            concept.coding = inner.coding;
                            concept.text = inner.text;
                        }
                        8 => concept.reference = map.next_value()?,
                        16 => bare.code = map.next_value()?,
                        32 => bare.system = map.next_value()?,
                        64 => bare.display = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                if bare.code.is_some() {
                    concept.coding = List::from_iter([bare]);
                }
                Ok(concept)
            }

            fn visit_borrowed_str<E>(self, code: &'de str) -> Result<Concept<'de>, E> {
                let coding = Coding { code: Some(Str::new(code)), ..Coding::default() };
                Ok(Concept { coding: List::from_iter([coding]), ..Concept::default() })
            }

            fn visit_unit<E>(self) -> Result<Concept<'de>, E> {
                Ok(Concept::default())
            }
        }

        deserializer.deserialize_any(Any)
    }
}

/// A reference to another resource.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Reference<'a> {
    /// Relative, absolute, `urn:uuid:`, `#contained` or conditional.
    #[serde(borrow)]
    pub reference: Option<Str<'a>>,
    /// Its words.
    #[serde(borrow)]
    pub display: Option<Str<'a>>,
}

/// An amount with its unit, both as written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Quantity<'a> {
    /// The number.
    #[serde(borrow)]
    pub value: Option<Number<'a>>,
    /// `<`, `<=`, `>=`, `>` or `ad`: the value is a bound, not a measurement.
    #[serde(borrow)]
    pub comparator: Option<Str<'a>>,
    /// The unit as displayed.
    #[serde(borrow)]
    pub unit: Option<Str<'a>>,
    /// The system of `code`, normally UCUM.
    #[serde(borrow)]
    pub system: Option<Str<'a>>,
    /// The unit as a code.
    #[serde(borrow)]
    pub code: Option<Str<'a>>,
}

/// `Range`: from low to high.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct QuantityRange<'a> {
    /// Lower bound, included.
    #[serde(borrow)]
    pub low: Option<Quantity<'a>>,
    /// Upper bound, included.
    #[serde(borrow)]
    pub high: Option<Quantity<'a>>,
}

/// `Ratio`: numerator by denominator.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Ratio<'a> {
    /// Above the line.
    #[serde(borrow)]
    pub numerator: Option<Quantity<'a>>,
    /// Below the line.
    #[serde(borrow)]
    pub denominator: Option<Quantity<'a>>,
}

/// `Period`: from start to end.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Period<'a> {
    /// When it began.
    #[serde(borrow)]
    pub start: Option<Str<'a>>,
    /// When it ended; absent while it goes on.
    #[serde(borrow)]
    pub end: Option<Str<'a>>,
}

/// A business identifier.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Identifier<'a> {
    /// Who assigned it.
    #[serde(borrow)]
    pub system: Option<Str<'a>>,
    /// The identifier.
    #[serde(borrow)]
    pub value: Option<Str<'a>>,
}

/// A note.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Annotation<'a> {
    /// Its words.
    #[serde(borrow)]
    pub text: Option<Str<'a>>,
}
