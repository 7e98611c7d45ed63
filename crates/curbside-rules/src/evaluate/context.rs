//! What criteria see while they are decided: the chart, the facts drawn from it so far, and the
//! trial in question.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use curbside_chart::time::{AsOf, When};
use curbside_chart::{Chart, RecordRef};
use curbside_fhirpath::Record;
use curbside_source::Span;
use curbside_terminology::{DrugSetId, Vocabulary};

use super::budget::Budget;
use super::verdict::Verdict;
use crate::compile::{DefId, DefinitionBody, Plan, RuleId};
use crate::criteria::Bundled;
use crate::derive::{Course, Trial, TrialPlan};
use crate::fact::Fact;
use crate::facts::Facts;
use crate::shared::{CourseDay, Resolved};
use crate::truth::Truth;

/// One plan and one chart: facts, definitions and rules are worked out when they are first asked
/// for, and once.
#[derive(Debug)]
pub struct Evaluation<'e> {
    pub(crate) plan: &'e Plan,
    pub(crate) chart: &'e Chart<'e>,
    pub(crate) as_of: AsOf,
    pub(crate) hook: String,
    pub(crate) facts: Facts,
    definitions: Vec<OnceCell<Rc<Verdict>>>,
    /// Lists of trials by the plan they were made by.
    trials: RefCell<Vec<(*const TrialPlan, Rc<Vec<Trial>>)>>,
    courses: Vec<OnceCell<Rc<Course>>>,
    pub(super) rules: Vec<OnceCell<Rc<super::Decision>>>,
    /// Whether the way to another answer is to be worked out too.
    pub(crate) explains: bool,
    bundled: Bundled<'e>,
    budget: Rc<Budget>,
    /// Which answers each criterion gave, where that is asked for.
    observed: Option<RefCell<BTreeMap<Span, Answers>>>,
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

/// An evaluation, and the trial in question where a trial's tables are decided.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'c, 'e> {
    evaluation: &'c Evaluation<'e>,
    trial: Option<&'c Trial>,
    response: Option<When>,
    /// The drug whose appointment `proposed` means; any, where absent.
    proposes: Option<DrugSetId>,
}

impl<'e> Evaluation<'e> {
    /// Sets out to evaluate a plan on a chart. `hook` is the hook that asks.
    #[must_use]
    pub fn new(plan: &'e Plan, chart: &'e Chart<'e>, as_of: AsOf, hook: &str) -> Self {
        let cells = plan.definitions.len();
        Self {
            plan,
            chart,
            as_of,
            hook: hook.to_owned(),
            facts: Facts::default(),
            definitions: (0..cells).map(|_| OnceCell::new()).collect(),
            trials: RefCell::default(),
            courses: (0..cells).map(|_| OnceCell::new()).collect(),
            rules: plan.rules.iter().map(|_| OnceCell::new()).collect(),
            explains: false,
            bundled: Bundled::default(),
            budget: Rc::default(),
            observed: None,
        }
    }

    /// Also works out what would have to change for another answer.
    #[must_use]
    pub fn explaining(mut self) -> Self {
        self.explains = true;
        self
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
        self
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

    /// The view of it that criteria have.
    #[must_use]
    pub fn cx(&self) -> Cx<'_, 'e> {
        Cx { evaluation: self, trial: None, response: None, proposes: None }
    }

    /// What a definition says.
    #[must_use]
    pub fn verdict(&self, id: DefId) -> Rc<Verdict> {
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

impl<'c, 'e> Cx<'c, 'e> {
    /// The whole evaluation.
    #[must_use]
    pub fn evaluation(self) -> &'c Evaluation<'e> {
        self.evaluation
    }

    /// The chart.
    #[must_use]
    pub fn chart(self) -> &'e Chart<'e> {
        self.evaluation.chart
    }

    /// The steps that may be taken.
    #[must_use]
    pub(crate) fn budget(self) -> &'c Budget {
        &self.evaluation.budget
    }

    /// Uses up a step; false where there was none left.
    pub(crate) fn takes_a_step(self) -> bool {
        self.look_at(1);
        !self.budget().is_exceeded()
    }

    /// Uses up a step for each of so many things that are looked at.
    pub(crate) fn look_at(self, things: usize) {
        self.budget().spend(things as u64);
    }

    /// The plan.
    #[must_use]
    pub fn plan(self) -> &'e Plan {
        self.evaluation.plan
    }

    /// What the pack knows of codes.
    #[must_use]
    pub fn vocabulary(self) -> &'e Vocabulary {
        &self.evaluation.plan.vocabulary
    }

    /// The moment the chart is looked at.
    #[must_use]
    pub fn as_of(self) -> AsOf {
        self.evaluation.as_of
    }

    /// The hook that asks.
    #[must_use]
    pub fn hook(self) -> &'c str {
        &self.evaluation.hook
    }

    /// Whether the way to another answer is to be worked out too.
    #[must_use]
    pub fn explains(self) -> bool {
        self.evaluation.explains
    }

    /// The facts drawn from the chart.
    #[must_use]
    pub fn facts(self) -> &'c Facts {
        &self.evaluation.facts
    }

    /// The trial in question.
    #[must_use]
    pub fn trial(self) -> Option<&'c Trial> {
        self.trial
    }

    /// The same evaluation with a trial in question.
    #[must_use]
    pub fn about(self, trial: &'c Trial) -> Self {
        Self { trial: Some(trial), ..self }
    }

    /// When the response in question was seen.
    #[must_use]
    pub fn response(self) -> Option<When> {
        self.response
    }

    /// The same evaluation with a response in question.
    #[must_use]
    pub fn after_response(self, seen: When) -> Self {
        Self { response: Some(seen), ..self }
    }

    /// What a definition says; where it is about the trial in question, for that trial.
    #[must_use]
    pub fn definition(self, id: DefId) -> Rc<Verdict> {
        let Some(definition) = self.evaluation.plan.definitions.get(id.index()) else { return Rc::new(broken()) };
        let decide = || match &definition.body {
            DefinitionBody::Criterion(node) => node.decide(self),
            DefinitionBody::Course(_) | DefinitionBody::Date(_) | DefinitionBody::Broken => broken(),
        };
        match self.evaluation.definitions.get(id.index()) {
            Some(cell) if !definition.scoped => Rc::clone(cell.get_or_init(|| Rc::new(decide()))),
            _ => Rc::new(decide()),
        }
    }

    /// The trials of a definition.
    #[must_use]
    pub fn trials(self, id: DefId) -> Rc<Vec<Trial>> {
        let plan = match self.evaluation.plan.definitions.get(id.index()).map(|definition| &definition.body) {
            Some(DefinitionBody::Criterion(node)) => node.test.trials(),
            _ => None,
        };
        plan.map_or_else(Rc::default, |plan| self.trials_of(plan))
    }

    /// The trials of a plan of them, worked out once.
    #[must_use]
    pub fn trials_of(self, plan: &TrialPlan) -> Rc<Vec<Trial>> {
        let key = std::ptr::from_ref(plan);
        if let Some((_, list)) = self.evaluation.trials.borrow().iter().find(|(known, _)| *known == key) {
            return Rc::clone(list);
        }
        let list = Rc::new(plan.trials(self));
        self.evaluation.trials.borrow_mut().push((key, Rc::clone(&list)));
        list
    }

    /// The courses of a definition.
    #[must_use]
    pub fn course(self, id: DefId) -> Rc<Course> {
        let find = || {
            let definition = self.evaluation.plan.definitions.get(id.index());
            Rc::new(match definition.map(|definition| &definition.body) {
                Some(DefinitionBody::Course(plan)) => plan.course(self),
                _ => Course::default(),
            })
        };
        self.evaluation.courses.get(id.index()).map_or_else(find, |cell| Rc::clone(cell.get_or_init(find)))
    }

    /// A date of a course.
    #[must_use]
    pub fn course_day(self, id: DefId, day: CourseDay) -> Resolved {
        self.course(id).day(day)
    }

    /// The date of a definition.
    #[must_use]
    pub fn date(self, id: DefId) -> Resolved {
        match self.evaluation.plan.definitions.get(id.index()).map(|definition| &definition.body) {
            Some(DefinitionBody::Date(rule)) => rule.resolve(self),
            _ => Resolved::Unknown,
        }
    }

    /// The day of the appointment that is proposed.
    #[must_use]
    pub fn proposed(self) -> Resolved {
        self.facts().bookings(self).proposed(self.proposes)
    }

    /// The same evaluation, where `proposed` means the appointment for a drug.
    #[must_use]
    pub fn proposing(self, drugs: DrugSetId) -> Self {
        Self { proposes: Some(drugs), ..self }
    }

    /// What a course is of, in words.
    #[must_use]
    pub fn course_title(self, id: DefId) -> Option<&'e str> {
        match self.evaluation.plan.definitions.get(id.index()).map(|definition| &definition.body) {
            Some(DefinitionBody::Course(plan)) => Some(&plan.title),
            _ => None,
        }
    }

    /// The drug set of a course.
    #[must_use]
    pub fn course_of(self, id: DefId) -> Option<DrugSetId> {
        match self.evaluation.plan.definitions.get(id.index()).map(|definition| &definition.body) {
            Some(DefinitionBody::Course(plan)) => Some(plan.set),
            _ => None,
        }
    }

    /// The chart as one bundle for FHIRPath, and which resource each of its entries is.
    pub(crate) fn bundled(self) -> (Option<&'c Record<'e>>, &'c [RecordRef]) {
        self.evaluation.bundled.of(self.evaluation.chart)
    }

    /// Whether nothing certain can be concluded from a resource.
    #[must_use]
    pub fn is_doubtful(self, record: RecordRef) -> bool {
        self.chart().doubt(record).is_some()
    }

    /// How a resource is called.
    #[must_use]
    pub fn name(self, record: RecordRef) -> String {
        self.chart().name(record).map(ToString::to_string).unwrap_or_default()
    }

    /// Reads a date of the record.
    #[must_use]
    pub fn when(self, text: Option<&str>) -> Option<When> {
        text.and_then(|text| self.chart().when(text))
    }

    /// What it means that no record of a type was found: what the rule says, unless the sender did
    /// not look.
    #[must_use]
    pub fn absence(self, kind: &str, if_absent: Truth) -> Truth {
        if self.chart().looked_for(kind) { if_absent } else { Truth::Unknown }
    }
}

fn broken() -> Verdict {
    Verdict::new(Truth::Unknown, "this definition cannot be evaluated")
}
