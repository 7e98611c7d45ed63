//! The why of a decision as data: a tree of the criteria that decided it.

use curbside_rules::evaluate::Part;
use curbside_rules::{Truth, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A criterion, what it said, and the criteria that made it say so. Parts that did not decide are
/// left out; `curbside explain` shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Because {
    /// Its kind (`age`), or the name of the definition it uses.
    pub criterion: SmolStr,
    /// What it said.
    pub truth: Truth,
    /// The label that a table gave instead of a truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<SmolStr>,
    /// Why, in a plain sentence with the numbers; absent where the parts say it.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub says: SmolStr,
    /// The criteria that decided it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Because>,
}

impl Because {
    pub(crate) fn of(criterion: &SmolStr, verdict: &Verdict) -> Self {
        // A name and what it stands for are one step to a reader.
        if let [part] = verdict.parts.as_slice()
            && part.name == *criterion
            && part.verdict.truth == verdict.truth
        {
            return Self::of(criterion, &part.verdict);
        }
        let any = verdict.parts.iter().any(|part| part.verdict.truth == verdict.truth);
        let decided = |part: &&Part| !any || part.verdict.truth == verdict.truth;
        Self {
            criterion: criterion.clone(),
            truth: verdict.truth,
            label: verdict.label.clone(),
            says: verdict.says.clone(),
            parts: verdict.parts.iter().filter(decided).map(|part| Self::of(&part.name, &part.verdict)).collect(),
        }
    }
}
