//! What is missing most often.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Most reasons that are told apart: some name a drug or a code of the record, and a population has
/// many of those.
const MOST: usize = 4096;

/// How often something was missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(String, u64)>", into = "Vec<(String, u64)>")]
pub struct Reasons {
    counts: HashMap<String, u64>,
}

impl Reasons {
    pub(crate) fn add(&mut self, what: &str) {
        if let Some(count) = self.counts.get_mut(what) {
            *count += 1;
        } else {
            let what = if self.counts.len() < MOST { what } else { "something else" };
            *self.counts.entry(what.to_owned()).or_default() += 1;
        }
    }

    /// The most frequent ones with their counts, most frequent first.
    #[must_use]
    pub fn top(&self, most: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self.counts.iter().map(|(what, count)| (what.as_str(), *count)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(most);
        all
    }
}

impl From<Vec<(String, u64)>> for Reasons {
    fn from(counts: Vec<(String, u64)>) -> Self {
        Self { counts: counts.into_iter().collect() }
    }
}

impl From<Reasons> for Vec<(String, u64)> {
    fn from(reasons: Reasons) -> Self {
        reasons.top(usize::MAX).into_iter().map(|(what, count)| (what.to_owned(), count)).collect()
    }
}
