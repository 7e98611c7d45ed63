//! What is missing most often.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Most reasons that are told apart: some name a drug of the record, and a population has many of those.
const MOST: usize = 4096;

/// How often something was missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(String, u64)>", into = "Vec<(String, u64)>")]
pub struct Reasons {
    counts: HashMap<String, u64>,
}

impl Reasons {
    pub(crate) fn add(&mut self, what: &str) {
        let what = general(what);
        if let Some(count) = self.counts.get_mut(what.as_ref()) {
            *count += 1;
        } else {
            let what = if self.counts.len() < MOST { what.as_ref() } else { "something else" };
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

/// What a reason says of any patient: without the ids, the dates and the numbers of one record.
fn general(what: &str) -> Cow<'_, str> {
    if !what.bytes().any(|byte| byte.is_ascii_digit() || byte == b'/') {
        return Cow::Borrowed(what);
    }
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', ':', ';', '.']);
        let end = word.get(bare.len()..).unwrap_or_default();
        let is_number = bare.starts_with(|first: char| first.is_ascii_digit())
            && bare.chars().all(|letter| letter.is_ascii_digit() || "-:.+TZ".contains(letter));
        match bare.split_once('/') {
            Some((kind, id)) if kind.starts_with(|first: char| first.is_ascii_uppercase()) && !id.is_empty() => format!("a {kind}{end}"),
            _ if is_number => format!("…{end}"),
            _ => word.to_owned(),
        }
    };
    Cow::Owned(what.split(' ').map(word).collect::<Vec<_>>().join(" "))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_those_of_a_population() {
        let mut reasons = Reasons::default();
        for what in [
            "duloxetine: 0 to 77 days, at least 42 needed",
            "duloxetine: 1 to 101 days, at least 42 needed",
            "code of Condition/f3ccf6b5-362a",
            "code of Condition/x-9",
            "PHQ-9 after 2025-02-06, mg/day",
            "date of birth",
        ] {
            reasons.add(what);
        }
        let expected = [
            ("code of a Condition", 2),
            ("duloxetine: … to … days, at least … needed", 2),
            ("PHQ-9 after …, mg/day", 1),
            ("date of birth", 1),
        ];
        assert_eq!(reasons.top(9), expected);
    }
}
