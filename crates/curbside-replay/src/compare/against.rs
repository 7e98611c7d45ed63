//! What other rules would have said.

use std::collections::{BTreeMap, BTreeSet};

use curbside_cards::wire::Card;
use curbside_engine::{Answer, DecisionRecord};
use curbside_rules::model::{Indicator, Outcome};
use serde::Serialize;

use super::difference::Difference;
use crate::tally::Reasons;

/// A decision that comes out otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The patient.
    pub patient: Option<String>,
    /// The rule.
    pub rule: String,
    /// How it comes out, and with which card.
    #[serde(flatten)]
    pub shift: Shift,
    /// What made the difference.
    pub because: Difference,
}

/// How a rule comes out with one set of rules and with the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shift {
    /// With the first; `None` where it has no such rule.
    pub from: Option<Outcome>,
    /// Its card there.
    pub from_card: Option<Indicator>,
    /// With the other.
    pub to: Option<Outcome>,
    /// Its card there.
    pub to_card: Option<Indicator>,
}

/// All changes over a population.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Against {
    /// Patients with at least one change.
    pub patients: u64,
    /// By rule: how often each shift, and the criteria that made it.
    pub rules: BTreeMap<String, Vec<(Shift, Reasons)>>,
}

impl Change {
    /// What differs between two answers about a patient. Only what a clinician could notice counts: an
    /// outcome or a card, not a version number.
    pub(crate) fn all(before: &Answer, after: &Answer) -> Vec<Self> {
        let ids: BTreeSet<&str> = before.decisions.iter().chain(&after.decisions).map(|decision| decision.rule.as_str()).collect();
        ids.into_iter().filter_map(|rule| Self::of(rule, before, after)).collect()
    }

    fn of(rule: &str, before: &Answer, after: &Answer) -> Option<Self> {
        let (old, new) = (decision(before, rule), decision(after, rule));
        let shift = Shift {
            from: old.map(|decision| decision.outcome),
            from_card: card(before, rule),
            to: new.map(|decision| decision.outcome),
            to_card: card(after, rule),
        };
        let because = match (old, new) {
            _ if shift.is_none() => return None,
            (Some(old), Some(new)) => Difference::between(&old.because, &new.because),
            (old, new) => Difference::one_sided(old.map(|old| &old.because), new.map(|new| &new.because)),
        };
        Some(Self { patient: before.patient.clone(), rule: rule.to_owned(), shift, because })
    }
}

impl Shift {
    /// Whether nothing is different: a rule that is not met might as well not be there.
    fn is_none(&self) -> bool {
        let said = |outcome: Option<Outcome>| outcome.filter(|outcome| *outcome != Outcome::NotMet);
        said(self.from) == said(self.to) && self.from_card == self.to_card
    }
}

impl Against {
    /// Counts the changes of a patient.
    pub fn add(&mut self, changes: &[Change]) {
        self.patients += u64::from(!changes.is_empty());
        for change in changes {
            let shifts = self.rules.entry(change.rule.clone()).or_default();
            let at = match shifts.binary_search_by(|(shift, _)| shift.cmp(&change.shift)) {
                Ok(at) => at,
                Err(at) => {
                    shifts.insert(at, (change.shift.clone(), Reasons::default()));
                    at
                }
            };
            if let Some((_, criteria)) = shifts.get_mut(at) {
                criteria.add(&change.because.criterion);
            }
        }
    }
}

fn decision<'a>(answer: &'a Answer, rule: &str) -> Option<&'a DecisionRecord> {
    answer.decisions.iter().map(|decision| &**decision).find(|decision| decision.rule == rule)
}

fn card(answer: &Answer, rule: &str) -> Option<Indicator> {
    let of_rule = |card: &&Card| card.extension.decision.rule == rule;
    answer.cards.iter().find(of_rule).map(|card| card.indicator)
}
