//! Everything a pack knows of codes, ready for look-ups.

use std::collections::{BTreeMap, BTreeSet};

use curbside_source::{Diagnostic, Diagnostics, FileId, Sources, Span, Spanned, did_you_mean, read, yaml};

use crate::drugs::{Drug, DrugIndex, DrugSet, DrugSetId, Drugs, ProductList};
use crate::instrument::Instrument;
use crate::sign_off::Pending;
use crate::system::{Aliases, SystemId, Systems, normal};
use crate::table::CodeTable;
use crate::value_set::{Member, ValueSet};

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
    /// Reads the files of `value-sets/` and `instruments/`; what is wrong with them is reported.
    pub fn read(sources: &Sources, sets: &[FileId], instruments: &[FileId], found: &mut Diagnostics) -> Self {
        let (mut value_sets, mut drug_sets, mut lists) = (Vec::new(), Vec::new(), Vec::new());
        for file in sets {
            match kind_of(sources, *file) {
                Ok(FileKind::Drugs) => keep(read::<DrugSet>(sources, *file), &mut drug_sets, found),
                Ok(FileKind::Products) => keep(read::<ProductList>(sources, *file), &mut lists, found),
                Ok(FileKind::Values) => keep(read::<ValueSet>(sources, *file), &mut value_sets, found),
                Err(error) => found.push(error),
            }
        }
        let mut vocabulary = Self::default();
        vocabulary.add_value_sets(sources, &value_sets, found);
        vocabulary.drugs = DrugIndex::new(&drug_sets, &lists, &mut vocabulary.systems, found);
        for (number, set) in drug_sets.iter().enumerate() {
            set.check(found);
            let id = DrugSetId(u16::try_from(number).unwrap_or(u16::MAX));
            vocabulary.name(&set.drug_set, SetId::Drugs(id), sources, found);
            vocabulary.pending.insert(set.drug_set.value.clone(), set.pending());
        }
        for list in &lists {
            vocabulary.pending.entry(list.products_of.value.clone()).or_default().extend(list.pending());
        }
        for file in instruments {
            let mut list = Vec::new();
            keep(read::<Instrument>(sources, *file), &mut list, found);
            for instrument in list {
                instrument.check(found);
                stem_is(sources, *file, &instrument.instrument, found);
                vocabulary.places.push((instrument.instrument.value.clone(), instrument.instrument.span));
                vocabulary.pending.insert(instrument.instrument.value.clone(), instrument.pending());
                vocabulary.instruments.insert(instrument.instrument.value.clone(), instrument);
            }
        }
        vocabulary.check_routes(&drug_sets, found);
        vocabulary
    }

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

    fn add_value_sets(&mut self, sources: &Sources, sets: &[ValueSet], found: &mut Diagnostics) {
        let id_of = |at: usize| ValueSetId(u16::try_from(at).unwrap_or(u16::MAX));
        let place = |wanted: &str| sets.iter().position(|set| set.name.value == wanted || set.url.as_deref() == Some(wanted));
        for (at, set) in sets.iter().enumerate() {
            let (members, excluded) = set.members(found);
            let mut includes = Vec::new();
            for name in set.included() {
                match place(&name.value) {
                    Some(other) => includes.push(id_of(other)),
                    None => {
                        let names = sets.iter().map(|set| set.name.value.as_str());
                        let message = format!("unknown value set `{}`", name.value);
                        found.push(Diagnostic::error("unknown-set", name.span, message).maybe_help(did_you_mean(&name.value, names)));
                    }
                }
            }
            if members.is_empty() && includes.is_empty() {
                found.push(Diagnostic::error("empty-value-set", set.name.span, "this value set has no codes"));
            }
            if set.resource_type != "ValueSet" {
                found.error("wrong-type", set.name.span, format!("`{}` is not a ValueSet", set.resource_type));
            }
            self.index(id_of(at), &members);
            self.pending.insert(set.name.value.clone(), set.pending());
            self.value_sets.push(ValueSetInfo {
                name: set.name.value.clone(),
                title: set.title.clone(),
                members,
                excluded,
                includes,
                included_by: Vec::new(),
            });
            self.name(&set.name, SetId::Values(id_of(at)), sources, found);
        }
        self.settle_includes();
    }

    /// Which sets a code is in because it is in this one; through any number of sets in between.
    fn settle_includes(&mut self) {
        let direct: Vec<(ValueSetId, ValueSetId)> = self
            .value_sets
            .iter()
            .enumerate()
            .flat_map(|(at, set)| set.includes.iter().map(move |other| (*other, ValueSetId(u16::try_from(at).unwrap_or(u16::MAX)))))
            .collect();
        for (inner, outer) in direct {
            if let Some(set) = self.value_sets.get_mut(inner.index()) {
                set.included_by.push(outer);
            }
        }
    }

    fn index(&mut self, id: ValueSetId, members: &[Member]) {
        for member in members {
            let system = self.systems.add(&member.system);
            self.codes.add(&self.systems, system, &member.code, member.below, (id, member.itself));
        }
    }

    fn name(&mut self, name: &Spanned<String>, id: SetId, sources: &Sources, found: &mut Diagnostics) {
        stem_is(sources, name.span.file, name, found);
        self.places.push((name.value.clone(), name.span));
        if self.names.insert(name.value.clone(), id).is_some() {
            found.error("duplicate-name", name.span, format!("there are two sets named `{}`", name.value));
        }
    }

    fn check_routes(&self, sets: &[DrugSet], found: &mut Diagnostics) {
        for route in sets.iter().flat_map(|set| set.ingredients.values()).filter_map(|ingredient| ingredient.only_by.as_ref()) {
            if self.value_set(&route.value).is_none() {
                let message = format!("unknown value set `{}`", route.value);
                found.push(Diagnostic::error("unknown-set", route.span, message).maybe_help(did_you_mean(&route.value, self.set_names())));
            }
        }
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

    /// How many value sets there are.
    #[must_use]
    pub fn value_set_count(&self) -> usize {
        self.value_sets.len()
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
        let Some(id) = self.systems.find(system) else { return };
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
            code == above && member.itself || member.below && code.len() > above.len() && code.starts_with(&above)
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

    /// All codes of a value set without hierarchy, for looking whether a record mentions one;
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

enum FileKind {
    Values,
    Drugs,
    Products,
}

fn kind_of(sources: &Sources, file: FileId) -> Result<FileKind, Diagnostic> {
    let root = yaml::parse(sources, file)?;
    let has = |name: &str| matches!(&root.kind, yaml::Kind::Map(entries) if entries.iter().any(|(key, _)| key.text == name));
    if has("drug_set") {
        Ok(FileKind::Drugs)
    } else if has("products_of") {
        Ok(FileKind::Products)
    } else if has("resourceType") {
        Ok(FileKind::Values)
    } else {
        Err(Diagnostic::error("unknown-file", root.span.part(0, 1), "neither a ValueSet nor a drug set")
            .help("begin with `resourceType: ValueSet` or `drug_set: NAME`"))
    }
}

fn keep<T>(read: Result<T, Vec<Diagnostic>>, list: &mut Vec<T>, found: &mut Diagnostics) {
    match read {
        Ok(value) => list.push(value),
        Err(errors) => found.extend(errors),
    }
}

/// A file is named after what it defines, so that a name leads to its file.
fn stem_is(sources: &Sources, file: FileId, name: &Spanned<String>, found: &mut Diagnostics) {
    let path = sources.name(file);
    let stem = path.rsplit('/').next().and_then(|last| last.split('.').next()).unwrap_or(path);
    if stem != name.value {
        let message = format!("`{}` stands in a file named `{stem}`", name.value);
        found.push(Diagnostic::error("file-name", name.span, message).help(format!("rename the file to `{}.yaml`", name.value)));
    }
}
