//! Case files as authors write them.
//!
//! A file is one case (`case: …` at the top), or what several cases have in common and the list of them
//! (`cases:`). Named groups of facts (`fixtures:`) stand in such a file, or in `fixtures/*.yaml` for all
//! files. The layers of a case are laid over one another: the fixtures it names, what its file says, what
//! it says itself; a fact with the `id` of an earlier one changes that one, member by member.

mod expect;
mod layers;
mod suite;

use std::collections::BTreeMap;

use curbside_rules::Truth;
use curbside_rules::model::{OneOrMany, Outcome};
use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

pub use expect::{CardWant, ExactCard, FactWant, Shown};
pub use layers::Case;
pub use suite::{Suite, load};

use crate::given::{Fact, Patient};

/// A name with its place.
pub(crate) type Name = Spanned<String>;

/// Several cases of one patient, or fixtures for the cases of other files.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "CaseFile")]
pub struct CaseFile {
    /// What the cases are about, for readers.
    pub about: Option<String>,
    /// Groups of facts by name, for the cases of this file; in `fixtures/` for those of all files.
    #[serde(default)]
    pub fixtures: BTreeMap<Name, Fixture>,
    /// The day, or the moment, on which the cases play.
    pub at: Option<Name>,
    /// The zone in which days begin and end (default `UTC`).
    pub tz: Option<Name>,
    /// The hook that asks (default `patient-view`).
    pub hook: Option<Name>,
    /// Fixtures that all cases have.
    pub with: Option<OneOrMany<Name>>,
    /// The patient.
    pub patient: Option<Patient>,
    /// What all cases say about the patient.
    #[serde(default)]
    pub given: Vec<Spanned<Fact>>,
    /// The cases.
    #[serde(default)]
    pub cases: Vec<CaseText>,
}

/// A group of facts with a name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Fixture")]
pub struct Fixture {
    /// What it is, for readers.
    pub about: Option<String>,
    /// Fixtures it is made of.
    pub with: Option<OneOrMany<Name>>,
    /// The patient.
    pub patient: Option<Patient>,
    /// What it says about the patient.
    #[serde(default)]
    pub given: Vec<Spanned<Fact>>,
}

/// A case: a patient, and what the rules should say about them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Case")]
pub struct CaseText {
    /// What it shows; no other case of the pack has the same name.
    pub case: Name,
    /// More words, for readers.
    pub about: Option<String>,
    /// The day, or the moment, on which it plays.
    pub at: Option<Name>,
    /// The zone in which days begin and end (default `UTC`).
    pub tz: Option<Name>,
    /// The hook that asks (default `patient-view`).
    pub hook: Option<Name>,
    /// Fixtures it has.
    pub with: Option<OneOrMany<Name>>,
    /// Facts of earlier layers that it does not have, by their ids.
    pub without: Option<OneOrMany<Name>>,
    /// The patient: what is said here replaces what the file says, member by member.
    pub patient: Option<Patient>,
    /// What it says about the patient: facts are added; one with the id of an earlier fact changes that
    /// one.
    #[serde(default)]
    pub given: Vec<Spanned<Fact>>,
    /// A real record or CDS Hooks request instead: a path relative to the file.
    pub bundle: Option<Name>,
    /// More members of the hook's context.
    pub context: Option<serde_json::Value>,
    /// The outcome of rules. A rule that the hook does not ask is not met.
    #[serde(default)]
    pub expect: BTreeMap<Name, Spanned<Outcome>>,
    /// The cards of rules: an indicator, `none`, or more about it.
    #[serde(default)]
    pub cards: BTreeMap<Name, Spanned<CardWant>>,
    /// All cards there are, in their order.
    pub exact_cards: Option<Spanned<Vec<ExactCard>>>,
    /// What definitions of the pack say: a truth, a label, or the facts they find.
    #[serde(default)]
    pub facts: BTreeMap<Name, Spanned<FactWant>>,
}

/// What a case expects.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The outcome of rules.
    pub outcomes: BTreeMap<Name, Spanned<Outcome>>,
    /// The cards of rules.
    pub cards: BTreeMap<Name, Spanned<CardWant>>,
    /// All cards there are.
    pub exact_cards: Option<Spanned<Vec<ExactCard>>>,
    /// What definitions say.
    pub facts: BTreeMap<Name, Spanned<FactWant>>,
}

impl Expected {
    /// Whether nothing is expected: such a case cannot fail.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outcomes.is_empty() && self.cards.is_empty() && self.exact_cards.is_none() && self.facts.is_empty()
    }

    /// Whether a rule is spoken of.
    #[must_use]
    pub fn mentions(&self, rule: &str) -> bool {
        let exact = self.exact_cards.iter().flat_map(|list| &list.value);
        self.outcomes.keys().chain(self.cards.keys()).any(|name| name.value == rule)
            || exact.into_iter().any(|card| card.rule.value == rule)
    }
}

/// The truth that a text names.
pub(crate) fn truth_named(text: &str) -> Option<Truth> {
    match text {
        "true" => Some(Truth::True),
        "false" => Some(Truth::False),
        "unknown" => Some(Truth::Unknown),
        _ => None,
    }
}
