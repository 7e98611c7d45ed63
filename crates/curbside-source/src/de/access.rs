//! The items of a list, the members of a map and what else `serde` steps through.

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::{StrDeserializer, U32Deserializer},
};

use super::failure::Failure;
use super::reader::Reader;
use super::{Pass, identity};
use crate::yaml::{Key, Kind, Node};
use crate::{Diagnostic, Span, did_you_mean, spanned};

pub(super) struct Items<'n> {
    pub(super) items: std::slice::Iter<'n, Node>,
    pub(super) pass: &'n Pass,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        let pass = self.pass;
        match self.items.find(|item| !pass.skips(item)) {
            Some(node) => seed.deserialize(Reader { node, pass }).map(Some).map_err(|failure| failure.at(node, pass)),
            None => Ok(None),
        }
    }
}

pub(super) struct Entries<'n> {
    pub(super) entries: std::slice::Iter<'n, (Key, Node)>,
    pub(super) value: Option<&'n Node>,
    pub(super) pass: &'n Pass,
    pub(super) known: Option<&'static [&'static str]>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        for (key, value) in self.entries.by_ref() {
            if self.pass.skips(value) {
                continue;
            }
            if let Some(known) = self.known
                && !known.contains(&key.text.as_str())
            {
                let help = did_you_mean(&key.text, known.iter().copied());
                let message = format!("unknown key `{}`", key.text);
                self.pass.report(Diagnostic::error("unknown-key", key.span, message).maybe_help(help));
                continue;
            }
            self.value = Some(value);
            // Keys may be `Spanned` too, so they are read like any scalar.
            let text = Kind::Scalar { text: key.text.clone(), plain: false };
            let node = Node { span: key.span, kind: text };
            return seed
                .deserialize(Reader { node: &node, pass: self.pass })
                .map(Some)
                .map_err(|failure| Failure { node: Some(identity(value)), ..failure });
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        match self.value.take() {
            Some(node) => seed.deserialize(Reader { node, pass: self.pass }).map_err(|failure| failure.at(node, self.pass)),
            None => Err(Failure::new("yaml", "a value was read before its key".to_owned())),
        }
    }
}

/// The one member that a short form stands for.
pub(super) struct Only<'n> {
    pub(super) key: Option<&'static str>,
    pub(super) reader: Reader<'n>,
}

impl<'de> MapAccess<'de> for Only<'_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let Some(key) = self.key.take() else { return Ok(None) };
        let key: StrDeserializer<'_, Failure> = key.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        seed.deserialize(self.reader)
    }
}

pub(super) struct Variant<'n> {
    pub(super) name: &'n str,
    pub(super) span: Span,
    pub(super) value: Option<&'n Node>,
    pub(super) pass: &'n Pass,
}

impl<'de, 'n> EnumAccess<'de> for Variant<'n> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let name: StrDeserializer<'_, Failure> = self.name.into_deserializer();
        let chosen = seed.deserialize(name).map_err(|failure| Failure { span: Some(self.span), ..failure })?;
        Ok((chosen, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.value {
            Some(node) if !node.is_null() => Err(Failure::new("wrong-type", format!("`{}` takes no value", self.name)).at(node, self.pass)),
            _ => Ok(()),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        match self.value {
            Some(node) => seed.deserialize(Reader { node, pass: self.pass }),
            None => {
                let message = format!("`{}` needs a value", self.name);
                let help = Some(format!("write `{}: …`", self.name));
                Err(Failure { help, span: Some(self.span), ..Failure::new("missing-value", message) })
            }
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Failure> {
        Err(de::Error::invalid_type(de::Unexpected::TupleVariant, &visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Failure> {
        match self.value {
            Some(node) => Reader { node, pass: self.pass }.deserialize_struct("", fields, visitor),
            None => Err(de::Error::invalid_type(de::Unexpected::UnitVariant, &visitor)),
        }
    }
}

/// Hands a [`crate::Spanned`] its place and then its value.
pub(super) struct WithPlace<'n> {
    pub(super) reader: Reader<'n>,
    pub(super) step: usize,
}

impl<'de> MapAccess<'de> for WithPlace<'_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let Some(name) = spanned::FIELDS.get(self.step) else { return Ok(None) };
        self.step += 1;
        let name: StrDeserializer<'_, Failure> = (*name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let span = self.reader.node.span;
        let number = match self.step {
            1 => span.file.index(),
            2 => span.start,
            3 => span.end,
            _ => return seed.deserialize(self.reader),
        };
        let number: U32Deserializer<Failure> = number.into_deserializer();
        seed.deserialize(number)
    }
}
