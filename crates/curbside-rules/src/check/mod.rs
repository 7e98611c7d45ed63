//! What is wrong with a pack although every name in it is known.
//!
//! What would give a wrong answer is an error. The rest are lints ([`LINTS`]): one file each, and
//! one line of registration. A pack sets how loud they are (`lints:`) and takes single findings
//! back with a reason (`ignore:`).

mod cycles;
mod deciding_words;
mod empty_time;
mod hook;
mod levels;
mod links;
mod missing_unit;
mod never_true;
mod no_source;
mod override_reasons;
mod repeat_after;
mod report;
mod same_criteria;
mod scopes;
mod sources;
mod summary;
mod unknown_element;
mod unserved;
mod unused_definition;
mod unused_parameter;
mod unused_set;
mod unused_source;

use std::collections::{BTreeMap, BTreeSet};

use curbside_source::{Diagnostics, Sources};

pub(crate) use deciding_words::decides;
pub(crate) use empty_time::{in_order, recent};
pub(crate) use hook::hook_name;
pub(crate) use missing_unit::without_unit;
pub use never_true::Claim;
pub(crate) use never_true::contradictions;
pub use report::{Counts, Finding, Place, Report, Reports, Unsigned};
pub(crate) use unknown_element::unknown_element;

use crate::compile::{DefId, Plan, RuleId, Uses};
use crate::model::{LintLevel, RuleFile};

/// A kind of finding whose loudness a pack can set.
#[derive(Debug)]
pub struct Lint {
    /// Its name: the code of its findings.
    pub name: &'static str,
    /// How loud it is where a pack does not say.
    pub level: LintLevel,
    /// What it finds.
    pub about: &'static str,
    run: Run,
}

/// How a lint looks for what it finds.
#[derive(Debug)]
enum Run {
    /// In a plan, be it whole or not.
    Always(fn(&Subject<'_>, &mut Diagnostics)),
    /// In a whole plan only: what is missing would look unused.
    Whole(fn(&Subject<'_>, &mut Diagnostics)),
    /// It is found on the way, while criteria and texts are made ready.
    OnTheWay,
}

/// Every lint there is.
pub const LINTS: &[Lint] = &[
    deciding_words::LINT,
    links::LINT,
    missing_unit::LINT,
    never_true::LINT,
    no_source::LINT,
    same_criteria::LINT,
    summary::LINT,
    unknown_element::LINT,
    unserved::LINT,
    unused_definition::LINT,
    unused_parameter::LINT,
    unused_set::LINT,
    unused_source::LINT,
    levels::LINT,
];

/// What lints look at.
pub(crate) struct Subject<'s> {
    pub(crate) plan: &'s Plan,
    pub(crate) sources: &'s Sources,
    /// The files of rules by id.
    pub(crate) rules: &'s BTreeMap<String, Option<RuleFile>>,
    /// The facts that the texts of each rule show, by name.
    pub(crate) shown: &'s BTreeMap<RuleId, Vec<String>>,
}

impl Subject<'_> {
    /// Every rule.
    fn all_rules(&self) -> Vec<RuleId> {
        self.plan.rules.iter().filter_map(|rule| self.plan.rule(&rule.id)).collect()
    }

    /// The definitions that texts show.
    fn shown_definitions(&self) -> BTreeSet<DefId> {
        let names = self.shown.iter().flat_map(|(rule, names)| names.iter().map(move |name| (*rule, name)));
        names.filter_map(|(rule, name)| self.plan.definition(Some(rule), name)).collect()
    }

    /// Everything that rules and their texts are made of.
    fn used(&self) -> Uses {
        let shown = self.shown_definitions();
        let mut used = self.plan.uses_from(&self.all_rules(), &shown);
        used.definitions.extend(shown);
        used
    }
}

/// Finds what would give a wrong answer; whether nothing rests on itself.
pub(crate) fn plan(plan: &Plan, found: &mut Diagnostics) -> bool {
    scopes::check(plan, found);
    cycles::check(plan, found)
}

/// Finds what else would give a wrong answer, and runs the lints.
pub(crate) fn lint(subject: &Subject<'_>, found: &mut Diagnostics) {
    let is_whole = !found.iter().any(|finding| finding.is_error() && by_name(finding.code).is_none());
    override_reasons::check(subject, found);
    repeat_after::check(subject, found);
    links::check(subject, found);
    sources::check(subject, found);
    for lint in LINTS {
        match lint.run {
            Run::Always(run) => run(subject, found),
            Run::Whole(run) if is_whole => run(subject, found),
            Run::Whole(_) | Run::OnTheWay => {}
        }
    }
    levels::apply(subject, is_whole, found);
}

/// The lint of this name.
fn by_name(name: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.name == name)
}
