//! Value sets, drug sets and instruments that nothing uses.

use std::collections::BTreeSet;

use curbside_source::{Diagnostic, Diagnostics};

use super::{Lint, Run, Subject};
use crate::model::LintLevel;

pub(super) const LINT: Lint = Lint {
    name: "unused-set",
    level: LintLevel::Warn,
    about: "a value set, drug set or instrument that nothing uses",
    run: Run::Whole(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let (plan, vocabulary) = (subject.plan, &subject.plan.vocabulary);
    let of_definitions = plan.definitions.iter().map(|definition| &definition.uses);
    let named = of_definitions.chain(plan.rules.iter().map(|rule| &rule.uses)).flat_map(|uses| uses.vocabulary.iter().map(String::as_str));
    let mut open: Vec<&str> = named.collect();
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if used.insert(name) {
            open.extend(vocabulary.rests_on(name));
        }
    }
    for (name, span) in vocabulary.places().filter(|(name, _)| !used.contains(name)) {
        found.push(Diagnostic::warning(LINT.name, span, format!("nothing uses `{name}`")));
    }
}
