//! From the files of `value-sets/` and `instruments/` to a vocabulary.

use curbside_source::{Diagnostic, Diagnostics, FileId, Sources, Spanned, did_you_mean, read, yaml};

use super::{SetId, ValueSetId, ValueSetInfo, Vocabulary};
use crate::drugs::{DrugIndex, DrugSet, DrugSetId, ProductList};
use crate::instrument::Instrument;
use crate::value_set::{Member, ValueSet};

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
