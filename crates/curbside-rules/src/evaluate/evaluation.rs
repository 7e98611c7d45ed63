//! One plan on one chart, and what was worked out of it so far.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use curbside_chart::Chart;
use curbside_chart::time::AsOf;
use curbside_source::Span;

use super::budget::Budget;
use super::context::Cx;
use super::handle::Handle;
use super::verdict::Verdict;
use crate::compile::{DefId, DefinitionBody, Plan, Reach, RuleId};
use crate::criteria::Bundled;
use crate::derive::{Course, Trial, TrialPlan};
use crate::fact::Fact;
use crate::facts::Facts;
use crate::shared::Resolved;
use crate::truth::Truth;

/// Bytes that all but the longest sentences take.
const SENTENCE: usize = 256;

/// One plan and one chart: facts, definitions and rules are worked out when they are first asked
/// for, and once.
#[derive(Debug)]
pub struct Evaluation<'e> {
    pub(crate) plan: &'e Plan,
    pub(crate) chart: &'e Chart<'e>,
    pub(crate) as_of: AsOf,
    pub(crate) hook: String,
    pub(crate) facts: Facts,
    pub(super) definitions: Vec<OnceCell<Handle<Verdict>>>,
    /// Lists of trials by the plan they were made by.
    pub(super) trials: RefCell<Vec<(*const TrialPlan, Rc<Vec<Trial>>)>>,
    pub(super) courses: RefCell<Vec<(DefId, Rc<Course>)>>,
    pub(super) rules: Vec<OnceCell<Handle<super::Decision>>>,
    /// Whether everything is worked out, also what nothing in the chart touches.
    pub(super) in_full: bool,
    /// What of all that the plan asks about the chart has.
    pub(super) touched: OnceCell<Reach>,
    /// Whether the way to another answer is to be worked out too.
    pub(crate) explains: bool,
    pub(super) bundled: Bundled<'e>,
    pub(super) budget: Rc<Budget>,
    /// Where sentences are written before they are kept.
    pub(super) draft: RefCell<String>,
    /// Which answers each criterion gave, where that is asked for.
    pub(super) observed: Option<RefCell<BTreeMap<Span, Answers>>>,
}

/// Which answers a criterion gave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// True.
    pub yes: bool,
    /// False.
    pub no: bool,
    /// Unknown.
    pub unknown: bool,
}

impl<'e> Evaluation<'e> {
    /// Sets out to evaluate a plan on a chart. `hook` is the hook that asks.
    #[must_use]
    pub fn new(plan: &'e Plan, chart: &'e Chart<'e>, as_of: AsOf, hook: &str) -> Self {
        Self {
            plan,
            chart,
            as_of,
            hook: hook.to_owned(),
            facts: Facts::default(),
            definitions: plan.definitions.iter().map(|_| OnceCell::new()).collect(),
            trials: RefCell::default(),
            courses: RefCell::default(),
            rules: plan.rules.iter().map(|_| OnceCell::new()).collect(),
            in_full: false,
            touched: OnceCell::new(),
            explains: false,
            bundled: Bundled::default(),
            budget: Rc::default(),
            draft: RefCell::new(String::with_capacity(SENTENCE)),
            observed: None,
        }
    }

    /// Works everything out, also what nothing in the chart touches: the answers are the same.
    #[must_use]
    pub fn in_full(mut self) -> Self {
        self.in_full = true;
        self
    }

    /// Also works out what would have to change for another answer.
    #[must_use]
    pub fn explaining(mut self) -> Self {
        self.explains = true;
        self.in_full()
    }

    /// Within a budget, which it may share with other evaluations.
    #[must_use]
    pub fn within(mut self, budget: &Rc<Budget>) -> Self {
        self.budget = Rc::clone(budget);
        self
    }

    /// Also notes which answers each criterion gives.
    #[must_use]
    pub fn observing(mut self) -> Self {
        self.observed = Some(RefCell::default());
        self.in_full()
    }

    /// The answers that criteria gave so far, by the places where they are written.
    #[must_use]
    pub fn observed(&self) -> BTreeMap<Span, Answers> {
        self.observed.as_ref().map(|observed| observed.borrow().clone()).unwrap_or_default()
    }

    pub(crate) fn observe(&self, span: Span, truth: Truth) {
        if let Some(observed) = &self.observed {
            let mut observed = observed.borrow_mut();
            let answers = observed.entry(span).or_default();
            match truth {
                Truth::True => answers.yes = true,
                Truth::False => answers.no = true,
                Truth::Unknown => answers.unknown = true,
            }
        }
    }

    /// The chart.
    #[must_use]
    pub fn chart(&self) -> &'e Chart<'e> {
        self.chart
    }

    /// The plan.
    #[must_use]
    pub fn plan(&self) -> &'e Plan {
        self.plan
    }

    /// The moment the chart is looked at.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// The hook that asks.
    #[must_use]
    pub fn hook(&self) -> &str {
        &self.hook
    }

    /// What a reader should know of records that were left out while it was worked out, and why.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        self.facts.left_out()
    }

    /// The view of it that criteria have.
    #[must_use]
    pub fn cx(&self) -> Cx<'_, 'e> {
        Cx::of(self)
    }

    /// What a definition says.
    #[must_use]
    pub fn verdict(&self, id: DefId) -> Handle<Verdict> {
        self.cx().definition(id)
    }

    /// What templates see of a fact that a rule names.
    #[must_use]
    pub fn fact(&self, rule: RuleId, name: &str) -> Fact {
        self.plan.definition(Some(rule), name).map_or(Fact::Missing, |id| self.fact_of(id))
    }

    /// What templates see of a definition.
    #[must_use]
    pub fn fact_of(&self, id: DefId) -> Fact {
        match self.plan.definitions.get(id.index()).map(|definition| &definition.body) {
            Some(DefinitionBody::Criterion(node)) => node.test.fact(self.cx(), &self.verdict(id)),
            Some(DefinitionBody::Course(_)) => self.cx().course(id).fact(self.as_of.day()),
            Some(DefinitionBody::Date(_)) => match self.cx().date(id) {
                Resolved::Days(when) => Fact::Text(when.to_string()),
                Resolved::Unknown | Resolved::Never => Fact::Missing,
            },
            Some(DefinitionBody::Broken) | None => Fact::Missing,
        }
    }
}
