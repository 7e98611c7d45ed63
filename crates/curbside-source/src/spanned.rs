//! A value and the place it was written.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::{FileId, Span};

/// Name by which our deserializer knows that the place is wanted.
pub(crate) const NAME: &str = "$curbside::Spanned";
pub(crate) const FIELDS: &[&str] = &["file", "start", "end", "value"];

/// A value with the byte range it was read from. Read by anything but [`crate::read`], the
/// range is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value that was not written in a file.
    pub fn unplaced(value: T) -> Self {
        Self { value, span: Span::default() }
    }

    /// The same place with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Spanned<U> {
        Spanned { value: change(self.value), span: self.span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(NAME, FIELDS, Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut number = |name: &str| match map.next_entry::<String, u32>()? {
            Some((key, value)) if key == name => Ok(value),
            _ => Err(A::Error::custom("a spanned value is read from YAML only")),
        };
        let (file, start, end) = (number("file")?, number("start")?, number("end")?);
        match map.next_key::<String>()? {
            Some(key) if key == "value" => Ok(Spanned { value: map.next_value()?, span: Span { file: FileId::new(file), start, end } }),
            _ => Err(A::Error::custom("a spanned value is read from YAML only")),
        }
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
