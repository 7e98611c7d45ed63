//! Words in a record's prose. They never make a fact true or false, unless a rule lists them and
//! says so.

use curbside_source::Spanned;
use curbside_terminology::SignOff;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::model::Count;
use crate::truth::Truth;

/// Words to look for in prose.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Words")]
pub struct WordsModel {
    /// Words or phrases, whatever their case; `*` stands for any ending or beginning of a word.
    pub any_of: Vec<String>,
    /// Words that take it back when they stand shortly before.
    #[serde(default)]
    pub negated_by: Vec<String>,
    /// How shortly before, in words.
    pub within_words: Option<Count>,
    /// What finding them means; `check` reports anything but unknown until somebody signs it off.
    #[serde(default = "unknown")]
    pub then: Spanned<Truth>,
    /// Where the words come from.
    pub source: Option<Spanned<String>>,
    /// Who answers for what they mean.
    pub sign_off: Option<SignOff>,
}

fn unknown() -> Spanned<Truth> {
    Spanned::unplaced(Truth::Unknown)
}

/// Words to look for, ready.
#[derive(Clone, Debug)]
pub struct Words {
    phrases: Vec<Vec<Pattern>>,
    negations: Vec<Vec<Pattern>>,
    reach: usize,
    /// What finding them means.
    pub then: Truth,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    open_start: bool,
    open_end: bool,
}

impl Pattern {
    fn new(word: &str) -> Self {
        let open_start = word.starts_with('*');
        let open_end = word.ends_with('*');
        Self { text: word.trim_matches('*').to_owned(), open_start, open_end }
    }

    fn matches(&self, word: &str) -> bool {
        match (self.open_start, self.open_end) {
            (false, false) => word == self.text,
            (false, true) => word.starts_with(&self.text),
            (true, false) => word.ends_with(&self.text),
            (true, true) => word.contains(&self.text),
        }
    }
}

/// How far before a phrase a negation is looked for, unless a rule says otherwise.
const REACH: usize = 4;

impl Words {
    /// Makes the words of a rule ready; `reach` in words.
    #[must_use]
    pub fn new(model: &WordsModel, reach: Option<usize>) -> Self {
        let phrases = |list: &[String]| list.iter().map(|phrase| patterns(phrase)).filter(|words| !words.is_empty()).collect();
        Self {
            phrases: phrases(&model.any_of),
            negations: phrases(&model.negated_by),
            reach: reach.unwrap_or(REACH),
            then: model.then.value,
        }
    }

    /// Whether one of the phrases stands in a text and is not taken back.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        let words = split(text);
        self.phrases.iter().any(|phrase| {
            words.windows(phrase.len()).enumerate().any(|(at, window)| {
                let found = phrase.iter().zip(window).all(|(pattern, word)| pattern.matches(word));
                found && !self.negated(words.get(at.saturating_sub(self.reach)..at).unwrap_or(&[]))
            })
        })
    }

    fn negated(&self, before: &[String]) -> bool {
        self.negations.iter().any(|negation| {
            before.windows(negation.len()).any(|window| negation.iter().zip(window).all(|(pattern, word)| pattern.matches(word)))
        })
    }
}

fn patterns(phrase: &str) -> Vec<Pattern> {
    let lower = phrase.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric() && c != '*' && c != '\'').filter(|word| !word.is_empty()).map(Pattern::new).collect()
}

fn split(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('\u{2019}', "'");
    lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(any_of: &[&str], negated_by: &[&str], reach: usize) -> Words {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let model = WordsModel {
            any_of: list(any_of),
            negated_by: list(negated_by),
            within_words: None,
            then: unknown(),
            source: None,
            sign_off: None,
        };
        Words::new(&model, Some(reach))
    }

    #[test]
    fn phrases_are_found_as_words_and_taken_back() {
        let home = words(&["at home", "take home"], &["not", "never"], 3);
        assert!(home.are_in("Use AT HOME, twice weekly"));
        assert!(home.are_in("at-home use"));
        assert!(!home.are_in("do not take this at home"));
        assert!(home.are_in("not needed in clinic; use only at home"));
        assert!(!home.are_in("nursing homework"));
        let ketamine = words(&["*ketamin*"], &[], 0);
        assert!(ketamine.are_in("Esketamine hydrochloride"));
        let failed = words(&["didn't work", "non-response"], &["no evidence of"], 4);
        assert!(failed.are_in("It didn’t work"));
        assert!(!failed.are_in("no evidence of non-response"));
    }
}
