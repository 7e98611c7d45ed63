//! JSON values that are borrowed from the record's own bytes wherever that is possible.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use memchr::{memchr, memmem};
use rust_decimal::Decimal;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::input::depth;

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

/// A member that is read only when somebody asks for it: most of a record is about something else.
#[derive(Debug)]
pub struct Lazy<'a, T> {
    raw: Option<&'a RawValue>,
    read_as: PhantomData<fn() -> T>,
}

impl<T> Clone for Lazy<'_, T> {
    fn clone(&self) -> Self {
        Self { raw: self.raw, read_as: PhantomData }
    }
}

impl<T> Default for Lazy<'_, T> {
    fn default() -> Self {
        Self { raw: None, read_as: PhantomData }
    }
}

/// The member is there and is not what FHIR says it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl<'a, T: Deserialize<'a> + Default> Lazy<'a, T> {
    /// Reads it; what is absent is the empty value.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where it is malformed.
    pub fn read(&self) -> Result<T, Unreadable> {
        match self.raw {
            None => Ok(T::default()),
            Some(raw) => serde_json::from_str(raw.get()).map_err(|_| Unreadable),
        }
    }

    /// Whether a member whose name begins like this may stand in it, without reading it.
    #[must_use]
    pub fn may_mention(&self, name: &str) -> bool {
        // A name may be written with escapes.
        let bytes = self.raw.map_or("", RawValue::get).as_bytes();
        memmem::find(bytes, name.as_bytes()).is_some() || memchr(b'\\', bytes).is_some()
    }

    /// Whether the member is there at all.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.raw.is_some_and(|raw| !matches!(raw.get(), "null" | "[]" | "{}"))
    }
}

impl<'de: 'a, 'a, T> Deserialize<'de> for Lazy<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { raw: Some(<&RawValue>::deserialize(deserializer)?), read_as: PhantomData })
    }
}

/// A member of a resource that may turn out to be malformed when somebody asks for it.
pub trait Readable {
    /// Whether it is what FHIR says it should be.
    fn is_readable(&self) -> bool {
        true
    }
}

impl<T> Readable for Option<T> {}

impl<T> Readable for List<T> {}

impl<'a, T: Deserialize<'a> + Default> Readable for Lazy<'a, T> {
    fn is_readable(&self) -> bool {
        self.read().is_ok()
    }
}

/// A list that some versions of FHIR, or some senders, write as a single value.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T>(Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T> std::ops::Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> IntoIterator for List<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'i, T> IntoIterator for &'i List<T> {
    type Item = &'i T;
    type IntoIter = std::slice::Iter<'i, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = List<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut items = Vec::new();
                // FHIR pairs arrays of primitives with arrays of extensions, with null where one has nothing.
                while let Some(item) = seq.next_element::<Option<T>>()? {
                    items.extend(item);
                }
                Ok(List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|item| List(vec![item]))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<List<T>, E> {
                T::deserialize(StrDeserializer::new(text)).map(|item| List(vec![item]))
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<List<T>, E> {
                T::deserialize(serde::de::value::BorrowedStrDeserializer::new(text)).map(|item| List(vec![item]))
            }

            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List::default())
            }
        }

        deserializer.deserialize_any(Items(PhantomData))
    }
}

/// Any JSON value, borrowed; for the few elements that no resource type here names. Numbers and
/// the order of members are as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as written.
    Number(Number<'a>),
    /// A string.
    String(Str<'a>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object in its own order.
    Object(Vec<(Str<'a>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// Reads a value; `None` where it is nested deeper than the parser allows.
    #[must_use]
    pub fn read(raw: &'a RawValue) -> Option<Self> {
        match raw.get().as_bytes().first()? {
            b'{' => serde_json::from_str::<Members<'a>>(raw.get()).ok().and_then(|members| {
                members.0.into_iter().map(|(name, value)| Some((name, Self::read(value)?))).collect::<Option<_>>().map(Self::Object)
            }),
            b'[' => serde_json::from_str::<Vec<&'a RawValue>>(raw.get())
                .ok()
                .and_then(|items| items.into_iter().map(Self::read).collect::<Option<_>>().map(Self::List)),
            b'"' => serde_json::from_str(raw.get()).ok().map(Self::String),
            b't' => Some(Self::Bool(true)),
            b'f' => Some(Self::Bool(false)),
            b'n' => Some(Self::Null),
            _ => Some(Self::Number(Number(raw.get()))),
        }
    }

    /// The values at a path of member names, looking into every item of a list.
    pub fn at<'j>(&'j self, path: &[&str], found: &mut Vec<&'j Self>) {
        match (self, path.split_first()) {
            (Self::List(items), _) => items.iter().for_each(|item| item.at(path, found)),
            (Self::Object(members), Some((first, rest))) => {
                members.iter().filter(|(name, _)| name.as_str() == *first).for_each(|(_, value)| value.at(rest, found));
            }
            (Self::Null, None) => {}
            (_, None) => found.push(self),
            _ => {}
        }
    }
}

/// Reads an object by a visitor of maps; any other value is passed over, and is what `V::Value` is by default. For
/// values of `serde_json` alone.
pub struct IfObject<V>(pub V);

impl<'de, V: Visitor<'de, Value: Default>> Visitor<'de> for IfObject<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<V::Value, A::Error> {
        while let Some(item) = seq.next_element()? {
            depth::check(item)?;
        }
        Ok(V::Value::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<V::Value, E> {
        Ok(V::Value::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<V::Value, E> {
        Ok(V::Value::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<V::Value, E> {
        Ok(V::Value::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<V::Value, E> {
        Ok(V::Value::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<V::Value, E> {
        Ok(V::Value::default())
    }

    fn visit_unit<E>(self) -> Result<V::Value, E> {
        Ok(V::Value::default())
    }
}

/// The members of an object, in order, duplicates included.
#[derive(Clone, Debug, Default)]
pub struct Members<'a>(pub Vec<(Str<'a>, &'a RawValue)>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name.as_str(), value)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachMember).map(Option::unwrap_or_default)
    }
}

/// The members of a value, where it is an object.
#[derive(Clone, Debug, Default)]
pub struct MembersOf<'a>(pub Option<Members<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for MembersOf<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IfObject(EachMember)).map(Self)
    }
}

struct EachMember;

impl<'de> Visitor<'de> for EachMember {
    type Value = Option<Members<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(entry) = map.next_entry()? {
            members.push(entry);
        }
        Ok(Some(Members(members)))
    }
}
