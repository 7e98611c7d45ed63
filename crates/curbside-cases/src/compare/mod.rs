//! What a case expects against what the rules said.

mod cards;
mod facts;

pub(crate) use cards::rule_of;

use std::collections::BTreeMap;

use curbside_engine::{Answer, DefinitionValue, Engine};
use curbside_rules::model::Outcome;
use curbside_source::Span;

use crate::file::Case;
use crate::why::Step;

/// Which way it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Something spoke, or spoke louder, than it should have.
    Noisy,
    /// Something did not speak, or not as loudly, as it should have.
    Missing,
    /// It spoke, with other words or in another order.
    Different,
}

impl Direction {
    /// `noisy`, `missing` or `different`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Noisy => "noisy",
            Self::Missing => "missing",
            Self::Different => "different",
        }
    }

    fn of<T: Ord>(expected: &T, got: &T) -> Self {
        match got.cmp(expected) {
            std::cmp::Ordering::Greater => Self::Noisy,
            std::cmp::Ordering::Less => Self::Missing,
            std::cmp::Ordering::Equal => Self::Different,
        }
    }
}

/// An expectation that does not hold.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// Which way it went wrong.
    pub direction: Direction,
    /// What it is about: a rule, `card RULE`, `cards`, or `fact NAME`.
    pub about: String,
    /// What the case expects.
    pub expected: String,
    /// What there is.
    pub got: String,
    /// Where the case says so.
    pub span: Span,
    /// The criteria that decided it.
    pub why: Vec<Step>,
}

/// How much a rule speaks, for the direction of a mismatch.
const fn loudness(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::NotMet => 0,
        Outcome::Unknown => 1,
        Outcome::Met => 2,
    }
}

/// Everything that is not as a case expects; the criteria that decided it are left open.
pub(crate) fn compare(case: &Case, engine: &Engine, answer: &Answer, facts: &BTreeMap<String, DefinitionValue>) -> Vec<Mismatch> {
    let mut list = outcomes(case, engine, answer);
    list.extend(cards::compare(case, answer));
    list.extend(facts::compare(case, engine, facts));
    list
}

impl Mismatch {
    /// The rule it is about, where it is about one.
    pub(crate) fn rule(&self) -> &str {
        self.about.strip_prefix("card ").unwrap_or(&self.about)
    }
}

fn outcomes(case: &Case, engine: &Engine, answer: &Answer) -> Vec<Mismatch> {
    let mut list = Vec::new();
    for (rule, wanted) in &case.expected.outcomes {
        let decision = answer.decisions.iter().find(|decision| decision.rule == rule.value);
        let (got, said) = match decision {
            Some(decision) => (decision.outcome, decision.outcome.to_string()),
            // A rule that the hook does not ask is not met; one that does not exist is a slip of the pen.
            None if engine.packs().iter().any(|pack| pack.plan.rule(&rule.value).is_some()) => {
                (Outcome::NotMet, format!("not asked by {}", answer.hook))
            }
            None => {
                let known = engine.packs().iter().flat_map(|pack| pack.plan.rules.iter().map(|rule| rule.id.as_str()));
                let help = curbside_source::did_you_mean(&rule.value, known).map(|help| format!(" ({help})")).unwrap_or_default();
                list.push(Mismatch {
                    direction: Direction::Missing,
                    about: rule.value.clone(),
                    expected: wanted.value.to_string(),
                    got: format!("no such rule{help}"),
                    span: rule.span,
                    why: Vec::new(),
                });
                continue;
            }
        };
        if got != wanted.value {
            list.push(Mismatch {
                direction: Direction::of(&loudness(wanted.value), &loudness(got)),
                about: rule.value.clone(),
                expected: wanted.value.to_string(),
                got: said,
                span: wanted.span,
                why: Vec::new(),
            });
        }
    }
    list
}
