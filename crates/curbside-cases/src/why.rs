//! Why a rule came out as it did: the criteria that decided it, with their places.

use curbside_engine::{Explanation, Why};
use curbside_rules::Truth;

/// A criterion that decided a rule, or a criterion of that one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// How deep it lies: 0 is the rule's own criterion.
    pub depth: usize,
    /// Its kind, or the name of the definition it uses.
    pub criterion: String,
    /// What it said.
    pub truth: Truth,
    /// The label that a table gave instead.
    pub label: Option<String>,
    /// Why, in a plain sentence; empty where its parts say it.
    pub says: String,
    /// The file of the pack and the line: `define/trials.yaml:12`.
    pub place: String,
}

/// The criteria that decided a rule, outermost first; the ones that did not are left out.
pub(crate) fn steps(explanation: &Explanation) -> Vec<Step> {
    let mut steps = Vec::new();
    walk(&explanation.because, 0, &mut steps);
    steps
}

fn walk(why: &Why, depth: usize, steps: &mut Vec<Step>) {
    let any = why.parts.iter().any(|part| part.truth == why.truth);
    for part in why.parts.iter().filter(|part| !any || part.truth == why.truth).map(Why::meant) {
        steps.push(Step {
            depth,
            criterion: part.criterion.clone(),
            truth: part.truth,
            label: part.label.clone(),
            says: part.says.to_string(),
            place: part.place.clone(),
        });
        walk(part, depth + 1, steps);
    }
}
