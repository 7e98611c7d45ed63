//! The outermost object: found out what it is in one pass, whatever the order of its members.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::bundle::{Entries, Entry, has_next};
use super::request::HookRequest;
use super::{Document, InputError, Record, depth};
use crate::json::Str;

/// The members of the outermost object. `entry` is split into resources on the way; the rest is
/// kept as it stands.
#[derive(Debug, Default)]
pub(super) struct Root<'a> {
    entries: Vec<Entry<'a>>,
    members: Vec<(Str<'a>, &'a RawValue)>,
}

impl<'a> Root<'a> {
    /// Where it nests too deeply.
    pub(super) fn too_deep(&self, text: &str) -> Option<usize> {
        let resources = self.entries.iter().filter_map(|entry| entry.resource);
        resources.chain(self.members.iter().map(|(_, raw)| *raw)).find_map(|raw| {
            let at = depth::too_deep(raw.get())?;
            Some(raw.get().as_ptr() as usize - text.as_ptr() as usize + at)
        })
    }

    /// The document it is.
    pub(super) fn document(self, text: &'a str) -> Result<Document<'a>, InputError> {
        let text_of = |name| self.member(name).and_then(|raw| serde_json::from_str::<Str<'a>>(raw.get()).ok());
        match text_of("resourceType").as_deref() {
            Some("Bundle") => {
                let has_next = self.member("link").is_some_and(has_next);
                Ok(Document::Record(Record { entries: self.entries, is_bundle: true, has_next }))
            }
            Some(_) => Ok(Document::Record(Record::single(serde_json::from_str(text).ok()))),
            None if self.member("hook").is_some() || self.member("prefetch").is_some() => {
                Ok(Document::Request(HookRequest::read(&self.members)))
            }
            None => Err(InputError::at(0, "neither a FHIR resource (no `resourceType`) nor a CDS Hooks request (no `hook`)")
                .help("give a FHIR Bundle, a resource, or a CDS Hooks request")),
        }
    }

    fn member(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(key, _)| key.as_str() == name).map(|(_, raw)| *raw)
    }
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
                    if key.as_str() == "entry" {
                        root.entries.extend(map.next_value::<Entries<'de>>()?.0);
                    } else {
                        root.members.push((key, map.next_value()?));
                    }
                }
                Ok(root)
            }
        }

        deserializer.deserialize_map(Object)
    }
}
