//! The decisions document: what `curbside eval --format json` prints.

use std::sync::Arc;

use curbside_cards::wire::Card;
use curbside_rules::evaluate::Handle;
use curbside_rules::model::Outcome;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::because::Because;

/// Decisions and cards about one patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Answer {
    /// The moment the chart was looked at: a date, or a date with a time.
    pub as_of: String,
    /// `Patient/id`, where the record gives an id.
    pub patient: Option<String>,
    /// The hook whose rules were asked.
    pub hook: String,
    /// The packs that were asked.
    pub packs: Vec<Arc<PackRecord>>,
    /// What the rules bound to the hook say, by pack and in the order of their ids.
    pub decisions: Vec<Handle<DecisionRecord>>,
    /// The cards that are shown, most urgent first.
    #[serde(default)]
    pub cards: Vec<Card>,
    /// What a reader should know about the record as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A pack that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackRecord {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Digest of its files and of the parameters that were set.
    pub digest: String,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionRecord {
    /// The rule's id.
    pub rule: String,
    /// The version in force; absent where none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How it came out.
    pub outcome: Outcome,
    /// Why.
    pub because: Because,
    /// The resources that decided it.
    pub evidence: Vec<String>,
    /// For unknown: what would settle it.
    pub missing: Vec<MissingRecord>,
    /// Resources of the types it reads that do not count.
    pub ignored: Vec<Ignored>,
    /// What a reader should know about the quality of the data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<SmolStr>,
}

/// What would settle an unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct MissingRecord {
    /// What is not known.
    pub what: SmolStr,
    /// Where it would be recorded.
    pub recorded_in: SmolStr,
}

/// A resource that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ignored {
    /// How it is called.
    pub resource: SmolStr,
    /// Why it does not count.
    pub reason: SmolStr,
}
