//! The resources of a bundle by their types: most expressions begin with one of them.

use super::{Json, Record};
use crate::model::{TypeId, r4};

impl Record<'_> {
    /// Type and place of the resource of each entry; `None` where the document is not a bundle that is as it should be.
    pub(super) fn index(&self) -> Option<Vec<(TypeId, u32)>> {
        if r4().type_named("Bundle") != Some(self.root_type) {
            return None;
        }
        let (entries, resource) = (self.find_key("entry")?, self.find_key("resource")?);
        let mut lists = self.children(0).filter(|(_, entry)| entry.key == entries);
        let (Some((list, entry)), None) = (lists.next(), lists.next()) else { return None };
        if entry.json != Json::List {
            return None;
        }
        let mut found = Vec::new();
        for (item, entry) in self.children(list) {
            if entry.json != Json::Object {
                return None;
            }
            // An entry may have no resource: a deletion has none.
            let mut held = self.children(item).filter(|(_, entry)| entry.key == resource);
            match (held.next(), held.next()) {
                (Some((at, entry)), None) => found.push((entry.resource?, at)),
                (None, _) => {}
                _ => return None,
            }
        }
        Some(found)
    }

    /// The places of the bundle's resources of a type; `None` where they are not indexed.
    pub(crate) fn bundled(&self, wanted: TypeId) -> Option<impl Iterator<Item = u32>> {
        let list = self.bundled.as_ref()?;
        Some(list.iter().filter(move |(found, _)| *found == wanted).map(|(_, at)| *at))
    }
}
