//! What a criterion needs while it is made ready: names, figures, sets, and a place for complaints.

mod dates;
mod figures;
mod lookup;
mod uses;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use curbside_chart::Kind;
use curbside_source::{Diagnostic, Diagnostics, Span, Spanned};
use curbside_terminology::{ValueSetId, Vocabulary};
use smol_str::SmolStr;

pub use lookup::{DEFAULT_HOOK, HOOKS};
pub use uses::Uses;

use super::names::{Names, RuleId};
use super::parameters::{ParameterValue, Parameters};
use crate::criteria::Criterion;
use crate::criteria::test::Test;
use crate::model::{IfAbsent, PackFile};

/// A criterion, ready.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its kind, or the definition it uses.
    pub name: SmolStr,
    /// Where it is written.
    pub span: Span,
    /// What it asks.
    pub test: Arc<dyn Test>,
    /// Its place among the plan's nodes.
    pub(crate) number: usize,
}

/// Makes the criteria of one definition or rule ready.
pub struct Compiler<'p> {
    pub(in crate::compile) vocabulary: &'p Vocabulary,
    pub(in crate::compile) pack: &'p PackFile,
    pub(in crate::compile) parameters: &'p Parameters,
    pub(in crate::compile) names: &'p Names,
    pub(in crate::compile) rules: &'p BTreeMap<String, RuleId>,
    pub(in crate::compile) found: &'p mut Diagnostics,
    /// The rule whose own definitions can be named.
    pub(in crate::compile) rule: Option<usize>,
    /// Whether there is a response in question.
    pub(in crate::compile) of_response: bool,
    pub(in crate::compile) uses: Uses,
    /// How many nodes were made so far.
    nodes: Cell<usize>,
}

impl<'p> Compiler<'p> {
    /// Makes ready what a pack holds, once its names are known.
    pub(crate) fn new(
        vocabulary: &'p Vocabulary,
        pack: &'p PackFile,
        parameters: &'p Parameters,
        names: &'p Names,
        rules: &'p BTreeMap<String, RuleId>,
        found: &'p mut Diagnostics,
    ) -> Self {
        Self {
            vocabulary,
            pack,
            parameters,
            names,
            rules,
            found,
            rule: None,
            of_response: false,
            uses: Uses::default(),
            nodes: Cell::new(0),
        }
    }

    /// Turns to a definition or rule; `rule` is the one whose own definitions can be named.
    pub(crate) fn at(&mut self, rule: Option<usize>) {
        self.rule = rule;
        self.uses = Uses::default();
    }

    /// What the definition or rule is made of.
    pub(crate) fn take_uses(&mut self) -> Uses {
        std::mem::take(&mut self.uses)
    }

    /// Complains.
    pub fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.found.push(Diagnostic::error(code, span, message));
    }

    /// Complains with advice.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// The vocabulary of the pack.
    #[must_use]
    pub fn vocabulary(&self) -> &'p Vocabulary {
        self.vocabulary
    }

    /// The values of the pack's parameters.
    #[must_use]
    pub fn parameters(&self) -> &'p BTreeMap<String, ParameterValue> {
        &self.parameters.0
    }

    /// Notes that a parameter is used.
    pub fn uses_parameter(&mut self, name: &str) {
        self.uses.parameters.insert(name.to_owned());
    }

    /// What the pack says about absence.
    #[must_use]
    pub fn if_absent(&self) -> &'p IfAbsent {
        &self.pack.if_absent
    }

    /// Makes a criterion ready. One that cannot be is complained about, and `None`.
    pub fn criterion(&mut self, criterion: &Spanned<Criterion>) -> Option<Node> {
        criterion.value.compile(criterion.span, self)
    }

    /// Makes several ready; all of them are looked at even where one cannot be.
    pub fn criteria<'c>(&mut self, criteria: impl IntoIterator<Item = &'c Spanned<Criterion>>) -> Option<Vec<Node>> {
        let nodes: Vec<Option<Node>> = criteria.into_iter().map(|criterion| self.criterion(criterion)).collect();
        nodes.into_iter().collect()
    }

    /// Notes that resources of a type are read.
    pub fn reads(&mut self, kind: Kind) {
        self.reads_named(kind.name());
    }

    /// Notes that resources of a type are read, by its name.
    pub fn reads_named(&mut self, kind: &str) {
        self.uses.record(kind, None);
    }

    /// Notes that resources of a type are read where they carry one of these codes.
    pub fn reads_carrying<'c>(&mut self, kind: Kind, codes: impl IntoIterator<Item = &'c str>) {
        let codes = codes.into_iter().map(str::to_owned).collect();
        self.uses.record(kind.name(), Some(&codes));
    }

    /// Notes that resources of a type are read where they carry a code of one of these sets.
    pub fn reads_coded(&mut self, kind: Kind, sets: &[ValueSetId]) {
        let codes: Option<Vec<Vec<&str>>> = sets.iter().map(|set| self.vocabulary.listed_codes(*set)).collect();
        match codes {
            Some(codes) => self.reads_carrying(kind, codes.into_iter().flatten()),
            None => self.reads(kind),
        }
    }

    /// Notes that the trial in question is asked about.
    pub fn scoped(&mut self) {
        self.uses.scoped = true;
    }

    /// Makes the tables of a list of trials ready: what they ask is asked of each trial.
    pub fn of_each_trial<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::take(&mut self.uses.definitions);
        let scoped = self.uses.scoped;
        let result = compile(self);
        let inner = std::mem::replace(&mut self.uses.definitions, outer);
        self.uses.inner.extend(inner);
        self.uses.scoped = scoped;
        result
    }

    /// Makes ready what is asked where a response is in question.
    pub fn of_response<T>(&mut self, compile: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.of_response, true);
        let result = compile(self);
        self.of_response = outer;
        result
    }

    /// Notes that a criterion is asked.
    pub(crate) fn asks(&mut self, span: Span, kind: &'static str) {
        self.uses.criteria.insert(span, kind);
    }

    /// A test, with the name and place of its criterion.
    #[must_use]
    pub fn node(&self, name: &str, span: Span, test: impl Test + 'static) -> Node {
        Node { name: name.into(), span, test: Arc::new(test), number: self.nodes.replace(self.nodes.get() + 1) }
    }
}
