//! Entries of a Bundle.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{IfObject, Str};

/// An entry of a Bundle.
#[derive(Clone, Debug, Default)]
pub struct Entry<'a> {
    /// Where its resource lives, or a `urn:uuid:` that others refer to it by.
    pub full_url: Option<Str<'a>>,
    /// The resource as it stands.
    pub resource: Option<&'a RawValue>,
}

/// The entries of a Bundle in order. An entry that is no object is an entry without a resource.
#[derive(Debug, Default)]
pub(super) struct Entries<'a>(pub(super) Vec<Entry<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of entries")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }

            fn visit_unit<E>(self) -> Result<Entries<'de>, E> {
                Ok(Entries::default())
            }
        }

        deserializer.deserialize_any(List)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entry<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Entry<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry<'de>, A::Error> {
                let mut entry = Entry::default();
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    match key.as_str() {
                        "fullUrl" => {
                            let raw: &'de RawValue = map.next_value()?;
                            entry.full_url = serde_json::from_str(raw.get()).ok();
                        }
                        "resource" => entry.resource = Some(map.next_value()?),
                        _ => {
                            super::depth::check(map.next_value()?)?;
                        }
                    }
                }
                Ok(entry)
            }
        }

        deserializer.deserialize_any(IfObject(Members))
    }
}

/// Whether a Bundle's `link` names a next page.
pub(super) fn has_next(link: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Link<'a> {
        #[serde(borrow, default)]
        relation: Option<Str<'a>>,
    }
    serde_json::from_str::<Vec<Link<'_>>>(link.get())
        .is_ok_and(|links| links.iter().any(|link| link.relation.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("next"))))
}
