//! What a definition or a rule is made of.

use std::collections::{BTreeMap, BTreeSet};

use curbside_chart::{Kind, Wanted};
use curbside_source::Span;
use curbside_terminology::Pending;

use crate::compile::names::{DefId, RuleId};

/// What a definition, or a rule, is made of.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Definitions.
    pub definitions: BTreeSet<DefId>,
    /// Definitions that the tables of its trials use: what these ask of a trial is not asked of it.
    pub inner: BTreeSet<DefId>,
    /// Rules.
    pub rules: BTreeSet<RuleId>,
    /// Parameters.
    pub parameters: BTreeSet<String>,
    /// Value sets, drug sets and instruments.
    pub vocabulary: BTreeSet<String>,
    /// Resource types, and the codes they are looked for by (`None`: all of the type).
    pub records: BTreeMap<String, Option<BTreeSet<String>>>,
    /// Figures that nobody has signed off.
    pub pending: Vec<Pending>,
    /// Whether it asks about the trial in question.
    pub scoped: bool,
    /// Words that make a fact true or false, and for which nobody answers.
    pub deciding_words: Vec<Span>,
    /// Where its criteria are written, and of which kind they are.
    pub criteria: BTreeMap<Span, &'static str>,
}

impl Uses {
    /// Adds what another one is made of.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.definitions.extend(&other.definitions);
        self.inner.extend(&other.inner);
        self.rules.extend(&other.rules);
        self.parameters.extend(other.parameters.iter().cloned());
        self.vocabulary.extend(other.vocabulary.iter().cloned());
        for (kind, codes) in &other.records {
            self.record(kind, codes.as_ref());
        }
        self.pending.extend(other.pending.iter().cloned());
        self.deciding_words.extend(&other.deciding_words);
        self.criteria.extend(&other.criteria);
    }

    /// What has to be read of a record for it.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for (kind, codes) in &self.records {
            match codes {
                Some(codes) => wanted.add_coded(Kind::named(kind), codes.iter().map(String::as_str)),
                None => wanted.add(kind),
            }
        }
        wanted
    }

    pub(super) fn record(&mut self, kind: &str, codes: Option<&BTreeSet<String>>) {
        let known = self.records.entry(kind.to_owned()).or_insert_with(|| Some(BTreeSet::new()));
        match (known.as_mut(), codes) {
            (Some(known), Some(codes)) => known.extend(codes.iter().cloned()),
            _ => *known = None,
        }
    }
}
