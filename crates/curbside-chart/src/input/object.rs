//! An object that may be a Bundle, taken apart in one pass.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::bundle::{Entries, Entry, has_next};
use super::{Record, depth};
use crate::json::{self, IfObject, Str};

/// The members of an object. `entry` is split into resources on the way; the rest is kept as it stands.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) members: Vec<(Str<'a>, &'a RawValue)>,
    entries: Option<Vec<Entry<'a>>>,
}

/// A value that may be such an object.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// `null`
    Null,
    /// An object.
    Object(Object<'a>),
    /// Anything else.
    Other,
}

impl<'a> Object<'a> {
    /// Takes a member's value.
    pub(super) fn add<'de: 'a, A: MapAccess<'de>>(&mut self, key: Str<'a>, map: &mut A) -> Result<(), A::Error> {
        match key.as_str() {
            "entry" => self.entries.get_or_insert_default().extend(map.next_value::<Entries<'de>>()?.0),
            _ => self.members.push((key, map.next_value()?)),
        }
        Ok(())
    }

    /// The member of this name.
    pub(super) fn member(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(key, _)| key.as_str() == name).map(|(_, raw)| *raw)
    }

    /// The type of the resource that it is.
    pub(super) fn kind(&self) -> Option<Str<'a>> {
        self.member("resourceType").and_then(|raw| json::from_str(raw.get()).ok())
    }

    /// What is left of the text where it nests too deeply.
    pub(super) fn too_deep(&self) -> Option<&'a str> {
        let resources = self.entries.iter().flatten().filter_map(|entry| entry.resource);
        resources.chain(self.members.iter().map(|(_, raw)| *raw)).find_map(depth::too_deep)
    }

    /// The Bundle that it is.
    pub(super) fn bundle(self) -> Record<'a> {
        let bundle_type: Option<Str<'a>> = self.member("type").and_then(|raw| json::from_str(raw.get()).ok());
        let total: Option<u64> = self.member("total").and_then(|raw| json::from_str(raw.get()).ok());
        let found = self.entries.as_ref().map_or(0, Vec::len);
        // A search counts all that it found.
        let lacks_some = bundle_type.as_deref() == Some("searchset")
            && total.is_some_and(|total| usize::try_from(total).is_ok_and(|total| total > found));
        let has_next = self.member("link").is_some_and(has_next) || lacks_some;
        Record { entries: self.entries.unwrap_or_default(), is_bundle: true, has_next, bundle_type, has_failed: false }
    }

    /// All of it as it stands in `text`, which it is a part of. `None` where the members do not tell where it begins
    /// or ends.
    pub(super) fn raw(&self, text: &'a str) -> Option<&'a RawValue> {
        let ((first, _), (_, last)) = (self.members.first()?, self.members.last()?);
        if self.entries.is_some() {
            return None;
        }
        let offset = |part: &str| (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
        let before = text.get(..offset(first.borrowed()?)?)?.strip_suffix('"')?.trim_end().strip_suffix('{')?;
        let behind = text.get(offset(last.get())? + last.get().len()..)?.trim_start().strip_prefix('}')?;
        json::from_str(text.get(before.len()..text.len() - behind.len())?).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachMember).map(Option::unwrap_or_default)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NotNull<'a>(Option<Object<'a>>);

        impl<'de: 'a, 'a> Deserialize<'de> for NotNull<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(IfObject(EachMember)).map(Self)
            }
        }

        Ok(match Option::<NotNull<'a>>::deserialize(deserializer)? {
            None => Self::Null,
            Some(NotNull(Some(object))) => Self::Object(object),
            Some(NotNull(None)) => Self::Other,
        })
    }
}

struct EachMember;

impl<'de> Visitor<'de> for EachMember {
    type Value = Option<Object<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Object::default();
        while let Some(key) = map.next_key()? {
            object.add(key, &mut map)?;
        }
        Ok(Some(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_found_again_in_the_text_around_it() {
        for (text, expected) in [
            (r#"[ { "a" : {"x": [1]} , "b" : "}" } ]"#, Some(r#"{ "a" : {"x": [1]} , "b" : "}" }"#)),
            (r#"[{"a":1}]"#, Some(r#"{"a":1}"#)),
            // Where the members do not tell where it begins or ends.
            (r#"[{"\u0061":1}]"#, None),
            (r#"[{"a":1,"entry":[]}]"#, None),
            ("[{}]", None),
        ] {
            let values: Vec<Value<'_>> = json::from_str(text).unwrap();
            let [Value::Object(object)] = &values[..] else { panic!("{text}") };
            assert_eq!(object.raw(text).map(RawValue::get), expected, "{text}");
        }
    }
}
