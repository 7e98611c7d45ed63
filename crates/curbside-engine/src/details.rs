//! What can be asked beside decisions: explanations, trials, what definitions say.

use std::collections::BTreeMap;
use std::rc::Rc;

use curbside_rules::compile::DefinitionBody;
use curbside_rules::evaluate::Budget;
use curbside_rules::fact::Fact;
use curbside_rules::{Evaluation, Truth};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::{Engine, Error, within};
use crate::explain::Explanation;
use crate::question::Question;
use crate::trials::{TrialList, TrialRecord};

/// What is asked beside decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DetailsAsked {
    /// Rules to explain, by id, whatever the hook.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explain: Vec<String>,
    /// Whether to list the trials that the rules rest on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trials: bool,
    /// Definitions, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<String>,
}

/// The answer to that.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// The explanations of the rules that there are.
    pub explanations: Vec<Explanation>,
    /// The trials that the rules rest on.
    pub trials: Vec<TrialList>,
    /// What the definitions that there are say.
    pub facts: BTreeMap<String, DefinitionValue>,
    /// First and last days of all trials in their order: the trials themselves, as documents, do not carry them.
    spans: Vec<(i64, i64)>,
}

/// What a definition says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionValue {
    /// What templates see of it.
    pub value: Value,
    /// Its truth, where it is a criterion.
    pub truth: Option<Truth>,
    /// The label that a table gave instead of a truth.
    pub label: Option<String>,
}

/// A value as templates see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// Text.
    Text(String),
    /// A number as it is shown.
    Number(String),
    /// A truth.
    Truth(Truth),
    /// A list.
    List(Vec<Value>),
    /// Named values.
    Record(Vec<(String, Value)>),
    /// The record does not say.
    Missing,
}

impl From<&Fact> for Value {
    fn from(fact: &Fact) -> Self {
        match fact {
            Fact::Text(text) => Self::Text(text.clone()),
            Fact::Number(text) => Self::Number(text.clone()),
            Fact::Truth(truth) => Self::Truth(*truth),
            Fact::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Fact::Record(members) => Self::Record(members.iter().map(|(name, fact)| ((*name).to_owned(), Self::from(fact))).collect()),
            Fact::Missing => Self::Missing,
        }
    }
}

impl Engine {
    /// Answers what is asked beside decisions.
    ///
    /// # Errors
    ///
    /// As [`Engine::answer`].
    pub fn details(&self, question: &Question<'_>, asked: &DetailsAsked) -> Result<Details, Error> {
        let mut details = Details::default();
        for rule in &asked.explain {
            let chart = self.chart_for(question, rule)?;
            details.explanations.extend(self.explain(&chart, question, rule)?);
        }
        if asked.trials {
            details.trials = self.trials(&self.whole_chart(question)?, question)?;
        }
        if !asked.facts.is_empty() {
            let chart = self.whole_chart(question)?;
            let hook = self.hook(&chart, question.ask)?;
            let budget = Rc::new(Budget::of(question.max_steps));
            for pack in self.packs() {
                let evaluation = Evaluation::new(&pack.plan, &chart, question.as_of, &hook).within(&budget);
                for name in &asked.facts {
                    let Some(id) = pack.plan.definition(None, name).filter(|_| !details.facts.contains_key(name)) else { continue };
                    let body = pack.plan.definitions.get(id.index()).map(|definition| &definition.body);
                    let verdict = matches!(body, Some(DefinitionBody::Criterion(_))).then(|| evaluation.verdict(id));
                    let value = DefinitionValue {
                        value: Value::from(&evaluation.fact_of(id)),
                        truth: verdict.as_ref().map(|verdict| verdict.truth),
                        label: verdict.and_then(|verdict| verdict.label.as_deref().map(str::to_owned)),
                    };
                    details.facts.insert(name.clone(), value);
                }
            }
            within(&budget)?;
        }
        details.spans = details.each_trial().map(|trial| trial.span).collect();
        Ok(details)
    }
}

impl Details {
    fn each_trial(&mut self) -> impl Iterator<Item = &mut TrialRecord> {
        let explained = self.explanations.iter_mut().flat_map(|told| &mut told.trials);
        explained.chain(&mut self.trials).flat_map(|list| &mut list.trials)
    }

    /// With the days on which trials are drawn, once it has been read.
    pub(crate) fn drawn(mut self) -> Self {
        let spans = std::mem::take(&mut self.spans);
        for (trial, span) in self.each_trial().zip(&spans) {
            trial.span = *span;
        }
        self.spans = spans;
        self
    }
}
