//! `decide`: an ordered list, as medicine often has it. The first row whose `if` is true decides;
//! an unknown row above it makes the result unknown.

use std::fmt;

use curbside_source::{Diagnostic, Spanned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use smol_str::SmolStr;

use super::test::Test;
use super::{Criterion, Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Distance, Handle, Part, Verdict};
use crate::fact::{Fact, Shape};
use crate::truth::Truth;

/// The rows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Decide")]
pub struct Decide(Vec<Spanned<DecideRow>>);

impl Decide {
    /// A table of these rows.
    #[must_use]
    pub fn new(rows: Vec<Spanned<DecideRow>>) -> Self {
        Self(rows)
    }

    /// The labels that its rows give.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|row| match &row.then.as_ref().or(row.r#else.as_ref())?.value {
            Then::Label(label) => Some(label.as_str()),
            Then::Truth(_) | Then::Criterion(_) => None,
        })
    }
}

/// A row: `{if: …, then: …}`, or the last one, `{else: …}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DecideRow")]
pub struct DecideRow {
    /// When the row decides.
    pub r#if: Option<Spanned<Criterion>>,
    /// What it decides: a truth, a label, or a criterion that then decides.
    pub then: Option<Spanned<Then>>,
    /// What is decided where no row above did.
    pub r#else: Option<Spanned<Then>>,
    /// Why, in plain words.
    pub because: Option<String>,
    /// A code for the reason, as lists of trials show it.
    pub label: Option<String>,
}

/// What a row decides.
#[derive(Clone, Debug)]
pub enum Then {
    /// A truth.
    Truth(Truth),
    /// A label.
    Label(String),
    /// What this criterion says.
    Criterion(Box<Criterion>),
}

impl<'de> Deserialize<'de> for Then {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Then;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, unknown, a label or a criterion")
            }

            fn visit_bool<E>(self, yes: bool) -> Result<Then, E> {
                Ok(Then::Truth(yes.into()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Then, E> {
                Ok(match text {
                    "true" => Then::Truth(Truth::True),
                    "false" => Then::Truth(Truth::False),
                    "unknown" => Then::Truth(Truth::Unknown),
                    label => Then::Label(label.to_owned()),
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Then, A::Error> {
                Criterion::deserialize(MapAccessDeserializer::new(map)).map(|criterion| Then::Criterion(Box::new(criterion)))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

impl JsonSchema for Then {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Then".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let criterion = generator.subschema_for::<Criterion>();
        json_schema!({"anyOf": [{"type": "boolean"}, {"type": "string"}, criterion]})
    }
}

#[derive(Debug)]
struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    condition: Option<Node>,
    then: Outcome,
    because: Option<SmolStr>,
    label: Option<SmolStr>,
}

#[derive(Debug)]
enum Outcome {
    Truth(Truth),
    Label(SmolStr),
    Criterion(Node),
}

impl Kind for Decide {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let last = self.0.len().saturating_sub(1);
        let mut rows = Vec::new();
        let mut whole = true;
        for (at, row) in self.0.iter().enumerate() {
            match compile_row(row, at == last, compiler) {
                Some(row) => rows.push(row),
                None => whole = false,
            }
        }
        if self.0.last().is_none_or(|row| row.r#else.is_none()) {
            compiler.report(
                Diagnostic::error("missing-else", place.span, "the last row must say what happens otherwise")
                    .help("end with `- {else: false}`"),
            );
            return None;
        }
        whole.then(|| place.node(compiler, Table { rows }))
    }
}

fn compile_row(row: &Spanned<DecideRow>, is_last: bool, compiler: &mut Compiler<'_>) -> Option<Row> {
    let then = match (&row.r#if, &row.then, &row.r#else) {
        (Some(_), Some(then), None) => then,
        (None, None, Some(then)) if is_last => then,
        (None, None, Some(_)) => {
            compiler.error("unreachable-row", row.span, "rows behind this one can never decide");
            return None;
        }
        _ => {
            compiler.report(Diagnostic::error("incomplete-row", row.span, "a row is `{if: …, then: …}` or `{else: …}`"));
            return None;
        }
    };
    let condition = compiler.optional(row.r#if.as_ref(), |compiler, condition| compiler.criterion(condition));
    let then = match &then.value {
        Then::Truth(truth) => Outcome::Truth(*truth),
        Then::Label(label) => Outcome::Label(label.as_str().into()),
        Then::Criterion(criterion) => Outcome::Criterion(criterion.compile(then.span, compiler)?),
    };
    Some(Row { condition: condition?, then, because: row.because.as_deref().map(Into::into), label: row.label.as_deref().map(Into::into) })
}

impl Table {
    /// What would make it true where the row `decided` made it false: that row not applying, or,
    /// where none did, the nearest of those that would.
    fn way(&self, decided: &Row, verdict: &Verdict) -> Option<Distance> {
        if let Outcome::Criterion(_) = decided.then {
            return verdict.parts.last().and_then(|part| part.verdict.way()).cloned();
        }
        if decided.condition.is_some() {
            let records = verdict.parts.last().map(|part| part.verdict.evidence.clone()).unwrap_or_default();
            return Some(Distance { share: 0.5, change: format!("no longer: {}", verdict.says), records });
        }
        let rows = self.rows.iter().filter(|row| matches!(row.then, Outcome::Truth(Truth::True)));
        let asked = rows.filter_map(|row| row.condition.as_ref());
        let parts = asked.filter_map(|node| verdict.parts.iter().find(|part| part.span == node.span));
        parts.filter_map(|part| part.verdict.way()).min_by(|a, b| a.share.total_cmp(&b.share)).cloned()
    }
}

impl Table {
    /// What a row says whose condition is true, or unknown.
    fn conclude(&self, cx: Cx<'_, '_>, row: &Row, truth: Truth, reasons: Option<Handle<Verdict>>, mut parts: Vec<Part>) -> Verdict {
        let mut verdict = match (truth, &row.then) {
            (Truth::False | Truth::Unknown, _) => Verdict::new(Truth::Unknown, ""),
            (Truth::True, Outcome::Truth(truth)) => Verdict::new(*truth, ""),
            // A label is an answer of its own; asked for a truth it is true.
            (Truth::True, Outcome::Label(label)) => Verdict { label: Some(label.clone()), ..Verdict::new(Truth::True, "") },
            (Truth::True, Outcome::Criterion(node)) => {
                let part = node.part(cx);
                let mut verdict = Verdict::new(part.verdict.truth, part.verdict.reasons());
                verdict.take(&part.verdict);
                verdict.label.clone_from(&part.verdict.label);
                parts.push(part);
                verdict
            }
        };
        if let Some(reasons) = &reasons {
            verdict.take(reasons);
        }
        match &row.because {
            Some(because) => verdict.says.clone_from(because),
            None if verdict.says.is_empty() => verdict.says = reasons.as_ref().map(|reasons| reasons.reasons()).unwrap_or_default(),
            None => {}
        }
        if truth == Truth::Unknown {
            let open = reasons.map(|reasons| reasons.reasons()).filter(|says| !says.is_empty());
            verdict.says = open.unwrap_or_else(|| verdict.says.clone());
            // The row that leaves it open is the reason, where rows have codes for reasons.
            if self.labels().is_empty() {
                verdict.label.clone_from(&row.label);
            }
        } else {
            verdict.label = verdict.label.or_else(|| row.label.clone());
        }
        if verdict.truth == Truth::Unknown && verdict.missing.is_empty() {
            verdict = verdict.missing(row.because.clone().unwrap_or_else(|| "what this depends on".into()), "the record");
        } else if verdict.truth != Truth::Unknown {
            verdict.missing.clear();
        }
        let applied = row.condition.is_some();
        for part in &parts {
            verdict.notes.extend(part.verdict.notes.iter().cloned());
            // Where no row applied, every one of them is a reason.
            if verdict.truth == Truth::False && !applied {
                verdict.evidence.extend_from_slice(&part.verdict.evidence);
            }
        }
        verdict.parts = parts;
        if cx.explains() && verdict.truth == Truth::False {
            verdict.distance = self.way(row, &verdict).map(Box::new);
        }
        verdict
    }

    /// The answer, where a row is unknown and every row that could still decide gives one and the same.
    fn either_way(&self, cx: Cx<'_, '_>, at: usize, parts: &[Part]) -> Option<Verdict> {
        let wanted = self.rows.get(at)?.then.answer(cx)?;
        let mut parts = parts.to_vec();
        for row in self.rows.get(at + 1..)? {
            let part = row.condition.as_ref().map(|condition| condition.part(cx));
            let truth = part.as_ref().map_or(Truth::True, |part| part.verdict.truth);
            let reasons = part.as_ref().map(|part| part.verdict.clone());
            parts.extend(part);
            if truth == Truth::False {
                continue;
            }
            if row.then.answer(cx)? != wanted {
                return None;
            }
            if truth == Truth::True {
                let open: Vec<_> =
                    parts.iter().filter(|part| part.verdict.truth == Truth::Unknown).map(|part| part.verdict.clone()).collect();
                let mut verdict = self.conclude(cx, row, truth, reasons, parts);
                open.iter().for_each(|part| verdict.evidence.extend_from_slice(&part.evidence));
                return Some(verdict);
            }
        }
        None
    }
}

impl Outcome {
    /// The truth and the label it gives; `None`: it is not known.
    fn answer(&self, cx: Cx<'_, '_>) -> Option<(Truth, Option<SmolStr>)> {
        let (truth, label) = match self {
            Self::Truth(truth) => (*truth, None),
            Self::Label(label) => (Truth::True, Some(label.clone())),
            Self::Criterion(node) => {
                let part = node.part(cx);
                (part.verdict.truth, part.verdict.label.clone())
            }
        };
        (truth != Truth::Unknown).then_some((truth, label))
    }
}

impl Test for Table {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let mut parts = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let part = row.condition.as_ref().map(|condition| condition.part(cx));
            let truth = part.as_ref().map_or(Truth::True, |part| part.verdict.truth);
            let reasons = part.as_ref().map(|part| part.verdict.clone());
            parts.extend(part);
            match truth {
                Truth::False => {}
                Truth::True => return self.conclude(cx, row, truth, reasons, parts),
                Truth::Unknown => {
                    return self.either_way(cx, at, &parts).unwrap_or_else(|| self.conclude(cx, row, truth, reasons, parts));
                }
            }
        }
        Verdict::new(Truth::Unknown, "no row applies")
    }

    fn shape(&self, _: &Plan) -> Shape {
        let labels = self.labels();
        if labels.is_empty() {
            return Shape::Record(vec![("truth", Shape::Truth), ("because", Shape::Text(200))]);
        }
        Shape::Label(labels.into_iter().map(str::to_owned).collect())
    }

    fn fact(&self, _: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        if self.labels().is_empty() {
            return Fact::Record(vec![("truth", Fact::Truth(verdict.truth)), ("because", Fact::Text(verdict.says.to_string()))]);
        }
        Fact::text(verdict.label.as_deref())
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::OfParts
    }

    fn parts(&self) -> Vec<&Node> {
        self.rows
            .iter()
            .flat_map(|row| {
                let then = match &row.then {
                    Outcome::Criterion(node) => Some(node),
                    Outcome::Truth(_) | Outcome::Label(_) => None,
                };
                row.condition.iter().chain(then)
            })
            .collect()
    }

    fn can_be_true(&self, plan: &Plan) -> bool {
        self.rows.iter().filter(|row| row.condition.as_ref().is_none_or(|node| node.test.can_be_true(plan))).any(|row| match &row.then {
            Outcome::Truth(truth) => *truth == Truth::True,
            Outcome::Label(_) => true,
            Outcome::Criterion(node) => node.test.can_be_true(plan),
        })
    }

    fn labels(&self) -> Vec<&str> {
        self.rows
            .iter()
            .filter_map(|row| match &row.then {
                Outcome::Label(label) => Some(&**label),
                Outcome::Truth(_) | Outcome::Criterion(_) => None,
            })
            .collect()
    }
}
