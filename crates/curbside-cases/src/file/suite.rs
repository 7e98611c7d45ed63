//! The cases of a pack.

use std::collections::BTreeMap;

use curbside_rules::with_hint;
use curbside_source::de::read_node;
use curbside_source::yaml::{Kind, Node, parse};
use curbside_source::{Diagnostic, Diagnostics, FileId, Sources};

use super::layers::Fixtures;
use super::{Case, CaseFile, CaseText, Fixture, Name};

/// The cases of a pack, and everything that is wrong with their files.
#[derive(Debug, Default)]
pub struct Suite {
    /// The files, for messages that quote them and for writing new expectations.
    pub sources: Sources,
    /// What is wrong with them.
    pub found: Diagnostics,
    /// The cases, in the order of files and of each file.
    pub cases: Vec<Case>,
}

/// What a file holds.
enum File {
    One(Box<CaseText>),
    Several(Box<CaseFile>),
}

/// Reads case files: names as messages should call them, with their texts. A name with a folder
/// `fixtures` in it is a file of fixtures for all the others.
#[must_use]
pub fn load(files: impl IntoIterator<Item = (String, String)>) -> Suite {
    let mut suite = Suite::default();
    let sorted: BTreeMap<String, String> = files.into_iter().collect();
    let (mut shared, mut read) = (BTreeMap::new(), Vec::new());
    for (name, text) in sorted {
        let is_shared = name.split('/').rev().skip(1).any(|folder| folder == "fixtures");
        let id = suite.sources.add(name, text);
        match file(&suite.sources, id) {
            Ok(File::Several(file)) if is_shared => share(file.fixtures, &mut shared, &mut suite.found),
            Ok(File::One(case)) if is_shared => {
                let message = "files of fixtures hold no cases";
                suite.found.push(Diagnostic::error("misplaced", case.case.span, message).help("put it into a file outside of `fixtures/`"));
            }
            Ok(file) => read.push(file),
            Err(errors) => suite.found.extend(errors.into_iter().map(|error| with_hint(error, &suite.sources))),
        }
    }
    let none = BTreeMap::new();
    let mut errors = Vec::new();
    for file in &read {
        match file {
            File::One(case) => suite.cases.extend(Case::of(None, case, Fixtures { own: &none, all: &shared }, &mut errors)),
            File::Several(file) => {
                let fixtures = Fixtures { own: &file.fixtures, all: &shared };
                suite.cases.extend(file.cases.iter().filter_map(|case| Case::of(Some(file), case, fixtures, &mut errors)));
            }
        }
    }
    suite.found.extend(errors);
    names(&suite.cases, &mut suite.found);
    suite
}

fn share(fixtures: BTreeMap<Name, Fixture>, shared: &mut BTreeMap<Name, Fixture>, found: &mut Diagnostics) {
    for (name, fixture) in fixtures {
        if let Some((known, _)) = shared.iter().find(|(known, _)| known.value == name.value) {
            let message = format!("there are two fixtures named `{}`", name.value);
            found.push(Diagnostic::error("duplicate-name", name.span, message).also(known.span, "the first one"));
        }
        shared.insert(name, fixture);
    }
}

/// A file that has `case` at its top is that case; any other holds several.
fn file(sources: &Sources, id: FileId) -> Result<File, Vec<Diagnostic>> {
    let root: Node = parse(sources, id).map_err(|error| vec![error])?;
    let is_one = matches!(&root.kind, Kind::Map(entries) if entries.iter().any(|(key, _)| key.text == "case"));
    if is_one { read_node(&root).map(|case| File::One(Box::new(case))) } else { read_node(&root).map(|file| File::Several(Box::new(file))) }
}

/// A case is known by its name.
fn names(cases: &[Case], found: &mut Diagnostics) {
    let mut seen: BTreeMap<&str, &Case> = BTreeMap::new();
    for case in cases {
        if let Some(first) = seen.insert(&case.name.value, case) {
            let message = format!("there are two cases named `{}`", case.name.value);
            found.push(Diagnostic::error("duplicate-name", case.name.span, message).also(first.name.span, "the first one"));
        }
    }
}
