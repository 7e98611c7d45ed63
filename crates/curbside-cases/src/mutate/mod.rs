//! Edits of rules that a good set of cases should notice.
//!
//! [`mutants`] lists small edits of a pack's rules and definitions: a criterion negated, a part of `all`
//! or `any` left out, a number or a date moved by one, a row of a table left out, the rows of a card
//! swapped. Each is the pack's files with one file changed; where every case still passes, nothing holds
//! that line in its place.

mod edits;
mod write;

use std::collections::BTreeMap;

use curbside_engine::Pack;
use curbside_rules::RuleId;
use curbside_source::Span;
use curbside_source::yaml::parse;

/// A pack with one edit.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What was edited: a place in the pack's own files.
    pub span: Span,
    /// What was done: `negated`, `42 days → 43 days`.
    pub edit: String,
    /// The file that differs, relative to the pack's folder.
    pub file: String,
    /// What it holds.
    pub text: String,
}

impl Mutant {
    /// The pack's files with the edit.
    #[must_use]
    pub fn files(&self, pack: &Pack) -> BTreeMap<String, String> {
        let mut files: BTreeMap<String, String> = pack.sources.files().map(|(_, name, text)| (name.to_owned(), text.to_owned())).collect();
        files.insert(self.file.clone(), self.text.clone());
        files
    }
}

/// All edits of a pack, in the order of files and lines.
#[must_use]
pub fn mutants(pack: &Pack) -> Vec<Mutant> {
    let rules: Vec<RuleId> = pack.plan.rules.iter().filter_map(|rule| pack.plan.rule(&rule.id)).collect();
    let criteria = pack.plan.uses_of(&rules).criteria;
    let mut mutants = Vec::new();
    for (id, name, _) in pack.sources.files() {
        let holds_rules = !name.contains('/') || name.starts_with("define/");
        if !holds_rules || !name.ends_with(".yaml") {
            continue;
        }
        let Ok(root) = parse(&pack.sources, id) else { continue };
        for change in edits::of(&root, &criteria) {
            let text = write::flow(&change.root);
            mutants.push(Mutant { span: change.span, edit: change.edit, file: name.to_owned(), text });
        }
    }
    mutants
}
