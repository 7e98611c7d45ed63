//! JSON values that are borrowed from the record's own bytes wherever that is possible.

mod brackets;
mod lazy;
mod list;
#[cfg(any(target_arch = "wasm32", test))]
mod pass;
#[cfg(any(target_arch = "wasm32", test))]
mod quick;
pub(crate) mod search;
mod value;

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde_json::value::RawValue;

pub use brackets::nests_deeper;
pub use lazy::{Lazy, Readable, Unreadable};
pub use list::List;
pub use value::{IfObject, Json, Members, MembersOf};

/// Reads a text that is known to be JSON. In WebAssembly what nobody asks for is passed over without looking at it.
///
/// # Errors
///
/// Where it is no `T`.
pub fn from_str<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    #[cfg(target_arch = "wasm32")]
    if let Ok(value) = quick::read(text) {
        return Ok(value);
    }
    serde_json::from_str(text)
}

/// A string: borrowed, unless it had to be unescaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Str<'a>(Cow<'a, str>);

impl<'a> Str<'a> {
    /// A borrowed string.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text where it stands in the record; `None` where it had to be unescaped.
    #[must_use]
    pub fn borrowed(&self) -> Option<&'a str> {
        match self.0 {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(_) => None,
        }
    }
}

impl From<String> for Str<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl std::ops::Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Str<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Str<'de>, E> {
                Ok(Str(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A JSON number as it was written: `1.50` stays `1.50`, and what no decimal can hold (`1e400`)
/// is still there to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    /// The text.
    #[must_use]
    pub const fn as_written(self) -> &'a str {
        self.0
    }

    /// Its value, where 28 digits can hold it.
    #[must_use]
    pub fn decimal(self) -> Option<Decimal> {
        let parsed = if self.0.contains(['e', 'E']) { Decimal::from_scientific(self.0) } else { Decimal::from_str_exact(self.0) };
        parsed.ok()
    }
}

impl fmt::Display for Number<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Number<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) { Ok(Self(raw)) } else { Err(D::Error::custom("expected a number")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    /// Any JSON value, with texts and names that need escapes and without.
    pub(super) fn json() -> impl Strategy<Value = Value> {
        let text = "[a-z\\\\\"{}\\[\\],: \u{e9}\n]{0,40}|[a-zA-Z]{0,80}";
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from)
        ];
        leaf.prop_recursive(6, 60, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(text, inner, 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
