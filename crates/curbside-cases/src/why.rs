//! Why a rule came out as it did: the criteria that decided it, with their places.

use curbside_chart::Chart;
use curbside_engine::{Engine, Pack};
use curbside_rules::evaluate::Part;
use curbside_rules::{Evaluation, Truth, Verdict};

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
    /// The pack, by place among the engine's.
    pub pack: usize,
    /// The file of the pack and the line: `define/trials.yaml:12`.
    pub place: String,
}

/// The criteria that decided a rule, outermost first; the ones that did not are left out.
#[must_use]
pub fn why(engine: &Engine, chart: &Chart<'_>, as_of: curbside_chart::time::AsOf, hook: &str, rule: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for (at, pack) in engine.packs().iter().enumerate() {
        let Some(id) = pack.plan.rule(rule) else { continue };
        let evaluation = Evaluation::new(&pack.plan, chart, as_of, hook);
        let decision = evaluation.decision(id);
        walk(&decision.because, at, pack, 0, &mut steps);
    }
    steps
}

fn walk(verdict: &Verdict, at: usize, pack: &Pack, depth: usize, steps: &mut Vec<Step>) {
    let decided = |part: &&Part| part.verdict.truth == verdict.truth;
    let any = verdict.parts.iter().any(|part| decided(&part));
    for part in verdict.parts.iter().filter(|part| !any || decided(part)) {
        steps.push(Step {
            depth,
            criterion: part.name.to_string(),
            truth: part.verdict.truth,
            label: part.verdict.label.as_deref().map(str::to_owned),
            says: part.verdict.says.to_string(),
            pack: at,
            place: pack.sources.place(part.span),
        });
        walk(&part.verdict, at, pack, depth + 1, steps);
    }
}
