//! Three answers: true, false, unknown (Kleene's strong logic).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

/// The answer to a question about a patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// The record says no.
    False,
    /// The record does not say.
    Unknown,
    /// The record says yes.
    True,
}

impl Truth {
    /// Both: the lesser of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Either: the greater of the two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite; of unknown, unknown.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    /// At least `wanted` of these: true when enough are, false when not even the unknown ones
    /// could make it enough.
    #[must_use]
    pub fn at_least(wanted: usize, of: impl IntoIterator<Item = Self>) -> Self {
        let (mut yes, mut open) = (0, 0);
        for truth in of {
            yes += usize::from(truth == Self::True);
            open += usize::from(truth == Self::Unknown);
        }
        if yes >= wanted {
            Self::True
        } else if yes + open < wanted {
            Self::False
        } else {
            Self::Unknown
        }
    }

    /// True where the possibilities agree that it is, false where they agree that it is not.
    #[must_use]
    pub fn agreed(of: impl IntoIterator<Item = Self>) -> Self {
        let mut all = of.into_iter();
        let first = all.next().unwrap_or(Self::Unknown);
        if all.all(|truth| truth == first) { first } else { Self::Unknown }
    }

    /// What a doubtful source can say: unknown instead of true.
    #[must_use]
    pub const fn doubted(self, doubtful: bool) -> Self {
        match self {
            Self::True if doubtful => Self::Unknown,
            other => other,
        }
    }

    /// `true`, `false` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

impl From<bool> for Truth {
    fn from(yes: bool) -> Self {
        if yes { Self::True } else { Self::False }
    }
}

/// An order that is not known gives an unknown answer.
impl From<Option<bool>> for Truth {
    fn from(answer: Option<bool>) -> Self {
        answer.map_or(Self::Unknown, Self::from)
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Truth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Truth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;

        impl Visitor<'_> for Word {
            type Value = Truth;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`true`, `false` or `unknown`")
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Truth, E> {
                Ok(yes.into())
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Truth, E> {
                match word {
                    "true" => Ok(Truth::True),
                    "false" => Ok(Truth::False),
                    "unknown" => Ok(Truth::Unknown),
                    _ => Err(E::custom(format!("`{word}` is no truth\nwrite `true`, `false` or `unknown`"))),
                }
            }
        }

        deserializer.deserialize_any(Word)
    }
}

impl JsonSchema for Truth {
    fn schema_name() -> Cow<'static, str> {
        "Truth".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": [true, false, "unknown"], "description": "true, false or unknown"})
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, False, True, Unknown};

    #[test]
    fn kleene_tables_hold() {
        let all = [False, Unknown, True];
        for a in all {
            assert_eq!(a.negated().negated(), a);
            for b in all {
                assert_eq!(a.and(b), b.and(a));
                assert_eq!(a.and(b).negated(), a.negated().or(b.negated()));
            }
        }
        assert_eq!(False.and(Unknown), False);
        assert_eq!(True.and(Unknown), Unknown);
        assert_eq!(True.or(Unknown), True);
    }

    #[test]
    fn quantifiers_count_what_is_open() {
        assert_eq!(Truth::at_least(2, [True, Unknown, True]), True);
        assert_eq!(Truth::at_least(2, [True, Unknown, False]), Unknown);
        assert_eq!(Truth::at_least(2, [True, False, False]), False);
        assert_eq!(Truth::at_least(0, []), True);
        assert_eq!(Truth::agreed([True, True]), True);
        assert_eq!(Truth::agreed([True, False]), Unknown);
    }
}
