//! Trials of drugs as data: what a clinician checks before believing a count of them.

use std::rc::Rc;

use curbside_chart::Chart;
use curbside_rules::compile::{DefId, DefinitionBody};
use curbside_rules::derive::Trial;
use curbside_rules::evaluate::Budget;
use curbside_rules::{Evaluation, RuleId, Truth};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Error, asked, within};
use crate::pack::Pack;
use crate::question::Question;

/// The trials that a definition of a pack found, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialList {
    /// The definition.
    pub name: String,
    /// The drug set, for people.
    pub title: String,
    /// The trials.
    pub trials: Vec<TrialRecord>,
}

/// A trial of a drug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrialRecord {
    /// The drug.
    pub ingredient: String,
    /// The dose on most of its days: `100 mg/d`.
    pub daily_dose: String,
    /// When it began: a date, or a range where the record does not say the day.
    pub start: String,
    /// When it ended; the day the chart is looked at, while it goes on.
    pub end: String,
    /// Whether it goes on.
    pub ongoing: Truth,
    /// First and last day on which it may have run, as days since 1970, for drawing it.
    #[serde(skip)]
    pub span: (i64, i64),
    /// Days at an adequate dose in a row: for certain.
    pub days: i64,
    /// Days at an adequate dose in a row: at most.
    pub days_at_most: i64,
    /// `confirmed`, `review` or `not counted`.
    pub outcome: String,
    /// Why, as a code; empty where it counts.
    pub reason: String,
    /// Why, in a sentence.
    pub because: String,
    /// The records it is made of.
    pub records: Vec<String>,
}

impl Engine {
    /// The trials that the rules asked for rest on.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownService`]; [`Error::Steps`].
    pub fn trials(&self, chart: &Chart<'_>, question: &Question<'_>) -> Result<Vec<TrialList>, Error> {
        let hook = self.hook(chart, question.ask)?;
        let budget = Rc::new(Budget::of(question.max_steps));
        let lists = self.packs().iter().flat_map(|pack| {
            let evaluation = Evaluation::new(&pack.plan, chart, question.as_of, &hook).within(&budget);
            of(pack, &evaluation, &asked(pack, question.ask, &hook))
        });
        let lists = lists.collect();
        within(&budget)?;
        Ok(lists)
    }
}

/// The trials that rules rest on.
pub(crate) fn of(pack: &Pack, evaluation: &Evaluation<'_>, rules: &[RuleId]) -> Vec<TrialList> {
    let uses = pack.plan.uses_of(rules);
    uses.definitions.into_iter().filter_map(|id| list(pack, evaluation, id)).collect()
}

fn list(pack: &Pack, evaluation: &Evaluation<'_>, id: DefId) -> Option<TrialList> {
    let definition = pack.plan.definitions.get(id.index())?;
    let DefinitionBody::Criterion(node) = &definition.body else { return None };
    let plan = node.test.trials()?;
    let trials = evaluation.cx().trials(id).iter().map(|trial| record(evaluation, trial)).collect();
    Some(TrialList { name: definition.name.to_string(), title: plan.title().to_owned(), trials })
}

fn record(evaluation: &Evaluation<'_>, trial: &Trial) -> TrialRecord {
    let names = trial.records.iter().filter_map(|record| evaluation.chart().name(*record));
    TrialRecord {
        ingredient: trial.name.clone(),
        daily_dose: trial.dose.to_string(),
        start: trial.start.to_string(),
        end: trial.end.to_string(),
        ongoing: trial.ongoing,
        span: (trial.start.first_day().number(), trial.end.last_day().number()),
        days: trial.days.0,
        days_at_most: trial.days.1,
        outcome: trial.outcome_name().to_owned(),
        reason: trial.reason.clone(),
        because: trial.because.clone(),
        records: names.map(ToString::to_string).collect(),
    }
}
