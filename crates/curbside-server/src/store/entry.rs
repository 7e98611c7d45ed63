//! An entry of the decision log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::wire::answer::{Decision, Shown};

/// What is kept of an answer: enough to reproduce it from the recorded request, and no more. Every field is
/// here on purpose; a body is never among them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The decision id, as the header `Curbside-Decision-Id` has it.
    pub id: String,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// The id of the HTTP request.
    pub request: String,
    /// Whose path or token it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The client, as the configuration names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The service that was called.
    pub service: String,
    /// The hook that fired.
    pub hook: String,
    /// Which firing of it: digest of `hookInstance`.
    pub instance: String,
    /// The patient: a keyed hash.
    pub patient: String,
    /// The moment that the engine was told.
    pub as_of: String,
    /// The zone it was told.
    pub tz: String,
    /// Most cards it was asked for.
    pub max_cards: usize,
    /// What answered.
    pub packs: Vec<PackUsed>,
    /// Digest of the request as the engine saw it, fetched data included.
    pub input: String,
    /// Digest of the answer's body.
    pub output: String,
    /// HTTP status.
    pub status: u16,
    /// What went wrong, where something did: a word of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Prefetch keys that did not come with data, and what became of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, String>,
    /// How the rules came out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// What was shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Shown>,
    /// Cards held back because they were shown before: their rules, by card id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held_back: BTreeMap<String, String>,
    /// Whether actions were passed on that nobody is asked about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub system_actions: bool,
    /// Hosts that links were allowed to lead to; absent where any were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_hosts: Option<Vec<String>>,
    /// What a later card is compared with, by card id, where its rule asks for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeat_keys: BTreeMap<String, RepeatKey>,
    /// How long the answer took, in microseconds.
    pub micros: u64,
}

/// What tells whether a card says again what was said before. Digests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatKey {
    /// Which cards are compared: those of a rule, at a hook, for a caller.
    pub scope: String,
    /// What it says and rests on.
    pub content: String,
}

/// A pack or plug-in that took part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackUsed {
    /// Its id.
    pub id: String,
    /// Its version; empty for a plug-in.
    pub version: String,
    /// Digest of its content and of what a site sets.
    pub digest: String,
    /// What a site sets, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}
