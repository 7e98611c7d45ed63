//! What criteria see while they are decided: the chart, the facts drawn from it so far, and the
//! trial in question.

use std::fmt::{self, Write as _};
use std::rc::Rc;

use curbside_chart::time::{AsOf, Day, When};
use curbside_chart::{Chart, Name, RecordRef};
use curbside_fhirpath::Record;
use curbside_terminology::{DrugSetId, Vocabulary};
use smol_str::SmolStr;

use super::budget::Budget;
use super::evaluation::Evaluation;
use super::handle::Handle;
use super::inquiry::Inquiry;
use super::verdict::Verdict;
use crate::compile::{DefId, DefinitionBody, Node, Plan};
use crate::derive::{Course, Trial, TrialPlan};
use crate::facts::{Facts, Reasons, remembered};
use crate::shared::{CourseDay, Resolved};
use crate::truth::Truth;

/// An evaluation, and the trial in question where a trial's tables are decided.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'c, 'e> {
    evaluation: &'c Evaluation<'e>,
    inquiry: Option<&'c Inquiry<'c, 'e>>,
    response: Option<When>,
    /// The drug whose appointment `proposed` means; any, where absent.
    proposes: Option<DrugSetId>,
    /// The appointment in question among those that are proposed.
    proposal: Option<RecordRef>,
    /// The day on which the course in question went on; the last course, where absent.
    course_on: Option<Day>,
}

impl<'c, 'e> Cx<'c, 'e> {
    pub(super) const fn of(evaluation: &'c Evaluation<'e>) -> Self {
        Self { evaluation, inquiry: None, response: None, proposes: None, proposal: None, course_on: None }
    }

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
        self.inquiry.map(|inquiry| inquiry.trial)
    }

    /// The reasons that the records of the trial in question give.
    pub(crate) fn reasons(self) -> &'c [(RecordRef, Reasons<'e>)] {
        self.inquiry.map(|inquiry| inquiry.reasons(self)).unwrap_or_default()
    }

    /// The same evaluation with a trial in question.
    #[must_use]
    pub fn about(self, inquiry: &'c Inquiry<'c, 'e>) -> Self {
        Self { inquiry: Some(inquiry), ..self }
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
    pub fn definition(self, id: DefId) -> Handle<Verdict> {
        let Some(definition) = self.evaluation.plan.definitions.get(id.index()) else { return Handle::new(broken()) };
        let decide = || match &definition.body {
            DefinitionBody::Criterion(node) => match self.untouched(node).filter(|_| self.takes_a_step()) {
                Some(verdict) => verdict.clone(),
                None => Handle::new(node.decide(self)),
            },
            DefinitionBody::Course(_) | DefinitionBody::Date(_) | DefinitionBody::Broken => Handle::new(broken()),
        };
        match self.evaluation.definitions.get(id.index()) {
            Some(cell) if !definition.scoped && self.proposal.is_none() => cell.get_or_init(decide).clone(),
            _ => match self.inquiry.filter(|_| self.asks_nothing_else()) {
                Some(inquiry) => inquiry.definition(id, decide),
                None => decide(),
            },
        }
    }

    /// What a criterion says, where nothing in the chart touches it and nothing else is in question.
    pub(crate) fn untouched(self, node: &Node) -> Option<&'e Handle<Verdict>> {
        let is_plain = self.inquiry.is_none() && self.asks_nothing_else();
        is_plain.then(|| self.evaluation.untouched_node(node)).flatten()
    }

    /// Whether nothing but a trial is in question.
    fn asks_nothing_else(self) -> bool {
        self.response.is_none() && self.proposes.is_none() && self.proposal.is_none()
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
        remembered(&self.evaluation.trials, &std::ptr::from_ref(plan), || plan.trials(self))
    }

    /// The courses of a definition.
    #[must_use]
    pub fn course(self, id: DefId) -> Rc<Course> {
        let find = || {
            let definition = self.evaluation.plan.definitions.get(id.index());
            match definition.map(|definition| &definition.body) {
                Some(DefinitionBody::Course(plan)) => plan.course(self),
                _ => Course::default(),
            }
        };
        remembered(&self.evaluation.courses, &id, find)
    }

    /// A date of a course.
    #[must_use]
    pub fn course_day(self, id: DefId, day: CourseDay) -> Resolved {
        self.course(id).day(day, self.course_on)
    }

    /// The same evaluation with the course in question that went on on a day, for dates of courses.
    #[must_use]
    pub(crate) fn of_course_on(self, day: Day) -> Self {
        Self { course_on: Some(day), ..self }
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
        self.facts().bookings(self).proposed(self.proposes, self.proposal)
    }

    /// The appointment in question among those that are proposed, where one is.
    #[must_use]
    pub fn proposal(self) -> Option<RecordRef> {
        self.proposal
    }

    /// The same evaluation with one of the appointments that are proposed in question.
    #[must_use]
    pub fn about_proposal(self, appointment: RecordRef) -> Self {
        Self { proposal: Some(appointment), ..self }
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
        self.chart().name(record).map(Name::text).unwrap_or_default()
    }

    /// A sentence.
    #[must_use]
    pub(crate) fn says(self, words: fmt::Arguments<'_>) -> SmolStr {
        self.say(|text| {
            // Writing to a string never fails.
            let _ = text.write_fmt(words);
        })
    }

    /// A sentence that is written piece by piece, without asking for another one meanwhile.
    #[must_use]
    pub(crate) fn say(self, write: impl FnOnce(&mut String)) -> SmolStr {
        let mut draft = self.evaluation.draft.borrow_mut();
        draft.clear();
        write(&mut draft);
        SmolStr::new(draft.as_str())
    }

    /// Writes how a resource is called.
    pub(crate) fn write_name(self, record: RecordRef, text: &mut String) {
        if let Some(name) = self.chart().name(record) {
            let _ = write!(text, "{name}");
        }
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
