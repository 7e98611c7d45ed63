//! From YAML to typed values, reporting every mistake of a file at once.
//!
//! `serde` stops at the first error. So a file is read again and again: after an error the value
//! that caused it is left out, and the next pass goes on as if it were not there; the follow-up
//! complaint ("missing field") about what was left out is dropped. Files are a few hundred lines,
//! so the extra passes cost nothing that a person could notice.
//!
//! Names that a struct is given with `#[serde(rename = …)]` say how it is read:
//!
//! - `FHIR …`: a part of a FHIR resource; keys that it does not have are passed over, elsewhere
//!   they are errors.
//! - `short:KEY …`: what is no map is short for a map with this one key (`sex: female` for
//!   `sex: {is: female}`).
//!
//! A tuple struct named [`ONE_OR_MANY`] reads what is no list as a list of one.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::{self, Display};

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
    value::StrDeserializer, value::U32Deserializer,
};

use crate::yaml::{Key, Kind, Node, parse};
use crate::{Diagnostic, FileId, Sources, Span, did_you_mean, spanned};

/// Reads a file as a `T`.
///
/// # Errors
///
/// Everything that is wrong with the file.
pub fn read<T: DeserializeOwned>(sources: &Sources, file: FileId) -> Result<T, Vec<Diagnostic>> {
    let root = parse(sources, file).map_err(|error| vec![error])?;
    read_node(&root)
}

/// Reads as much of a file as can be read: the value without what is wrong in it, where it still
/// is one, and everything that is wrong.
pub fn read_partly<T: DeserializeOwned>(sources: &Sources, file: FileId) -> (Option<T>, Vec<Diagnostic>) {
    match parse(sources, file) {
        Ok(root) => partly(&root),
        Err(error) => (None, vec![error]),
    }
}

/// Reads a node as a `T`.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read_node<T: DeserializeOwned>(root: &Node) -> Result<T, Vec<Diagnostic>> {
    match partly(root) {
        (Some(value), found) if found.is_empty() => Ok(value),
        (_, found) => Err(found),
    }
}

fn partly<T: DeserializeOwned>(root: &Node) -> (Option<T>, Vec<Diagnostic>) {
    let pass = Pass::default();
    let value = loop {
        match T::deserialize(Reader { node: root, pass: &pass }) {
            Ok(value) => break Some(value),
            Err(error) => {
                let node = error.node.unwrap_or(identity(root));
                if !error.follows() {
                    pass.report(error.diagnostic(root.span));
                }
                if node == identity(root) || !pass.skip.borrow_mut().insert(node) {
                    break None;
                }
            }
        }
    };
    (value, pass.found.into_inner())
}

/// A type whose (renamed) name begins like this may have keys that it does not read.
const OPEN: &str = "FHIR ";
/// A type whose (renamed) name begins like this has a short form.
const SHORT: &str = "short:";
/// The name of a tuple struct that reads what is no list as a list of one.
pub const ONE_OR_MANY: &str = "$curbside::OneOrMany";

/// What is known after the passes so far.
#[derive(Default)]
struct Pass {
    found: RefCell<Vec<Diagnostic>>,
    skip: RefCell<HashSet<usize>>,
}

impl Pass {
    fn report(&self, diagnostic: Diagnostic) {
        let mut found = self.found.borrow_mut();
        if !found.contains(&diagnostic) {
            found.push(diagnostic);
        }
    }

    fn skips(&self, node: &Node) -> bool {
        self.skip.borrow().contains(&identity(node))
    }
}

/// A node is known by where it lies in memory: the tree does not move while it is read.
fn identity(node: &Node) -> usize {
    std::ptr::from_ref(node) as usize
}

/// Why a value could not be read, before it is known where.
#[derive(Debug)]
struct Failure {
    code: &'static str,
    message: String,
    help: Option<String>,
    span: Option<Span>,
    node: Option<usize>,
    /// Children of the failing node that had been left out.
    left_out: Vec<String>,
    missing: Option<&'static str>,
}

impl Failure {
    fn new(code: &'static str, message: String) -> Self {
        Self { code, message, help: None, span: None, node: None, left_out: Vec::new(), missing: None }
    }

    fn at(mut self, node: &Node, pass: &Pass) -> Self {
        if self.node.is_none() {
            self.node = Some(identity(node));
            self.span.get_or_insert(match &node.kind {
                // A whole map underlined says nothing: point at where it begins.
                Kind::Map(entries) if self.missing.is_some() => entries.first().map_or(node.span, |(key, _)| key.span),
                _ => node.span,
            });
            self.left_out = match &node.kind {
                Kind::Map(entries) => entries.iter().filter(|(_, value)| pass.skips(value)).map(|(key, _)| key.text.clone()).collect(),
                Kind::List(items) => items.iter().filter(|item| pass.skips(item)).map(|_| String::new()).collect(),
                Kind::Scalar { .. } => Vec::new(),
            };
        }
        self
    }

    /// Whether this only complains about something an earlier pass left out.
    fn follows(&self) -> bool {
        match self.missing {
            Some(field) => self.left_out.iter().any(|name| name == field),
            None => !self.left_out.is_empty(),
        }
    }

    fn diagnostic(self, fallback: Span) -> Diagnostic {
        Diagnostic::error(self.code, self.span.unwrap_or(fallback), self.message).maybe_help(self.help)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        let text = message.to_string();
        // Types of ours put what to write instead behind a line break.
        match text.split_once('\n') {
            Some((message, help)) => Self { help: Some(help.to_owned()), ..Self::new("invalid-value", message.to_owned()) },
            None => Self::new("invalid-value", text),
        }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new("wrong-type", format!("expected {}, found {}", plainly(&expected.to_string()), noun(found)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new("missing-key", format!("`{field}` is missing")) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let help = did_you_mean(variant, expected.iter().copied());
        Self { help, ..Self::new("unknown-name", format!("unknown `{variant}`")) }
    }
}

/// What a type expects, in the words of somebody who writes YAML.
fn plainly(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "a boolean" => "`true` or `false`",
        "a string" => "text",
        other if other.starts_with("struct ") || other.starts_with("enum ") => "a map",
        other => other,
    }
}

fn noun(found: de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Str(text) => format!("`{text}`"),
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("`{value}`"),
        de::Unexpected::Signed(value) => format!("`{value}`"),
        de::Unexpected::Float(value) => format!("`{value}`"),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Map => "a map".to_owned(),
        de::Unexpected::Unit => "nothing".to_owned(),
        other => other.to_string(),
    }
}

#[derive(Clone, Copy)]
struct Reader<'n> {
    node: &'n Node,
    pass: &'n Pass,
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

struct Items<'n> {
    items: std::slice::Iter<'n, Node>,
    pass: &'n Pass,
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

struct Entries<'n> {
    entries: std::slice::Iter<'n, (Key, Node)>,
    value: Option<&'n Node>,
    pass: &'n Pass,
    known: Option<&'static [&'static str]>,
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
struct Only<'n> {
    key: Option<&'static str>,
    reader: Reader<'n>,
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

struct Variant<'n> {
    name: &'n str,
    span: Span,
    value: Option<&'n Node>,
    pass: &'n Pass,
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
struct WithPlace<'n> {
    reader: Reader<'n>,
    step: usize,
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
