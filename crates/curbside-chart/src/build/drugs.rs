//! Which records say the same of their drug: found out while what they say is at hand.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::Builder;
use crate::chart::{Kind, Shelved};
use crate::resource::DrugSaid;

/// The numbers of what records say of their drugs.
#[derive(Default)]
pub(super) struct Drugs<'a> {
    /// By type, and what most others do not say: the number, and the first record that has it.
    known: HashMap<(Kind, Key<'a>), (u32, u32)>,
    /// The number that is given next.
    next: u32,
}

type Key<'a> = (&'a str, &'a str);

/// The address, and the first code or the words; `None` where that means something in its own record only.
fn key<'a>(DrugSaid { concept, reference }: DrugSaid<'_, 'a>) -> Option<Key<'a>> {
    let address = match reference.and_then(|reference| reference.reference.as_ref()) {
        Some(address) => address.borrowed().filter(|address| !address.starts_with('#'))?,
        None => "",
    };
    let coding = concept.and_then(|concept| concept.coding.iter().next());
    let words = match coding.and_then(|coding| coding.code.as_ref()).or_else(|| concept?.text.as_ref()) {
        Some(words) => words.borrowed()?,
        None => "",
    };
    Some((address, words))
}

impl<'a> Builder<'a, '_> {
    /// Numbers what the record at this place says of its drug. `replaced` is what stood there before.
    pub(super) fn number_drug<T: Shelved<'a>>(&mut self, kind: Kind, at: u32, replaced: Option<&T>) {
        let shelf = T::shelf(&mut self.chart).as_slice();
        let said = |at: u32| shelf.get(at as usize).and_then(|held| held.data.drug());
        let Some(drug) = said(at) else { return };
        let Drugs { known, next } = &mut self.drugs;
        // Nobody can be compared with what is gone.
        if let Some(old) = replaced.and_then(|old| key(old.drug()?))
            && known.get(&(kind, old)).is_some_and(|(_, first)| *first == at)
        {
            known.remove(&(kind, old));
        }
        let number = match key(drug).map(|key| known.entry((kind, key))) {
            Some(Entry::Occupied(first)) if said(first.get().1) == Some(drug) => first.get().0,
            entry => {
                let number = *next;
                *next += 1;
                if let Some(Entry::Vacant(place)) = entry {
                    place.insert((number, at));
                }
                number
            }
        };
        let numbers = self.chart.drugs.entry(kind).or_default();
        match numbers.get_mut(at as usize) {
            Some(known) => *known = number,
            None => numbers.push(number),
        }
    }
}
