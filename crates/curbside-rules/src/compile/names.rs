//! What the names of a pack stand for.

use std::collections::BTreeMap;

use crate::assemble::Lost;

/// A definition of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefId(pub(crate) u32);

/// A rule of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub(crate) u32);

impl DefId {
    /// Its place among the definitions.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl RuleId {
    /// Its place among the rules.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a definition is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinitionKind {
    /// Answers true, false or unknown, or with a label.
    Criterion,
    /// A list of trials, which also answers true, false or unknown.
    Trials,
    /// Courses of treatment.
    Course,
    /// A date.
    Date,
}

impl DefinitionKind {
    /// What to call it.
    #[must_use]
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Criterion => "a criterion",
            Self::Trials => "a list of trials",
            Self::Course => "a course",
            Self::Date => "a date",
        }
    }
}

/// The definitions that a place in a pack can name: its own file's before the pack's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    pack: BTreeMap<String, (DefId, DefinitionKind)>,
    local: BTreeMap<(usize, String), (DefId, DefinitionKind)>,
    /// The labels that tables give, by definition.
    labels: BTreeMap<DefId, Vec<String>>,
    lost: Lost,
}

impl Names {
    /// No names yet, but those that stand in what could not be read.
    pub(crate) fn new(lost: Lost) -> Self {
        Self { lost, ..Self::default() }
    }

    /// Whether a name may stand in what could not be read.
    pub(crate) fn may_be_lost(&self, name: &str) -> bool {
        self.lost.is_any || self.lost.names.contains(name)
    }

    /// The names that stand in what could not be read.
    pub(crate) fn lost(&self) -> impl Iterator<Item = &str> {
        self.lost.names.iter().map(String::as_str)
    }

    /// Notes a definition; `rule` is the rule it belongs to, where it is not the pack's.
    pub(crate) fn add(&mut self, rule: Option<usize>, name: &str, id: DefId, kind: DefinitionKind) -> bool {
        let old = match rule {
            Some(rule) => self.local.insert((rule, name.to_owned()), (id, kind)),
            None => self.pack.insert(name.to_owned(), (id, kind)),
        };
        old.is_none()
    }

    /// Notes the labels that a table gives.
    pub(crate) fn label(&mut self, id: DefId, labels: Vec<String>) {
        self.labels.insert(id, labels);
    }

    /// The labels that a table gives.
    pub(crate) fn labels(&self, id: DefId) -> &[String] {
        self.labels.get(&id).map_or(&[], Vec::as_slice)
    }

    /// What a name stands for in a rule (or in the pack).
    pub(crate) fn find(&self, rule: Option<usize>, name: &str) -> Option<(DefId, DefinitionKind)> {
        let local = rule.and_then(|rule| self.local.get(&(rule, name.to_owned())));
        local.or_else(|| self.pack.get(name)).copied()
    }

    /// Every name that could be meant there.
    pub(crate) fn known(&self, rule: Option<usize>) -> impl Iterator<Item = &str> {
        let local = self.local.iter().filter(move |((of, _), _)| Some(*of) == rule).map(|((_, name), _)| name.as_str());
        local.chain(self.pack.keys().map(String::as_str))
    }
}
