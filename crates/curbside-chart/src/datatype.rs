//! FHIR's data types, as far as rules read them, in the spellings of STU3, R4, R4B and R5.

use std::fmt;

use memchr::memchr;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::json::{List, Number, Str};
use crate::maps_only::maps_only;

/// A code of a code system.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(remote = "Coding", default)]
pub struct Coding<'a> {
    /// Code system URI, in its canonical spelling: see [`system`].
    #[serde(borrow, deserialize_with = "system")]
    pub system: Option<Str<'a>>,
    /// The code.
    #[serde(borrow)]
    pub code: Option<Str<'a>>,
    /// How the system or the sender words it.
    #[serde(borrow)]
    pub display: Option<Str<'a>>,
}

/// The systems of FHIR's own world are named by `http`, whatever their sites are served by.
const NAMED_BY_HTTP: [&str; 6] =
    ["snomed.info/", "loinc.org", "hl7.org/", "terminology.hl7.org/", "unitsofmeasure.org", "www.nlm.nih.gov/"];

/// A code system by one spelling: without the version behind `|`, without a slash at its end, and `http` where it is named so.
///
/// # Errors
///
/// Where it is no string.
pub fn system<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Str<'a>>, D::Error> {
    Ok(Option::<Str<'a>>::deserialize(deserializer)?.map(canonical))
}

fn canonical(uri: Str<'_>) -> Str<'_> {
    let bytes = uri.as_bytes();
    if !bytes.ends_with(b"/") && !bytes.starts_with(b"https:") && memchr(b'|', bytes).is_none() {
        return uri;
    }
    let bare = uri.split('|').next().unwrap_or_default().trim_end_matches('/');
    match bare.strip_prefix("https://") {
        Some(rest) if NAMED_BY_HTTP.iter().any(|site| rest.starts_with(site)) => Str::from(["http://", rest].concat()),
        _ => Str::from(bare.to_owned()),
    }
}

/// A concept: `CodeableConcept`, R5's `CodeableReference`, or a bare `Coding`.
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
        deserializer.deserialize_any(AnyConcept { or_code: false })
    }
}

/// A concept, or the plain code that STU3 and DSTU2 have in its place: statuses, types. Elsewhere a plain code does not say
/// what system it is of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodeOrConcept<'a>(Concept<'a>);

impl<'a> std::ops::Deref for CodeOrConcept<'a> {
    type Target = Concept<'a>;

    fn deref(&self) -> &Concept<'a> {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for CodeOrConcept<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyConcept { or_code: true }).map(Self)
    }
}

struct AnyConcept {
    or_code: bool,
}

impl AnyConcept {
    fn code<'a, E: serde::de::Error>(self, code: Str<'a>) -> Result<Concept<'a>, E> {
        if !self.or_code {
            return Err(E::invalid_type(serde::de::Unexpected::Str(&code), &self));
        }
        let coding = Coding { code: Some(code), ..Coding::default() };
        Ok(Concept { coding: List::from_iter([coding]), ..Concept::default() })
    }
}

impl<'de> Visitor<'de> for AnyConcept {
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
                32 => bare.system = map.next_value::<Option<Str<'de>>>()?.map(canonical),
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

    fn visit_borrowed_str<E: serde::de::Error>(self, code: &'de str) -> Result<Concept<'de>, E> {
        self.code(Str::new(code))
    }

    fn visit_str<E: serde::de::Error>(self, code: &str) -> Result<Concept<'de>, E> {
        self.code(Str::from(code.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Concept<'de>, E> {
        Ok(Concept::default())
    }
}

/// A reference to another resource.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(remote = "Reference", default)]
pub struct Reference<'a> {
    /// Relative, absolute, `urn:uuid:`, `#contained` or conditional.
    #[serde(borrow)]
    pub reference: Option<Str<'a>>,
    /// Its words.
    #[serde(borrow)]
    pub display: Option<Str<'a>>,
    /// The resource by an identifier of its own, where it has no address.
    #[serde(borrow)]
    pub identifier: Option<Box<Identifier<'a>>>,
}

/// An amount with its unit, both as written.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(remote = "Quantity", default)]
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
#[serde(remote = "QuantityRange", default)]
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
#[serde(remote = "Ratio", default)]
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
#[serde(remote = "Period", default)]
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
#[serde(remote = "Identifier", default)]
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
#[serde(remote = "Annotation", default)]
pub struct Annotation<'a> {
    /// Its words.
    #[serde(borrow)]
    pub text: Option<Str<'a>>,
}

maps_only!(Coding, Reference, Quantity, QuantityRange, Ratio, Period, Identifier, Annotation);
