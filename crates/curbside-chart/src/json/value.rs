//! Any value, and the members of any object.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Number, Str, from_str};
use crate::input::depth;

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
            b'{' => from_str::<Members<'a>>(raw.get()).ok().and_then(|members| {
                members.0.into_iter().map(|(name, value)| Some((name, Self::read(value)?))).collect::<Option<_>>().map(Self::Object)
            }),
            b'[' => from_str::<Vec<&'a RawValue>>(raw.get())
                .ok()
                .and_then(|items| items.into_iter().map(Self::read).collect::<Option<_>>().map(Self::List)),
            b'"' => from_str(raw.get()).ok().map(Self::String),
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
