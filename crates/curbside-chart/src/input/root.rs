//! The outermost object: found out what it is in one pass, whatever the order of its members.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::bundle::{Entries, Entry, has_next};
use super::request::HookRequest;
use super::{Document, Record, depth};
use crate::json::{MembersOf, Str};

/// The members of the outermost object. `entry` is split into resources and `prefetch` into its keys on the way; the
/// rest is kept as it stands.
#[derive(Debug, Default)]
pub(super) struct Root<'a> {
    entries: Vec<Entry<'a>>,
    prefetch: Option<MembersOf<'a>>,
    members: Vec<(Str<'a>, &'a RawValue)>,
}

impl<'a> Root<'a> {
    /// What is left of the text where it nests too deeply. The keys of a request's `prefetch` are looked at when they
    /// are read.
    pub(super) fn too_deep(&self) -> Option<&'a str> {
        let resources = self.entries.iter().filter_map(|entry| entry.resource);
        let keys = self.prefetch.iter().filter(|_| self.member("resourceType").is_some()).filter_map(|keys| keys.0.as_ref());
        let members = self.members.iter().chain(keys.flat_map(|keys| &keys.0));
        resources.chain(members.map(|(_, raw)| *raw)).find_map(depth::too_deep)
    }

    /// The Bundle that it is.
    pub(super) fn bundle(self) -> Record<'a> {
        let has_next = self.member("link").is_some_and(has_next);
        Record { entries: self.entries, is_bundle: true, has_next }
    }

    /// The document it is.
    pub(super) fn document(self, text: &'a str) -> Result<Document<'a>, NotRead<'a>> {
        let text_of = |name| self.member(name).and_then(|raw| serde_json::from_str::<Str<'a>>(raw.get()).ok());
        match text_of("resourceType").as_deref() {
            Some("Bundle") => Ok(Document::Record(self.bundle())),
            Some(_) => Ok(Document::Record(Record::single(serde_json::from_str(text).ok()))),
            None if self.member("hook").is_some() || self.prefetch.is_some() => {
                HookRequest::read(self.members, self.prefetch).map(Document::Request).map_err(NotRead::TooDeep)
            }
            None => Err(NotRead::Unknown),
        }
    }

    fn member(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(key, _)| key.as_str() == name).map(|(_, raw)| *raw)
    }
}

/// Why an object is no document.
pub(super) enum NotRead<'a> {
    /// It nests too deeply; what is left of it there.
    TooDeep(&'a str),
    /// It is neither a resource nor a request.
    Unknown,
}

impl<'de: 'a, 'a> Deserialize<'de> for Root<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Root<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Root<'de>, A::Error> {
                let mut root = Root::default();
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    match key.as_str() {
                        "entry" => root.entries.extend(map.next_value::<Entries<'de>>()?.0),
                        "prefetch" => root.prefetch = Some(map.next_value()?),
                        _ => root.members.push((key, map.next_value()?)),
                    }
                }
                Ok(root)
            }
        }

        deserializer.deserialize_map(Object)
    }
}
