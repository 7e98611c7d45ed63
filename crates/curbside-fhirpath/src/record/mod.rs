//! A record as an index over its own bytes.
//!
//! Reading makes one small entry for each JSON value, in the order of the text, and copies nothing: strings and
//! numbers stay where they are, as they were written.

mod bundled;
mod path;
pub(crate) mod reference;
mod scan;

pub(crate) use scan::unescape;

use std::borrow::Cow;
use std::fmt;

use hashbrown::HashMap;

use crate::model::{NameId, TypeId, r4};

/// Set in a key of the record: the text began with `_`.
const COMPANION: u32 = 1 << 31;
/// Keys from here on are not in the model; the rest is their place in [`Record::others`].
const OTHER: u32 = 1 << 16;
/// The key of a list's items and of the root.
const NO_KEY: u32 = OTHER - 1;

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    True,
    False,
    Number,
    String,
    /// A string with escapes in it.
    Escaped,
    List,
    Object,
}

/// One JSON value. Its children follow it; `next` is the entry behind the last of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    /// As written; of a string what stands between the quotes.
    pub(crate) text: &'a str,
    pub(crate) parent: u32,
    pub(crate) next: u32,
    pub(crate) key: u32,
    /// The type an object's `resourceType` names.
    pub(crate) resource: Option<TypeId>,
    pub(crate) json: Json,
}

/// A JSON document that expressions run over. It borrows the text it was read from.
#[derive(Debug)]
pub struct Record<'a> {
    pub(crate) entries: Vec<Entry<'a>>,
    /// Keys the model does not know.
    others: Vec<Cow<'a, str>>,
    other_ids: HashMap<Cow<'a, str>, u32>,
    root_type: TypeId,
    /// Of a bundle: type and place of each entry's resource.
    bundled: Option<Vec<(TypeId, u32)>>,
}

/// The text is no JSON document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// What is wrong; says nothing of what stands in the record.
    pub message: &'static str,
    /// The byte at which it shows.
    pub offset: usize,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.message, self.offset)
    }
}

impl std::error::Error for RecordError {}

impl<'a> Record<'a> {
    /// Reads a document: a resource, a bundle, or any other JSON.
    ///
    /// # Errors
    ///
    /// [`RecordError`] where it is not JSON, or nested more than 128 levels deep.
    pub fn parse(text: &'a str) -> Result<Self, RecordError> {
        let mut record = Self::empty();
        scan::scan(text, 0, NO_KEY, &mut record)?;
        record.root_type = record.entries.first().and_then(|root| root.resource).unwrap_or(TypeId::ANY);
        record.bundled = record.index();
        Ok(record)
    }

    /// Makes one document of many: a `Bundle` of type `collection` whose entries hold the given resources.
    ///
    /// # Errors
    ///
    /// [`RecordError`] for the first resource that is not JSON.
    pub fn bundle<'r>(resources: impl IntoIterator<Item = &'r str>) -> Result<Self, RecordError>
    where
        'r: 'a,
    {
        let mut record = Self::empty();
        let bundle = r4().type_named("Bundle").unwrap_or(TypeId::ANY);
        record.open(Json::Object, 0, NO_KEY, Some(bundle));
        let (entry, resource) = (record.key("entry"), record.key("resource"));
        let list = record.open(Json::List, 0, entry, None);
        for text in resources {
            let item = record.open(Json::Object, list, NO_KEY, None);
            scan::scan(text, item, resource, &mut record)?;
            record.close(item);
        }
        record.close(list);
        record.close(0);
        record.root_type = bundle;
        record.bundled = record.index();
        Ok(record)
    }

    fn empty() -> Self {
        Self { entries: Vec::new(), others: Vec::new(), other_ids: HashMap::new(), root_type: TypeId::ANY, bundled: None }
    }

    fn open(&mut self, json: Json, parent: u32, key: u32, resource: Option<TypeId>) -> u32 {
        let at = self.length();
        self.entries.push(Entry { text: "", parent, next: 0, key, resource, json });
        at
    }

    fn close(&mut self, at: u32) {
        let next = self.length();
        if let Some(entry) = self.entries.get_mut(at as usize) {
            entry.next = next;
        }
    }

    fn length(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// The resource type of the document, where it is one.
    #[must_use]
    pub fn resource_type(&self) -> Option<&'static str> {
        (self.root_type != TypeId::ANY).then(|| self.root_type.name())
    }

    pub(crate) fn root_type(&self) -> TypeId {
        self.root_type
    }

    pub(crate) fn entry(&self, at: u32) -> Option<&Entry<'a>> {
        self.entries.get(at as usize)
    }

    /// The children of a list or an object.
    pub(crate) fn children(&self, at: u32) -> Children<'_, 'a> {
        let end = self.entry(at).filter(|entry| matches!(entry.json, Json::List | Json::Object)).map_or(0, |entry| entry.next);
        Children { entries: &self.entries, at: at.saturating_add(1), end }
    }

    /// The member of an object under a key.
    pub(crate) fn member(&self, object: u32, key: u32) -> Option<u32> {
        let is_object = self.entry(object).is_some_and(|entry| entry.json == Json::Object);
        if is_object { self.children(object).find(|(_, entry)| entry.key == key).map(|(at, _)| at) } else { None }
    }

    /// A member that is a string, under a name of the model.
    pub(crate) fn text_member(&self, object: u32, name: &str) -> Option<Cow<'a, str>> {
        let key = self.find_key(name)?;
        self.member(object, key).and_then(|at| self.entry(at)).and_then(string)
    }

    /// The key a name has in this record; `None` where nothing has that name.
    pub(crate) fn find_key(&self, name: &str) -> Option<u32> {
        match r4().name(name) {
            Some(NameId(id)) => Some(u32::from(id)),
            None => self.other_ids.get(name).copied(),
        }
    }

    /// The key of a name, made where it is new.
    fn key(&mut self, name: impl Into<Cow<'a, str>>) -> u32 {
        let name = name.into();
        let (bare, companion) = name.strip_prefix('_').map_or((&*name, 0), |bare| (bare, COMPANION));
        if let Some(NameId(id)) = r4().name(bare) {
            return u32::from(id) | companion;
        }
        if let Some(id) = self.other_ids.get(&*name) {
            return *id;
        }
        let id = OTHER + u32::try_from(self.others.len()).unwrap_or(0);
        self.others.push(name.clone());
        self.other_ids.insert(name, id);
        id
    }

    /// The name behind a key, without the mark of a companion.
    pub(crate) fn key_text(&self, key: u32) -> &str {
        let bare = key & !COMPANION;
        match bare.checked_sub(OTHER) {
            Some(other) => self.others.get(other as usize).map_or("", |text| text),
            None => u16::try_from(bare).map_or("", |id| r4().name_text(NameId(id))),
        }
    }
}

/// The key of `_name` that goes with `name`.
pub(crate) const fn companion(key: u32) -> u32 {
    key | COMPANION
}

/// The key without the mark of a companion, and whether it had one.
pub(crate) const fn bare(key: u32) -> (u32, bool) {
    (key & !COMPANION, key & COMPANION != 0)
}

/// The text of a string.
pub(crate) fn string<'a>(entry: &Entry<'a>) -> Option<Cow<'a, str>> {
    match entry.json {
        Json::String => Some(Cow::Borrowed(entry.text)),
        Json::Escaped => Some(Cow::Owned(scan::unescape(entry.text))),
        _ => None,
    }
}

/// Children of an entry, with their places.
pub(crate) struct Children<'r, 'a> {
    entries: &'r [Entry<'a>],
    at: u32,
    end: u32,
}

impl<'r, 'a> Iterator for Children<'r, 'a> {
    type Item = (u32, &'r Entry<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.end {
            return None;
        }
        let at = self.at;
        let entry = self.entries.get(at as usize)?;
        self.at = entry.next;
        Some((at, entry))
    }
}
