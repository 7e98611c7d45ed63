//! Cards as authors write them.

use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Name, OneOrMany, Outcome, Time};
use crate::criteria::Criterion;

/// A card.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Card")]
pub struct Card {
    /// How urgent.
    pub indicator: Indicator,
    /// One sentence of at most 139 characters; a template.
    pub summary: Spanned<String>,
    /// More, in Markdown; a template.
    pub detail: Option<Spanned<String>>,
    /// Which source of the pack the guidance comes from; the first one the rule cites where absent.
    pub source: Option<Name>,
    /// Links: by the name they have in the pack, or written out.
    #[serde(default)]
    pub links: Vec<Spanned<LinkUse>>,
    /// What could be done.
    #[serde(default)]
    pub suggestions: Vec<Suggestion>,
    /// Reasons for overriding, by code; all of the pack's where absent (on warnings and criticals).
    pub override_reasons: Option<Vec<Name>>,
    /// For how long a server does not show it again about the same patient, unless something changed.
    pub repeat_after: Option<Time>,
}

/// A card for an outcome.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "CardRow")]
pub struct CardRow {
    /// For which outcome: `met` where absent.
    #[serde(default = "met")]
    pub outcome: Outcome,
    /// Only where this is true.
    pub r#if: Option<Spanned<Criterion>>,
    /// How urgent.
    pub indicator: Indicator,
    /// One sentence of at most 139 characters; a template.
    pub summary: Spanned<String>,
    /// More, in Markdown; a template.
    pub detail: Option<Spanned<String>>,
    /// Which source of the pack the guidance comes from.
    pub source: Option<Name>,
    /// Links: by the name they have in the pack, or written out.
    #[serde(default)]
    pub links: Vec<Spanned<LinkUse>>,
    /// What could be done.
    #[serde(default)]
    pub suggestions: Vec<Suggestion>,
    /// Reasons for overriding, by code.
    pub override_reasons: Option<Vec<Name>>,
    /// For how long a server does not show it again about the same patient, unless something changed.
    pub repeat_after: Option<Time>,
}

fn met() -> Outcome {
    Outcome::Met
}

impl CardRow {
    /// The row that a `card` or a `card_if_unknown` is short for.
    #[must_use]
    pub fn of(card: &Card, outcome: Outcome) -> Self {
        let Card { indicator, summary, detail, source, links, suggestions, override_reasons, repeat_after } = card.clone();
        Self { outcome, r#if: None, indicator, summary, detail, source, links, suggestions, override_reasons, repeat_after }
    }
}

/// How urgent a card is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Indicator")]
pub enum Indicator {
    /// Worth knowing.
    Info,
    /// Needs attention.
    Warning,
    /// Must not be overlooked.
    Critical,
}

impl Indicator {
    /// `info`, `warning` or `critical`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// A link.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Link")]
pub struct Link {
    /// What the clinician reads.
    pub label: String,
    /// Where it leads; absolute.
    pub url: Spanned<String>,
    /// `absolute`, or `smart` for an app that is launched.
    #[serde(default = "absolute")]
    pub r#type: String,
    /// What a SMART app is told.
    pub app_context: Option<String>,
    /// Where the address comes from, or that it still has to be checked.
    pub source: Option<Spanned<String>>,
}

fn absolute() -> String {
    "absolute".to_owned()
}

/// A link by name, or written out.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:named Link")]
#[schemars(rename = "LinkUse", transform = crate::schema::short_for_named)]
pub struct LinkUse {
    /// The name of a link of the pack.
    pub named: Option<String>,
    /// What the clinician reads.
    pub label: Option<String>,
    /// Where it leads.
    pub url: Option<Spanned<String>>,
    /// `absolute` or `smart`.
    pub r#type: Option<String>,
    /// What a SMART app is told.
    pub app_context: Option<String>,
}

/// What could be done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Suggestion")]
pub struct Suggestion {
    /// What the clinician reads.
    pub label: Spanned<String>,
    /// Withheld where this is true or unknown; the detail then says so.
    pub unless: Option<Spanned<Criterion>>,
    /// Only where this is true.
    pub r#if: Option<Spanned<Criterion>>,
    /// A resource to create, as FHIR JSON in YAML; subject and encounter are filled in. Texts are
    /// templates.
    pub create: Option<Spanned<serde_json::Value>>,
    /// Draft orders to remove.
    pub remove: Option<Remove>,
    /// Whether it is the recommended one.
    #[serde(default)]
    pub recommended: bool,
}

/// Draft orders to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Remove")]
pub enum Remove {
    /// The draft orders that the decision rests on.
    Order,
}

/// A list of names that may be written as one.
pub type Names = OneOrMany<Name>;
