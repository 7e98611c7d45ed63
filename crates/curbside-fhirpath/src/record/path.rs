//! Where an entry stands in its record.

use std::fmt::Write as _;

use super::{Json, NO_KEY, Record, bare};
use crate::model::{NameId, TypeId, r4};

impl Record<'_> {
    /// The path of an entry as FHIRPath writes it: `Bundle.entry[3].resource.value`. Items of lists have their index.
    pub(crate) fn path(&self, at: u32) -> String {
        let mut chain = Vec::new();
        let mut current = at;
        while current != 0 {
            chain.push(current);
            let Some(entry) = self.entry(current) else { break };
            current = entry.parent;
        }
        let mut path = self.resource_type().unwrap_or("$this").to_owned();
        let mut ty = self.root_type();
        for at in chain.into_iter().rev() {
            let Some(entry) = self.entry(at) else { continue };
            if entry.key == NO_KEY {
                let _ = write!(path, "[{}]", self.index_in_list(at));
            } else {
                let named = u16::try_from(bare(entry.key).0).ok().and_then(|id| r4().under_key(ty, NameId(id)));
                let name = named.map_or_else(|| self.key_text(entry.key), |(name, _)| r4().name_text(name));
                let _ = write!(path, ".{name}");
                ty = named.map_or(TypeId::ANY, |(_, holds)| holds);
            }
            ty = entry.resource.unwrap_or(ty);
        }
        path
    }

    /// The element a key stands for: `value` for `valueQuantity`.
    pub(crate) fn element_name(&self, key: u32) -> &str {
        let choice = u16::try_from(bare(key).0).ok().and_then(|id| r4().choice_of(NameId(id)));
        choice.map_or_else(|| self.key_text(key), |name| r4().name_text(name))
    }

    /// The place of an item in its list.
    pub(crate) fn index_in_list(&self, at: u32) -> usize {
        let parent = self.entry(at).map_or(0, |entry| entry.parent);
        self.children(parent).position(|(child, _)| child == at).unwrap_or(0)
    }

    /// The entry of the nearest resource an entry is or is part of, contained or not.
    pub(crate) fn nearest_resource(&self, at: u32) -> u32 {
        let mut current = at;
        loop {
            match self.entry(current) {
                Some(entry) if entry.resource.is_none() && current != 0 => current = entry.parent,
                _ => return current,
            }
        }
    }

    /// The entry of the resource that an entry is, or is part of; contained resources count as part of theirs.
    pub(crate) fn resource_of(&self, at: u32) -> u32 {
        let (mut found, mut current) = (at, at);
        loop {
            let Some(entry) = self.entry(current) else { return found };
            if entry.resource.is_some() {
                found = current;
                let held_in_entry = self.entry(entry.parent).is_some_and(|parent| parent.json == Json::Object && parent.key == NO_KEY);
                if current == 0 || held_in_entry {
                    return found;
                }
            }
            if current == 0 {
                return found;
            }
            current = entry.parent;
        }
    }
}
