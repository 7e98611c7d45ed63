//! Everything a pack knows of codes, ready for look-ups.

mod read;

use std::collections::{BTreeMap, BTreeSet};

use curbside_source::Span;

use crate::drugs::{Drug, DrugIndex, DrugSetId, Drugs};
use crate::instrument::Instrument;
use crate::sign_off::Pending;
use crate::system::{Aliases, SystemId, Systems, normal};
use crate::table::CodeTable;
use crate::value_set::Member;

/// A value set of a [`Vocabulary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueSetId(u16);

impl ValueSetId {
    /// Its place among the value sets.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What a name in a rule refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetId {
    /// A value set.
    Values(ValueSetId),
    /// A drug set.
    Drugs(DrugSetId),
}

/// Value sets, drug sets and instruments of a pack.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    systems: Systems,
    names: BTreeMap<String, SetId>,
    value_sets: Vec<ValueSetInfo>,
    /// The value sets a code is in; the flag says whether a branch counts its own root.
    codes: CodeTable<(ValueSetId, bool)>,
    drugs: DrugIndex,
    instruments: BTreeMap<String, Instrument>,
    pending: BTreeMap<String, Vec<Pending>>,
    /// Where each set and instrument is named.
    places: Vec<(String, Span)>,
}

/// What is known of a value set besides its codes.
#[derive(Clone, Debug)]
struct ValueSetInfo {
    name: String,
    title: Option<String>,
    members: Vec<Member>,
    excluded: Vec<Member>,
    /// Sets it is made of, besides its own codes.
    includes: Vec<ValueSetId>,
    /// Sets that are made of it.
    included_by: Vec<ValueSetId>,
}

impl Vocabulary {
    /// Lets a site's local code systems count as the ones they stand for.
    ///
    /// # Errors
    ///
    /// A sentence where an alias names no code system.
    pub fn alias(&mut self, aliases: &Aliases) -> Result<(), String> {
        for (local, system) in aliases {
            let uri = Systems::uri_of(system).ok_or_else(|| format!("unknown code system `{system}`"))?;
            self.systems.alias(local, uri);
        }
        Ok(())
    }

    /// The set of this name.
    #[must_use]
    pub fn set(&self, name: &str) -> Option<SetId> {
        self.names.get(name).copied()
    }

    /// Every set and instrument, and where it is named.
    pub fn places(&self) -> impl Iterator<Item = (&str, Span)> {
        self.places.iter().map(|(name, span)| (name.as_str(), *span))
    }

    /// The sets that a set is made of or needs: those it includes, the routes of its drugs.
    #[must_use]
    pub fn rests_on(&self, name: &str) -> Vec<&str> {
        match self.set(name) {
            Some(SetId::Values(id)) => {
                let included = self.value_sets.get(id.index()).into_iter().flat_map(|set| &set.includes);
                included.filter_map(|id| Some(self.value_sets.get(id.index())?.name.as_str())).collect()
            }
            Some(SetId::Drugs(id)) => {
                let drugs = self.drugs(id).into_iter().flat_map(|set| &set.ingredients);
                drugs.filter_map(|drug| drug.only_by.as_deref()).collect()
            }
            None => Vec::new(),
        }
    }

    /// The value set of this name.
    #[must_use]
    pub fn value_set(&self, name: &str) -> Option<ValueSetId> {
        match self.set(name)? {
            SetId::Values(id) => Some(id),
            SetId::Drugs(_) => None,
        }
    }

    /// The names of all sets.
    pub fn set_names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// How people call a set: its title, else its name.
    #[must_use]
    pub fn title(&self, id: SetId) -> &str {
        match id {
            SetId::Values(id) => self.value_sets.get(id.index()).map_or("", |set| set.title.as_deref().unwrap_or(&set.name)),
            SetId::Drugs(id) => self.drugs.sets.get(usize::from(id.0)).map_or("", |set| set.title.as_deref().unwrap_or(&set.name)),
        }
    }

    /// The instrument of this name.
    #[must_use]
    pub fn instrument(&self, name: &str) -> Option<&Instrument> {
        self.instruments.get(name)
    }

    /// All instruments.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.values()
    }

    /// A drug set.
    #[must_use]
    pub fn drugs(&self, id: DrugSetId) -> Option<&Drugs> {
        self.drugs.sets.get(usize::from(id.0))
    }

    /// All drug sets.
    pub fn drug_sets(&self) -> impl Iterator<Item = &Drugs> {
        self.drugs.sets.iter()
    }

    /// Calls `visit` with every value set a code is in.
    pub fn value_sets_of(&self, system: &str, code: &str, visit: &mut dyn FnMut(ValueSetId)) {
        if let Some(id) = self.systems.find(system) {
            self.value_sets_in(id, code, visit);
        }
    }

    /// Calls `visit` with every value set that a code is in if it is of some system: of which one, the record does not say.
    pub fn value_sets_of_any(&self, code: &str, visit: &mut dyn FnMut(ValueSetId)) {
        self.systems.ids().for_each(|id| self.value_sets_in(id, code, visit));
    }

    fn value_sets_in(&self, id: SystemId, code: &str, visit: &mut dyn FnMut(ValueSetId)) {
        let mut seen: Vec<ValueSetId> = Vec::new();
        self.codes.visit(&self.systems, id, code, &mut |(set, itself), own_entry| {
            if *itself || !own_entry {
                self.enter(*set, id, code, &mut seen, visit);
            }
        });
    }

    /// A code is in a set, unless it is excluded there, and in every set that is made of it.
    fn enter(&self, set: ValueSetId, system: SystemId, code: &str, seen: &mut Vec<ValueSetId>, visit: &mut dyn FnMut(ValueSetId)) {
        if seen.contains(&set) || self.is_excluded(set, system, code) {
            return;
        }
        seen.push(set);
        visit(set);
        for outer in self.value_sets.get(set.index()).into_iter().flat_map(|set| &set.included_by) {
            self.enter(*outer, system, code, seen, visit);
        }
    }

    fn is_excluded(&self, set: ValueSetId, system: SystemId, code: &str) -> bool {
        let excluded = self.value_sets.get(set.index()).map_or(&[][..], |set| &set.excluded);
        if excluded.is_empty() {
            return false;
        }
        let by_prefix = self.systems.is_by_prefix(system);
        let code = normal(code, by_prefix);
        excluded.iter().filter(|member| self.systems.find(&member.system) == Some(system)).any(|member| {
            let above = normal(&member.code, by_prefix);
            code == above && member.itself || member.below && code.len() > above.len() && code.starts_with(&*above)
        })
    }

    /// Whether a system is known here, so that a code of it means something.
    #[must_use]
    pub fn knows_system(&self, uri: &str) -> bool {
        self.systems.find(uri).is_some()
    }

    /// The drugs that a code stands for.
    #[must_use]
    pub fn drugs_of(&self, system: &str, code: &str) -> Vec<Drug> {
        match self.systems.find(system) {
            Some(id) => self.drugs.of_code(&self.systems, id, code),
            None => Vec::new(),
        }
    }

    /// The drugs that a code stands for if it is of some system: of which one, the record does not say.
    #[must_use]
    pub fn drugs_of_any(&self, code: &str) -> Vec<Drug> {
        self.systems.ids().flat_map(|id| self.drugs.of_code(&self.systems, id, code)).collect()
    }

    /// The drugs whose names stand in a text as words of their own.
    #[must_use]
    pub fn drugs_named_in(&self, text: &str) -> Vec<Drug> {
        self.drugs.named_in(text)
    }

    /// Of the ingredients of one product, those of a set that count: a combination replaces its
    /// parts. `codes` are all codes of the product's ingredients.
    #[must_use]
    pub fn combined(&self, set: DrugSetId, drugs: &[Drug], codes: &[(&str, &str)]) -> Vec<Drug> {
        let known: Vec<(SystemId, String)> =
            codes.iter().filter_map(|(system, code)| Some((self.systems.find(system)?, (*code).to_owned()))).collect();
        self.drugs.combined(set, drugs, &known)
    }

    /// Of a combination the parts that are ingredients of the set.
    #[must_use]
    pub fn parts(&self, drug: Drug) -> Vec<u16> {
        self.drugs.parts(drug)
    }

    /// All codes of a value set without hierarchy, for looking whether a record carries one;
    /// `None` where the set has branches, whose codes cannot be listed.
    #[must_use]
    pub fn listed_codes(&self, id: ValueSetId) -> Option<Vec<&str>> {
        let (mut codes, mut open, mut seen) = (Vec::new(), vec![id], BTreeSet::new());
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let set = self.value_sets.get(id.index())?;
            for member in &set.members {
                let system = self.systems.find(&member.system)?;
                if member.below || self.systems.is_by_prefix(system) {
                    return None;
                }
                codes.push(member.code.as_str());
            }
            open.extend(&set.includes);
        }
        Some(codes)
    }

    /// What a value set, or one it includes, calls a code: its own display, else that of the nearest
    /// branch it lies in.
    #[must_use]
    pub fn display(&self, set: ValueSetId, system: &str, code: &str) -> Option<&str> {
        let (mut open, mut seen) = (vec![set], Vec::new());
        let mut best: Option<(usize, &str)> = None;
        while let Some(id) = open.pop() {
            if seen.contains(&id) {
                continue;
            }
            seen.push(id);
            let set = self.value_sets.get(id.index())?;
            let is_it = |member: &&Member| member.code == code || (member.below && code.starts_with(&member.code));
            for member in set.members.iter().filter(is_it).filter(|member| member.system == system) {
                let nearer = best.is_none_or(|(length, _)| member.code.len() > length);
                if let Some(display) = member.display.as_deref().filter(|_| nearer) {
                    best = Some((member.code.len(), display));
                }
            }
            open.extend_from_slice(&set.includes);
        }
        best.map(|(_, display)| display)
    }

    /// A code of a value set whose display has these words, or the set's only code.
    #[must_use]
    pub fn code_displayed(&self, words: &str) -> Vec<(String, String)> {
        let words = words.to_lowercase();
        let members = self.value_sets.iter().flat_map(|set| &set.members);
        let mut found: Vec<(String, String)> = members
            .filter(|member| !member.below && member.display.as_deref().is_some_and(|display| display.to_lowercase().contains(&words)))
            .map(|member| (member.system.clone(), member.code.clone()))
            .collect();
        found.sort();
        found.dedup();
        found
    }

    /// What of a set or an instrument nobody has signed off.
    #[must_use]
    pub fn pending(&self, name: &str) -> &[Pending] {
        self.pending.get(name).map_or(&[], Vec::as_slice)
    }
}
