//! The outermost object: found out what it is in one pass, whatever the order of its members.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::object::{Object, Value};
use super::request::{HookRequest, Prefetched};
use super::{Document, Record};
use crate::json::{self, IfObject, Members, MembersOf, Str};

/// The outermost object; `P` is how `prefetch` is taken apart.
struct Root<'a, P> {
    object: Object<'a>,
    prefetch: Option<P>,
}

/// Why a text is no document.
pub(super) enum NotRead<'a> {
    /// It is no JSON.
    Syntax(serde_json::Error),
    /// It nests too deeply; what is left of it there.
    TooDeep(&'a str),
    /// It is neither a resource nor a request.
    Unknown,
    /// Only a value of `prefetch` as it stands tells what it is.
    AsItStands,
}

/// Reads a document: in one pass, or where something in `prefetch` is odd, that part of it again and key by key.
pub(super) fn read(text: &str) -> Result<Document<'_>, NotRead<'_>> {
    match Root::<Values<'_>>::document(text) {
        Err(NotRead::Syntax(_) | NotRead::AsItStands) => Root::<MembersOf<'_>>::document(text),
        document => document,
    }
}

impl<'a, P: Prefetch<'a>> Root<'a, P> {
    fn document(text: &'a str) -> Result<Document<'a>, NotRead<'a>> {
        let Self { object, prefetch } = json::from_str(text).map_err(NotRead::Syntax)?;
        if let Some(rest) = object.too_deep() {
            return Err(NotRead::TooDeep(rest));
        }
        match object.kind().as_deref() {
            None if object.member("hook").is_some() || prefetch.is_some() => {
                let prefetch = prefetch.map(|prefetch| prefetch.read(text)).transpose()?;
                Ok(Document::Request(HookRequest::read(object.members, prefetch.flatten())))
            }
            None => Err(NotRead::Unknown),
            Some(kind) => {
                if let Some(rest) = prefetch.and_then(|prefetch| prefetch.too_deep()) {
                    return Err(NotRead::TooDeep(rest));
                }
                let is_bundle = kind == "Bundle";
                Ok(Document::Record(if is_bundle { object.bundle() } else { Record::single(json::from_str(text.trim()).ok()) }))
            }
        }
    }
}

/// A way to take `prefetch` apart.
trait Prefetch<'a>: Deserialize<'a> {
    /// What came under each key; `None` where it is no object.
    fn read(self, text: &'a str) -> Result<Option<Keys<'a>>, NotRead<'a>>;

    /// What is left of it where it nests too deeply.
    fn too_deep(&self) -> Option<&'a str>;
}

type Keys<'a> = Vec<(Str<'a>, Prefetched<'a>)>;

/// Each value taken apart on the way.
struct Values<'a>(Option<Vec<(Str<'a>, Value<'a>)>>);

impl<'a> Prefetch<'a> for Values<'a> {
    fn read(self, text: &'a str) -> Result<Option<Keys<'a>>, NotRead<'a>> {
        let read = |(key, value)| Ok((key, Prefetched::of(value, |object| object.raw(text))?));
        self.0.map(|values| values.into_iter().map(read).collect()).transpose()
    }

    fn too_deep(&self) -> Option<&'a str> {
        self.0.iter().flatten().find_map(|(_, value)| match value {
            Value::Object(object) => object.too_deep(),
            Value::Null | Value::Other => None,
        })
    }
}

/// Each value as it stands.
impl<'a> Prefetch<'a> for MembersOf<'a> {
    fn read(self, _: &'a str) -> Result<Option<Keys<'a>>, NotRead<'a>> {
        let read = |(key, raw)| Ok((key, Prefetched::read(raw)?));
        self.0.map(|Members(members)| members.into_iter().map(read).collect()).transpose()
    }

    fn too_deep(&self) -> Option<&'a str> {
        let raws = self.0.iter().flat_map(|Members(members)| members).map(|(_, raw): &(_, &'a RawValue)| *raw);
        raws.into_iter().find_map(super::depth::too_deep)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EachValue;

        impl<'de> Visitor<'de> for EachValue {
            type Value = Option<Vec<(Str<'de>, Value<'de>)>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut values = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    values.push(entry);
                }
                Ok(Some(values))
            }
        }

        deserializer.deserialize_any(IfObject(EachValue)).map(Self)
    }
}

impl<'de: 'a, 'a, P: Deserialize<'de>> Deserialize<'de> for Root<'a, P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Outermost<P>(PhantomData<P>);

        impl<'de, P: Deserialize<'de>> Visitor<'de> for Outermost<P> {
            type Value = Root<'de, P>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Root<'de, P>, A::Error> {
                let mut root = Root { object: Object::default(), prefetch: None };
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    match key.as_str() {
                        "prefetch" => root.prefetch = Some(map.next_value()?),
                        _ => root.object.add(key, &mut map)?,
                    }
                }
                Ok(root)
            }
        }

        deserializer.deserialize_map(Outermost(PhantomData))
    }
}
