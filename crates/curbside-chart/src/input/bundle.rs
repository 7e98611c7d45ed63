//! Entries of a Bundle.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::json::{self, IfObject, Str};

/// An entry of a Bundle.
#[derive(Clone, Debug, Default)]
pub struct Entry<'a> {
    /// Where its resource lives, or a `urn:uuid:` that others refer to it by.
    pub full_url: Option<Str<'a>>,
    /// The resource as it stands.
    pub resource: Option<&'a RawValue>,
    /// What was asked of a server, and what it answered. Few entries have it, so the others are no larger for it.
    pub exchange: Option<Box<Exchange<'a>>>,
}

/// What was asked of a server, and what it answered (transaction, batch, history).
#[derive(Clone, Copy, Debug, Default)]
pub struct Exchange<'a> {
    /// The request, as it stands.
    pub request: Option<&'a RawValue>,
    /// The response, as it stands.
    pub response: Option<&'a RawValue>,
}

/// Why an entry has no resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bare<'a> {
    /// It tells that a resource, `Type/id`, was deleted.
    Deleted(Str<'a>),
    /// It asks for something, or tells that something was done.
    Nothing,
    /// It tells that something could not be had.
    Failed,
    /// It is nothing that an entry can be.
    Unreadable,
}

impl<'a> Entry<'a> {
    /// What it tells where it has no resource.
    pub(crate) fn bare(&self) -> Bare<'a> {
        #[derive(Deserialize)]
        struct Request<'a> {
            #[serde(borrow)]
            method: Str<'a>,
            #[serde(borrow, default)]
            url: Option<Str<'a>>,
        }
        #[derive(Deserialize)]
        struct Response<'a> {
            #[serde(borrow)]
            status: Str<'a>,
        }
        let Exchange { request, response } = self.exchange.as_deref().copied().unwrap_or_default();
        let request = request.map(|raw| json::from_str::<Request<'a>>(raw.get()));
        let response = response.map(|raw| json::from_str::<Response<'a>>(raw.get()));
        match (request, response) {
            (Some(Ok(request)), _) => match request.method.as_str() {
                "DELETE" => request.url.or_else(|| self.full_url.clone()).map_or(Bare::Unreadable, Bare::Deleted),
                "GET" | "HEAD" => Bare::Nothing,
                // Something was written, and it is not here.
                _ => Bare::Unreadable,
            },
            (None, Some(Ok(response))) if response.status.starts_with('2') => Bare::Nothing,
            (None, Some(Ok(_))) => Bare::Failed,
            _ => Bare::Unreadable,
        }
    }
}

/// When a server's response says that its resource was last changed, as written.
pub(crate) fn last_modified(response: &RawValue) -> Option<Str<'_>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Response<'a> {
        #[serde(borrow)]
        last_modified: Str<'a>,
    }
    json::from_str::<Response<'_>>(response.get()).ok().map(|response| response.last_modified)
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
                let mut is_double = false;
                while let Some(key) = map.next_key::<Str<'de>>()? {
                    match key.as_str() {
                        "fullUrl" => {
                            let raw: &'de RawValue = map.next_value()?;
                            entry.full_url = json::from_str(raw.get()).ok();
                        }
                        "resource" if entry.resource.is_none() => entry.resource = Some(map.next_value()?),
                        // Which of two it is cannot be told.
                        "resource" => {
                            super::depth::check(map.next_value()?)?;
                            is_double = true;
                        }
                        name => {
                            let raw: &'de RawValue = map.next_value()?;
                            super::depth::check(raw)?;
                            match name {
                                "request" => entry.exchange.get_or_insert_default().request = Some(raw),
                                "response" => entry.exchange.get_or_insert_default().response = Some(raw),
                                _ => {}
                            }
                        }
                    }
                }
                Ok(if is_double { Entry::default() } else { entry })
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
    json::from_str::<Vec<Link<'_>>>(link.get())
        .is_ok_and(|links| links.iter().any(|link| link.relation.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("next"))))
}
