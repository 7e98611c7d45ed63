//! JSON as it stands: objects by member, without reading the members, and no member twice.

use std::borrow::Cow;
use std::fmt;

use curbside_chart::json::{IfObject, nests_deeper};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// Deepest nesting of a body.
pub(crate) const MAX_DEPTH: usize = 128;

/// How an error begins that a repeated member causes; the member's name follows.
pub(crate) const TWICE: &str = "given twice: ";

/// The members of an object in order.
pub(crate) type Members<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// A value where an object is expected: its members, or `None` for what is no object.
#[derive(Debug, Default)]
pub(crate) struct Object<'a>(pub(crate) Option<Members<'a>>);

impl<'a> Object<'a> {
    pub(crate) fn read(raw: &'a RawValue) -> Result<Self, serde_json::Error> {
        serde_json::from_str(raw.get())
    }
}

/// The value of a member.
pub(crate) fn member<'a>(members: &Members<'a>, name: &str) -> Option<&'a RawValue> {
    members.iter().find(|(key, _)| key == name).map(|(_, raw)| *raw)
}

/// A text, where it is one.
pub(crate) fn string(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

pub(crate) fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EachMember;

        impl<'de> Visitor<'de> for EachMember {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members: Members<'de> = Vec::new();
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    once(&key, member(&members, &key.0).is_some())?;
                    members.push((key.0, map.next_value()?));
                }
                Ok(Object(Some(members)))
            }
        }

        deserializer.deserialize_any(IfObject(EachMember))
    }
}

/// Refuses a member that was there already.
pub(crate) fn once<E: Error>(key: &Key<'_>, was_there: bool) -> Result<(), E> {
    if was_there { Err(E::custom(format!("{TWICE}{}", printable(&key.0)))) } else { Ok(()) }
}

/// A value in which no object has a member twice.
#[derive(Debug)]
pub(crate) struct Once(pub(crate) Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
                Ok(Value::Bool(truth))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(number.into())
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(text.into())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
                let mut list = Vec::new();
                while let Some(Once(value)) = seq.next_element()? {
                    list.push(value);
                }
                Ok(Value::Array(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let mut object = serde_json::Map::new();
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    once(&key, object.contains_key(key.0.as_ref()))?;
                    object.insert(key.0.into_owned(), map.next_value::<Once>()?.0);
                }
                Ok(Value::Object(object))
            }
        }

        deserializer.deserialize_any(Any).map(Self)
    }
}

/// A member's name, borrowed where it holds no escapes.
pub(crate) struct Key<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A name that an answer may repeat: a plain one, cut short. What is not plain may be anything.
pub(crate) fn printable(name: &str) -> &str {
    let plain = name.len() <= 64 && !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if plain { name } else { "(a member)" }
}

/// Whether a text nests deeper than [`MAX_DEPTH`]; it need not be valid.
pub(crate) fn too_deep(text: &[u8]) -> bool {
    nests_deeper(text, MAX_DEPTH).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_given_twice_is_refused_and_named() {
        let error = serde_json::from_str::<Object<'_>>(r#"{"a": 1, "b": 2, "a": 3}"#).unwrap_err();
        assert!(error.to_string().starts_with("given twice: a"), "{error}");
        let escaped = serde_json::from_str::<Object<'_>>(r#"{"a": 1, "\u0061": 3}"#).unwrap_err();
        assert!(escaped.to_string().starts_with("given twice: a"), "{escaped}");
    }
}
