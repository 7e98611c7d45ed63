//! Decisions against those that were stored: which rule is noisy, which one misses something.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;

use curbside_engine::Answer;
use curbside_rules::model::Outcome;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::input::lines::Lines;
use crate::input::open::{BytesRead, open};

/// Stored decisions, by patient and hook; where a patient has several, in their order.
#[derive(Debug)]
pub struct Expected {
    stored: HashMap<(Option<String>, String), VecDeque<Vec<(u32, Outcome)>>>,
    rules: Vec<String>,
}

/// How decisions compare with the stored ones, by rule.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdicts {
    /// By rule.
    pub rules: BTreeMap<String, RuleVerdicts>,
    /// Decisions that are not as stored.
    pub wrong: u64,
    /// Stored decisions documents whose patient was not seen.
    pub unseen: u64,
    /// Patients without stored decisions.
    pub unexpected: u64,
}

/// How the decisions of a rule compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RuleVerdicts {
    /// It fired and should.
    pub fired: u64,
    /// It is quiet and should be.
    pub quiet: u64,
    /// It fired and should not.
    pub noisy: u64,
    /// It should have fired.
    pub missing: u64,
    /// It is quiet and should be, but unknown where it was not met, or not met where it was unknown.
    pub otherwise: u64,
}

/// A decision that is not as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// The patient.
    pub patient: Option<String>,
    /// The rule.
    pub rule: String,
    /// `noisy`, `missing` or `otherwise`.
    pub verdict: &'static str,
    /// As stored.
    pub expected: Outcome,
    /// As decided; `None` where the rule was not asked.
    pub found: Option<Outcome>,
}

#[derive(Deserialize)]
struct Stored {
    patient: Option<String>,
    #[serde(default = "patient_view")]
    hook: String,
    decisions: Vec<StoredDecision>,
}

#[derive(Deserialize)]
struct StoredDecision {
    rule: String,
    outcome: Outcome,
}

fn patient_view() -> String {
    "patient-view".to_owned()
}

impl Expected {
    /// Reads stored decisions documents, one a line.
    ///
    /// # Errors
    ///
    /// [`Error`] with the line that is none.
    pub fn read(path: &Path, max_bytes: usize) -> Result<Self, Error> {
        let reader = open(path, &BytesRead::default()).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
        let mut lines = Lines::new(reader, max_bytes);
        let mut expected = Self { stored: HashMap::new(), rules: Vec::new() };
        while let Some(line) = lines.next() {
            let line = line.and_then(|line| serde_json::from_slice::<Stored>(&line).map_err(|error| error.to_string()));
            let stored = line.map_err(|error| {
                Error::new(format!("{}:{}: this is no decisions document: {error}", path.display(), lines.number))
                    .help("give what `curbside replay --output FILE.ndjson` wrote")
            })?;
            let decisions = stored.decisions.into_iter().map(|decision| (expected.number(decision.rule), decision.outcome)).collect();
            expected.stored.entry((stored.patient, stored.hook)).or_default().push_back(decisions);
        }
        Ok(expected)
    }

    /// Rules are few and patients many: a rule's name is kept once.
    fn number(&mut self, rule: String) -> u32 {
        let at = self.rules.iter().position(|known| *known == rule).unwrap_or_else(|| {
            self.rules.push(rule);
            self.rules.len() - 1
        });
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// Compares the next answer about a patient; what is not as stored.
    pub fn compare(&mut self, answer: &Answer, verdicts: &mut Verdicts) -> Vec<Wrong> {
        let stored = self.stored.get_mut(&(answer.patient.clone(), answer.hook.clone())).and_then(VecDeque::pop_front);
        let Some(stored) = stored else {
            verdicts.unexpected += 1;
            return Vec::new();
        };
        let mut wrong = Vec::new();
        for (rule, expected) in stored {
            let Some(rule) = self.rules.get(rule as usize) else { continue };
            let found = answer.decisions.iter().find(|decision| decision.rule == *rule).map(|decision| decision.outcome);
            let counts = verdicts.rules.entry(rule.clone()).or_default();
            let verdict = match (expected == Outcome::Met, found == Some(Outcome::Met)) {
                (true, true) => {
                    counts.fired += 1;
                    continue;
                }
                (false, true) => {
                    counts.noisy += 1;
                    "noisy"
                }
                (true, false) => {
                    counts.missing += 1;
                    "missing"
                }
                (false, false) if found == Some(expected) => {
                    counts.quiet += 1;
                    continue;
                }
                (false, false) => {
                    counts.otherwise += 1;
                    "otherwise"
                }
            };
            verdicts.wrong += 1;
            wrong.push(Wrong { patient: answer.patient.clone(), rule: rule.clone(), verdict, expected, found });
        }
        wrong
    }

    /// Counts what was stored and never seen.
    pub fn finish(self, verdicts: &mut Verdicts) {
        verdicts.unseen = self.stored.values().map(|rest| rest.len() as u64).sum();
    }
}
