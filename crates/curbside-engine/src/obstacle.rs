//! What would change an answer: the criteria it hangs on, nearest first.

use curbside_rules::compile::DefinitionBody;
use curbside_rules::criteria::Criterion;
use curbside_rules::evaluate::{Decision, Part};
use curbside_rules::{Evaluation, RuleId, Truth, Verdict};
use curbside_source::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::pack::Pack;

/// A criterion that an answer hangs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Obstacle {
    /// Its kind, and the definitions it stands in, outermost first.
    pub path: Vec<String>,
    /// What it says.
    pub truth: Truth,
    /// Why, with the numbers.
    pub says: SmolStr,
    /// What would change the answer.
    pub change: String,
    /// The records it rests on, or that come nearest.
    pub records: Vec<String>,
    /// The file and line it is written at, within the pack.
    pub place: String,
    /// How far it is from changing: from 0 (all but there) to 1 (nothing there).
    pub distance: f64,
    /// Whether changing this one alone, instead of others in this list, would do.
    pub alternative: bool,
}

/// The criteria that a decision hangs on: those that would have to change for it to be met, or, where
/// it is met, those without any one of which it would not be.
pub(crate) fn obstacles(pack: &Pack, evaluation: &Evaluation<'_>, decision: &Decision, kind: &str) -> Vec<Obstacle> {
    let mut search = Search { pack, evaluation, rule: decision.rule, found: Vec::new() };
    let verdict = &decision.because;
    let wanted = if verdict.truth == Truth::True { Truth::False } else { Truth::True };
    search.parts(kind, &verdict.parts, wanted, &[], false);
    if search.found.is_empty() && verdict.truth != wanted {
        search.found.extend(verdict.missing.iter().map(|missing| Obstacle {
            path: Vec::new(),
            truth: verdict.truth,
            says: verdict.says.clone(),
            change: format!("{}, recorded in {}", missing.what, missing.recorded_in),
            records: Vec::new(),
            place: String::new(),
            distance: 0.0,
            alternative: false,
        }));
    }
    // What is only not recorded is nearer than what is recorded otherwise.
    search.found.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    search.found.dedup();
    search.found
}

impl Pack {
    /// The file and line at which a criterion is written: where it names a definition, the definition's.
    pub(crate) fn place(&self, rule: RuleId, name: &str, span: Span) -> String {
        let definition = self.plan.definition(Some(rule), name).and_then(|id| self.plan.definitions.get(id.index()));
        self.sources.place(definition.map_or(span, |definition| definition.span))
    }
}

struct Search<'s, 'e> {
    pack: &'s Pack,
    evaluation: &'s Evaluation<'e>,
    rule: RuleId,
    found: Vec<Obstacle>,
}

impl Search<'_, '_> {
    /// Descends into the parts of a combination that stand in the way of `wanted`.
    fn parts(&mut self, kind: &str, parts: &[Part], wanted: Truth, path: &[String], alternative: bool) {
        let (inner, chooses) = match (kind, wanted) {
            ("not" | "unless", _) => (wanted.negated(), false),
            ("all", Truth::True) | ("any", Truth::False) => (wanted, false),
            _ => (wanted, true),
        };
        let open: Vec<&Part> = parts.iter().filter(|part| part.verdict.truth != inner).collect();
        let alternative = alternative || (chooses && open.len() > 1);
        for part in open {
            self.part(part, inner, path, alternative);
        }
    }

    fn part(&mut self, part: &Part, wanted: Truth, path: &[String], alternative: bool) {
        let verdict = &part.verdict;
        let kind = self.kind(part);
        let mut path = path.to_vec();
        if path.last().is_none_or(|last| *last != *part.name) && !matches!(kind, "all" | "any" | "not" | "at_least" | "unless") {
            path.push(part.name.to_string());
        }
        match (kind, verdict.parts.as_slice()) {
            ("all" | "any" | "not" | "unless" | "at_least", [_, ..]) => self.parts(kind, &verdict.parts, wanted, &path, alternative),
            // A definition that is asked for a truth is what it says; for a label it is a question of its own.
            ("use", [inner]) if inner.verdict.truth == verdict.truth => self.part(inner, wanted, &path, alternative),
            // What these ask is named by what they ask about.
            ("is" | "rule", [inner]) => {
                path.push(inner.name.to_string());
                self.leaf(part, wanted, path, alternative);
            }
            _ => self.leaf(part, wanted, path, alternative),
        }
    }

    /// The kind of a part that a definition or another criterion has.
    fn kind(&self, part: &Part) -> &'static str {
        let plan = &self.pack.plan;
        let is_kind = |name: &str| Criterion::KINDS.iter().find(|kind| **kind == name).copied();
        let uses = matches!(part.verdict.parts.as_slice(), [inner] if inner.name == part.name);
        if &*part.name == "unless" {
            return "unless";
        }
        match (plan.definition(Some(self.rule), &part.name), is_kind(&part.name)) {
            (Some(_), None) if uses => "use",
            (Some(id), None) => match plan.definitions.get(id.index()).map(|definition| &definition.body) {
                Some(DefinitionBody::Criterion(node)) => is_kind(&node.name).unwrap_or("use"),
                _ => "",
            },
            (_, kind) => kind.unwrap_or(""),
        }
    }

    fn leaf(&mut self, part: &Part, wanted: Truth, path: Vec<String>, alternative: bool) {
        let verdict = &part.verdict;
        let way = verdict.distance.as_ref().filter(|_| wanted == Truth::True);
        let missing = verdict.missing.iter().map(|missing| format!("{}, recorded in {}", missing.what, missing.recorded_in));
        let mut missing: Vec<String> = missing.collect();
        missing.dedup();
        let says = verdict.reasons();
        let change = match (verdict.truth, way) {
            (Truth::Unknown, Some(way)) if missing.is_empty() => way.change.clone(),
            (Truth::Unknown, _) if !missing.is_empty() => missing.join("; "),
            (_, Some(way)) => way.change.clone(),
            (Truth::True, None) => format!("no longer: {says}"),
            (_, None) => "another answer here".to_owned(),
        };
        let distance = match (verdict.truth, way) {
            (Truth::Unknown, way) => way.map_or(0.0, |way| way.share.min(0.1)),
            (_, Some(way)) => way.share,
            (_, None) => 1.0,
        };
        let nearest = way.map(|way| &way.records).filter(|records| !records.is_empty()).unwrap_or(&verdict.evidence);
        self.found.push(Obstacle {
            path,
            truth: verdict.truth,
            says,
            change,
            records: curbside_cards::evidence(self.evaluation.chart(), &Verdict::new(verdict.truth, "").from_all(nearest.iter().copied())),
            place: self.pack.place(self.rule, &part.name, part.span),
            distance,
            alternative,
        });
    }
}
