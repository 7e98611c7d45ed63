//! Counts over a population, in bounded memory.

mod reasons;

pub use reasons::Reasons;

use std::collections::BTreeMap;

use curbside_cards::MORE_NOTES;
use curbside_engine::{Answer, DecisionRecord};
use curbside_rules::model::{Indicator, Outcome};
use serde::{Deserialize, Serialize};

use crate::ask::Row;

/// Most failures whose words are kept; the rest are counted.
const MOST_FAILURES: usize = 1000;

/// What came of a population.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Decisions documents: one a patient and record.
    pub patients: u64,
    /// Records without an answer.
    pub failures: u64,
    /// The first of them.
    pub failed: Vec<Failed>,
    /// By rule.
    pub rules: BTreeMap<String, RuleTally>,
    /// How many patients see no card, one, two and so on; the last counts those who see more.
    pub cards: [u64; 6],
    /// Cards by indicator.
    pub indicators: BTreeMap<Indicator, u64>,
    /// The packs, as `id version`.
    pub packs: Vec<String>,
    /// How rules come out at further moments, in their order.
    pub course: Vec<Step>,
}

/// A record without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// How the record is called.
    pub input: String,
    /// Why.
    pub error: String,
}

/// What came of a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleTally {
    /// How it came out.
    #[serde(flatten)]
    pub outcomes: Counts,
    /// Its cards by indicator.
    pub cards: BTreeMap<Indicator, u64>,
    /// What was missing where it is unknown.
    pub unknown_for: Reasons,
}

/// How often a rule came out which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// It was met.
    pub met: u64,
    /// It was not.
    pub not_met: u64,
    /// The record does not say.
    pub unknown: u64,
}

/// How rules come out at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The moment.
    pub at: String,
    /// By rule.
    pub rules: BTreeMap<String, Counts>,
}

impl Counts {
    /// One decision.
    #[must_use]
    pub fn of(outcome: Outcome) -> Self {
        let is = |other| u64::from(outcome == other);
        Self { met: is(Outcome::Met), not_met: is(Outcome::NotMet), unknown: is(Outcome::Unknown) }
    }

    /// Every rule of an answer.
    pub(crate) fn of_rules(answer: &Answer) -> impl Iterator<Item = (String, Self)> {
        answer.decisions.iter().map(|decision| (decision.rule.clone(), Self::of(decision.outcome)))
    }

    /// All of them.
    #[must_use]
    pub fn total(self) -> u64 {
        self.met + self.not_met + self.unknown
    }

    fn add(&mut self, other: Self) {
        self.met += other.met;
        self.not_met += other.not_met;
        self.unknown += other.unknown;
    }
}

impl Tally {
    /// An empty tally whose course has these moments.
    #[must_use]
    pub fn new(moments: impl IntoIterator<Item = String>) -> Self {
        Self { course: moments.into_iter().map(|at| Step { at, ..Step::default() }).collect(), ..Self::default() }
    }

    /// Counts a row.
    pub fn add(&mut self, row: &Row) {
        let answer = match &row.answer {
            Ok(answer) => answer,
            Err(error) => {
                self.failures += 1;
                if self.failed.len() < MOST_FAILURES {
                    self.failed.push(Failed { input: row.name.clone(), error: error.clone() });
                }
                return;
            }
        };
        self.patients += 1;
        if self.packs.is_empty() {
            self.packs = answer.packs.iter().map(|pack| format!("{} {}", pack.id, pack.version)).collect();
        }
        for decision in &answer.decisions {
            self.rule(&decision.rule).decision(decision);
        }
        for card in &answer.cards {
            *self.indicators.entry(card.indicator).or_default() += 1;
            let rule = &card.extension.decision.rule;
            if rule != MORE_NOTES {
                *self.rule(rule).cards.entry(card.indicator).or_default() += 1;
            }
        }
        if let Some(count) = self.cards.get_mut(answer.cards.len().min(5)) {
            *count += 1;
        }
        for (step, rules) in self.course.iter_mut().zip(&row.course) {
            for (rule, counts) in rules {
                step.rules.entry(rule.clone()).or_default().add(*counts);
            }
        }
    }

    fn rule(&mut self, id: &str) -> &mut RuleTally {
        // Looked up first: a rule is new once, and its id need not be copied every time.
        if !self.rules.contains_key(id) {
            self.rules.insert(id.to_owned(), RuleTally::default());
        }
        self.rules.entry(id.to_owned()).or_default()
    }
}

impl RuleTally {
    fn decision(&mut self, decision: &DecisionRecord) {
        self.outcomes.add(Counts::of(decision.outcome));
        if decision.outcome == Outcome::Unknown {
            for missing in &decision.missing {
                self.unknown_for.add(&missing.what);
            }
        }
    }
}
