//! A node as `serde` asks for it.

use serde::de::{self, Deserializer, Visitor};

use super::access::{Entries, Items, Only, Variant, WithPlace};
use super::failure::Failure;
use super::{ONE_OR_MANY, Pass};
use crate::spanned;
use crate::yaml::{Key, Kind, Node};

/// A type whose (renamed) name begins like this may have keys that it does not read.
const OPEN: &str = "FHIR ";
/// A type whose (renamed) name begins like this has a short form.
const SHORT: &str = "short:";

#[derive(Clone, Copy)]
pub(super) struct Reader<'n> {
    pub(super) node: &'n Node,
    pub(super) pass: &'n Pass,
}

impl<'n> Reader<'n> {
    fn located<T>(self, result: Result<T, Failure>) -> Result<T, Failure> {
        result.map_err(|failure| failure.at(self.node, self.pass))
    }

    fn scalar<'de, V: Visitor<'de>>(self, text: &str, plain: bool, visitor: V) -> Result<V::Value, Failure> {
        if !plain {
            return visitor.visit_str(text);
        }
        match text {
            "" | "~" | "null" => visitor.visit_unit(),
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => {
                if let Ok(number) = text.parse::<u64>() {
                    visitor.visit_u64(number)
                } else if let Ok(number) = text.parse::<i64>() {
                    visitor.visit_i64(number)
                } else if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
                    && let Ok(number) = text.parse::<f64>()
                {
                    visitor.visit_f64(number)
                } else {
                    visitor.visit_str(text)
                }
            }
        }
    }

    fn entries(self, entries: &'n [(Key, Node)]) -> Entries<'n> {
        Entries { entries: entries.iter(), value: None, pass: self.pass, known: None }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.located(match &self.node.kind {
            Kind::Scalar { text, plain } => self.scalar(text, *plain, visitor),
            Kind::List(items) => visitor.visit_seq(Items { items: items.iter(), pass: self.pass }),
            Kind::Map(entries) => visitor.visit_map(self.entries(entries)),
        })
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.located(match &self.node.kind {
            Kind::Scalar { text, .. } if !self.node.is_null() => visitor.visit_str(text),
            Kind::Scalar { .. } => visitor.visit_unit(),
            Kind::List(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &visitor)),
            Kind::Map(_) => Err(de::Error::invalid_type(de::Unexpected::Map, &visitor)),
        })
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if self.node.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        if name == spanned::NAME {
            return self.located(visitor.visit_map(WithPlace { reader: self, step: 0 }));
        }
        let known = (!name.starts_with(OPEN)).then_some(fields);
        let short = name.strip_prefix(SHORT).and_then(|rest| rest.split(' ').next());
        self.located(match (&self.node.kind, short) {
            (Kind::Map(entries), _) => visitor.visit_map(Entries { known, ..self.entries(entries) }),
            (_, Some(key)) => visitor.visit_map(Only { key: Some(key), reader: self }),
            (Kind::Scalar { text, plain }, None) => self.scalar(text, *plain, visitor),
            (Kind::List(_), None) => Err(de::Error::invalid_type(de::Unexpected::Seq, &visitor)),
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(self, name: &'static str, _: usize, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            Kind::Scalar { .. } | Kind::Map(_) if name == ONE_OR_MANY => {
                self.located(visitor.visit_seq(Items { items: std::slice::from_ref(self.node).iter(), pass: self.pass }))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(self, _: &'static str, _: &'static [&'static str], visitor: V) -> Result<V::Value, Failure> {
        self.located(match &self.node.kind {
            Kind::Scalar { text, .. } => visitor.visit_enum(Variant { name: text, span: self.node.span, value: None, pass: self.pass }),
            Kind::Map(entries) => match entries.as_slice() {
                [(_, value)] if self.pass.skips(value) => Err(Failure::new("left-out", String::new())),
                [(key, value)] => {
                    let span = key.span;
                    visitor.visit_enum(Variant { name: &key.text, span, value: Some(value), pass: self.pass })
                }
                _ => {
                    let keys: Vec<_> = entries.iter().map(|(key, _)| format!("`{}`", key.text)).collect();
                    let span = entries.get(1).map(|(key, _)| key.span);
                    let message = format!("one thing at a time, here are {}: {}", keys.len(), keys.join(", "));
                    let help = Some("to ask for several, list them under `all` or `any`".to_owned());
                    Err(Failure { span, help, ..Failure::new("several-keys", message) })
                }
            },
            Kind::List(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, &visitor)),
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct
        seq tuple map identifier
    }
}
