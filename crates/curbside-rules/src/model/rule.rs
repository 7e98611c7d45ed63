//! The file of a rule.

use curbside_source::Spanned;
use curbside_terminology::SignOff;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Card, CardRow, DateExpression, Definitions, Name};
use crate::criteria::Criterion;

/// A rule: one file, its name is the rule's id.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Rule")]
pub struct RuleFile {
    /// What it is about, for people.
    pub title: Spanned<String>,
    /// Version of its wording and logic.
    #[schemars(with = "Option<crate::schema::Plain>")]
    pub version: Option<Spanned<String>>,
    /// Whether it speaks.
    #[serde(default)]
    pub status: Status,
    /// What it rests on.
    #[serde(default)]
    pub source: Vec<Claim>,
    /// From when to when it is in force.
    pub effective: Option<Spanned<Effective>>,
    /// Facts of this rule alone, by name.
    #[serde(default)]
    pub define: Definitions,
    /// Where this is false the rule has nothing to say: not met, and no card.
    pub applies: Option<Spanned<Criterion>>,
    /// What must hold.
    pub when: Option<Spanned<Criterion>>,
    /// What must not hold.
    pub unless: Option<Spanned<Criterion>>,
    /// What becomes of an unknown outcome that no card row takes up.
    #[serde(default)]
    pub if_unknown: IfUnknown,
    /// The card where it is met.
    pub card: Option<Card>,
    /// The card where it is unknown.
    pub card_if_unknown: Option<Card>,
    /// Cards by outcome and place: the first row that fits is shown.
    #[serde(default)]
    pub cards: Vec<CardRow>,
    /// Rules whose cards this one's replaces.
    #[serde(default)]
    pub suppresses: Vec<Name>,
    /// Versions that were or will be in force at other times.
    #[serde(default)]
    pub versions: Vec<RuleVersion>,
}

/// A version of a rule: what it says replaces what the file says.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "RuleVersion")]
pub struct RuleVersion {
    /// Its version.
    #[schemars(with = "crate::schema::Plain")]
    pub version: Spanned<String>,
    /// From when to when it is in force.
    pub effective: Spanned<Effective>,
    /// What must hold.
    pub when: Option<Spanned<Criterion>>,
    /// What must not hold.
    pub unless: Option<Spanned<Criterion>>,
    /// The card where it is met.
    pub card: Option<Card>,
    /// The card where it is unknown.
    pub card_if_unknown: Option<Card>,
    /// Cards by outcome and place.
    pub cards: Option<Vec<CardRow>>,
}

/// From when to when something is in force: the first day counts, the last does not.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(rename = "Effective")]
pub struct Effective {
    /// First day.
    pub from: Option<Spanned<DateExpression>>,
    /// First day on which it is no longer in force.
    pub to: Option<Spanned<DateExpression>>,
    /// Where the dates come from.
    pub source: Option<Spanned<String>>,
    /// Who answers for the dates.
    pub sign_off: Option<SignOff>,
}

/// Whether a rule speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Status")]
pub enum Status {
    /// Evaluated and logged, never shown.
    Draft,
    /// In use.
    #[default]
    Active,
    /// No longer evaluated.
    Retired,
}

/// What becomes of an unknown outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "IfUnknown")]
pub enum IfUnknown {
    /// Nothing is shown.
    #[default]
    Silent,
    /// A card asks for what is missing.
    Ask,
}

/// What a rule rests on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Claim")]
pub struct Claim {
    /// What the source says, in the rule's own words.
    pub claim: String,
    /// Which source of the pack.
    pub from: Name,
    /// Who answers for the reading.
    pub sign_off: Option<SignOff>,
}

/// How a rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Outcome")]
pub enum Outcome {
    /// Its criteria hold.
    Met,
    /// They do not.
    NotMet,
    /// The record does not say.
    Unknown,
}

impl Outcome {
    /// `met`, `not-met` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not-met",
            Self::Unknown => "unknown",
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A file of `define/`: facts of the pack, grouped as its author likes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DefineFile")]
pub struct DefineFile {
    /// Facts by name.
    pub define: Definitions,
}
