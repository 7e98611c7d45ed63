//! Finding what a reference points at, without leaving the record.

use hashbrown::HashMap;

use super::{Json, Record};

/// The resources of a record by what references call them: `Type/id` and `fullUrl`.
#[derive(Debug, Default)]
pub(crate) struct References(HashMap<String, u32>);

impl References {
    pub(crate) fn of(record: &Record<'_>) -> Self {
        let mut found = HashMap::new();
        for (at, entry) in (0_u32..).zip(&record.entries) {
            let Some(resource) = entry.resource else { continue };
            if let Some(id) = record.text_member(at, "id") {
                // A contained resource is found by `#id` from within its own resource alone.
                if !is_contained(record, at) {
                    found.entry(format!("{}/{id}", resource.name())).or_insert(at);
                }
            }
            let is_entry = record.entry(entry.parent).is_some_and(|parent| parent.resource.is_none() && parent.json == Json::Object);
            if let (true, Some(url)) = (is_entry, record.text_member(entry.parent, "fullUrl")) {
                found.entry(url.into_owned()).or_insert(at);
            }
        }
        Self(found)
    }

    /// The entry of the resource that `reference`, written at `from`, points at.
    pub(crate) fn find(&self, record: &Record<'_>, from: u32, reference: &str) -> Option<u32> {
        if let Some(id) = reference.strip_prefix('#') {
            return contained(record, from, id);
        }
        let bare = reference.split_once("/_history/").map_or(reference, |(bare, _)| bare);
        if let Some(at) = self.0.get(bare) {
            return Some(*at);
        }
        if bare.contains(':') {
            // An absolute address may be another name of what the record holds as `Type/id`, if nothing there says otherwise.
            return None;
        }
        // A relative reference is relative to the address of the entry it stands in.
        let base = full_url(record, from)?;
        let server = base.rsplitn(3, '/').nth(2)?;
        self.0.get(&format!("{server}/{bare}")).copied()
    }
}

fn is_contained(record: &Record<'_>, at: u32) -> bool {
    let list = record.entry(at).map_or(0, |entry| entry.parent);
    at != 0 && record.entry(list).is_some_and(|entry| entry.json == Json::List && record.key_text(entry.key) == "contained")
}

/// `#id` among the contained resources of the resource `from` is part of; `#` alone is that resource.
fn contained(record: &Record<'_>, from: u32, id: &str) -> Option<u32> {
    let container = record.resource_of(from);
    if id.is_empty() {
        return Some(container);
    }
    let list = record.member(container, record.find_key("contained")?)?;
    record.children(list).map(|(at, _)| at).find(|at| record.text_member(*at, "id").is_some_and(|found| found == id))
}

fn full_url(record: &Record<'_>, from: u32) -> Option<String> {
    let resource = record.resource_of(from);
    let entry = record.entry(resource)?.parent;
    record.text_member(entry, "fullUrl").map(std::borrow::Cow::into_owned)
}
