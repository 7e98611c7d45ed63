//! Which criterion made the difference between two decisions.

use curbside_engine::Because;
use serde::Serialize;

/// The criterion that made the difference, and what it says on either side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its kind, or the name of the definition it uses; two where another criterion decides now.
    pub criterion: String,
    /// Why it came out as it did before.
    pub before: String,
    /// Why it comes out as it does now.
    pub after: String,
}

impl Difference {
    /// Follows two explanations down to where they part.
    pub(crate) fn between(before: &Because, after: &Because) -> Self {
        let counterpart = |part: &Because| before.parts.iter().find(|other| other.criterion == part.criterion);
        let parted = after.parts.iter().find_map(|part| Some((counterpart(part).filter(|other| other.truth != part.truth)?, part)));
        if let Some((before, after)) = parted {
            return Self::between(before, after);
        }
        // What decides now did not decide before, or is new; the same on the other side.
        let new = after.parts.iter().find(|part| counterpart(part).is_none());
        let old = before.parts.iter().find(|part| !after.parts.iter().any(|other| other.criterion == part.criterion));
        match (old, new) {
            (None, None) if before.truth == after.truth => Self::of(last(before), last(after)),
            (None, None) => Self::of(before, after),
            (old, new) => Self::of(old.map_or(before, last), new.map_or(after, last)),
        }
    }

    /// The criterion of a rule that is there on one side only.
    pub(crate) fn one_sided(before: Option<&Because>, after: Option<&Because>) -> Self {
        let says = |side: Option<&Because>| side.map_or_else(|| "no such rule".to_owned(), |side| words(side).to_owned());
        let criterion = before.or(after).map_or_else(String::new, |side| last(side).criterion.to_string());
        Self { criterion, before: says(before), after: says(after) }
    }

    fn of(before: &Because, after: &Because) -> Self {
        let criterion = match (before.criterion.as_str(), after.criterion.as_str()) {
            (before, after) if before == after => after.to_owned(),
            (before, after) => format!("{before}, now {after}"),
        };
        Self { criterion, before: words(before).to_owned(), after: words(after).to_owned() }
    }
}

/// The innermost criterion that decided alone.
fn last(because: &Because) -> &Because {
    match &*because.parts {
        [only] => last(only),
        _ => because,
    }
}

/// What an explanation says: its own words, or those of its first part.
fn words(because: &Because) -> &str {
    if because.says.is_empty() { because.parts.first().map_or("", words) } else { &because.says }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, from_value, json};

    use super::*;

    fn between(before: Value, after: Value) -> (String, String, String) {
        let difference = Difference::between(&from_value(before).unwrap(), &from_value(after).unwrap());
        (difference.criterion, difference.before, difference.after)
    }

    #[test]
    fn the_criterion_that_changed_is_found_at_any_depth() {
        let leaf = |name: &str, truth: &str, says: &str| json!({"criterion": name, "truth": truth, "says": says});
        let all = |truth: &str, parts: Vec<Value>| json!({"criterion": "all", "truth": truth, "parts": parts});
        let when = |truth: &str, part: Value| json!({"criterion": "when", "truth": truth, "parts": [part]});
        // Only what decided is in an explanation: the age alone where it was false.
        let before = when("true", all("true", vec![leaf("condition", "true", "C"), leaf("age", "true", "20 years, at least 18 needed")]));
        let after = when("false", all("false", vec![leaf("age", "false", "20 years, at least 21 needed")]));
        let expected = ("age", "20 years, at least 18 needed", "20 years, at least 21 needed");
        assert_eq!(between(before.clone(), after.clone()), (expected.0.into(), expected.1.into(), expected.2.into()));
        assert_eq!(between(after, before.clone()), (expected.0.into(), expected.2.into(), expected.1.into()));
        // Another criterion decides now.
        let unknown = when("unknown", all("unknown", vec![leaf("score", "unknown", "no score")]));
        let not = when("false", all("false", vec![leaf("condition", "false", "no depression")]));
        assert_eq!(between(unknown, not), ("score, now condition".into(), "no score".into(), "no depression".into()));
        // A criterion was added and decides.
        let more = when("false", all("false", vec![leaf("sex", "false", "male")]));
        assert_eq!(between(before, more).0, "condition, now sex");
    }
}
