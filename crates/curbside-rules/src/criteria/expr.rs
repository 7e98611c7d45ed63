//! `expr`: what a FHIRPath expression says of the chart.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use curbside_chart::{Chart, Kind as RecordKind, Place as RecordPlace, RecordRef};
use curbside_fhirpath::{
    Coding, Collection, Environment, Expression, Kind as ResultKind, Limits, Node as Element, Outcome, Quantity, Record, Scope,
    Terminology, TypeId, Value,
};
use curbside_source::{Diagnostic, Span, Spanned};
use curbside_terminology::{SetId, Vocabulary};
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Compiler, Node, ParameterValue};
use crate::evaluate::{Cx, Verdict};
use crate::truth::Truth;

/// A FHIRPath expression that yields true or false. It starts on the resources of the chart, by their types
/// (`Observation.where(…).exists()`); `%patient` and `%resource` are the patient, `%context` the resources that the hook
/// carries, `%parameters` the parameters of the pack. Where it yields nothing, the answer is unknown.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Expr")]
pub struct Expr(pub Spanned<String>);

#[derive(Debug)]
struct ExprTest {
    expression: Expression,
    /// The resource types it reads.
    kinds: BTreeSet<String>,
    parameters: Vec<(String, Parameter)>,
}

/// The value of a parameter, as an expression sees it.
#[derive(Clone, Debug)]
enum Parameter {
    Count(i32),
    Amount(Quantity<'static>),
    Text(String),
}

/// What is missing is listed up to here.
const LISTED: usize = 8;

impl Kind for Expr {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let text = &self.0;
        let all: Vec<(String, Parameter)> =
            compiler.parameters().iter().map(|(name, value)| (name.clone(), Parameter::of(value))).collect();
        let members = all.iter().map(|(name, value)| (name.as_str(), ResultKind::one(value.kind()))).collect();
        let resources = ResultKind::many(TypeId::named("Resource")?);
        let patient = ResultKind::one(TypeId::named("Patient")?);
        let scope = Scope::on_kind(resources.clone())
            .variable("patient", patient.clone())
            .variable("context", resources)
            .tuple("parameters", members);
        let expression = match Expression::prepare(&text.value, &scope.resource(patient).careful()) {
            Ok(expression) => expression,
            Err(errors) => {
                for error in errors {
                    let span = part(text, error.span);
                    let code = if error.class == curbside_fhirpath::Class::Syntax { "expr-syntax" } else { "expr-semantic" };
                    compiler.report(Diagnostic::error(code, span, error.message).maybe_help(error.help));
                }
                return None;
            }
        };
        let (named, any) = expression.resource_types();
        let kind = expression.kind();
        let refusal = if !kind.is_boolean() {
            let help = "compare it with something, or ask whether it `exists()`";
            Some(("expr-not-boolean", format!("this yields {kind}, not true or false"), help))
        } else if !kind.is_single() {
            let help = "say which one is meant: `.first()`, `.exists(…)`, `.all(…)`, `.allTrue()`";
            Some(("expr-many", format!("this can yield several answers: {kind}"), help))
        } else if named.is_empty() && any {
            Some(("expr-any-resource", "this asks for resources of whatever type".to_owned(), "begin with a type: `Observation.where(…)`"))
        } else {
            None
        };
        if let Some((code, message, help)) = refusal {
            compiler.report(Diagnostic::error(code, text.span, message).help(help));
            return None;
        }
        for (set, span) in expression.value_sets() {
            let name = Spanned { value: set.to_owned(), span: part(text, span) };
            if let Some(SetId::Drugs(_)) = compiler.set(&name) {
                compiler.error("wrong-kind", name.span, format!("`{set}` is a drug set, not a value set"));
            }
        }
        // What a reference points at can be of any type.
        let others = if any { RecordKind::ALL.iter().map(|kind| kind.name()).collect() } else { BTreeSet::new() };
        for kind in named.union(&others) {
            compiler.reads_named(kind);
        }
        let parameters: Vec<_> = all.into_iter().filter(|(name, _)| text.value.contains(name.as_str())).collect();
        for (name, _) in &parameters {
            compiler.uses_parameter(name);
        }
        let kinds = named.into_iter().map(str::to_owned).collect();
        Some(place.node(compiler, ExprTest { expression, kinds, parameters }))
    }
}

/// A part of an expression in its file, where it stands there as it is, in quotes or without; else all of it.
fn part(text: &Spanned<String>, of: curbside_fhirpath::Span) -> Span {
    let written = (text.span.end - text.span.start) as usize;
    match written.checked_sub(text.value.len()) {
        Some(quotes @ (0 | 2)) => text.span.part(of.range().start + quotes / 2, of.range().len().max(1)),
        _ => text.span,
    }
}

impl Parameter {
    fn of(value: &ParameterValue) -> Self {
        let shown = value.to_string();
        match value {
            ParameterValue::Count(count) => i32::try_from(*count).map_or(Self::Text(shown), Self::Count),
            ParameterValue::Amount(amount) => Self::Amount(Quantity { value: amount.value, unit: amount.unit.code().to_owned().into() }),
            ParameterValue::Duration(_) => match shown.split_once(' ').and_then(|(number, unit)| Some((number.parse().ok()?, unit))) {
                Some((value, unit)) if !unit.contains(' ') => Self::Amount(Quantity { value, unit: unit.to_owned().into() }),
                _ => Self::Text(shown),
            },
        }
    }

    fn kind(&self) -> TypeId {
        self.value().type_id()
    }

    fn value(&self) -> Value<'static> {
        match self {
            Self::Count(count) => Value::Integer(*count),
            Self::Amount(quantity) => Value::Quantity(Box::new(quantity.clone())),
            Self::Text(text) => Value::String(text.clone().into()),
        }
    }
}

/// The resources of a chart as one bundle that expressions run over, made when the first asks.
#[derive(Debug, Default)]
pub(crate) struct Bundled<'e>(OnceCell<(Option<Record<'e>>, Vec<RecordRef>)>);

impl<'e> Bundled<'e> {
    /// The bundle, and which resource of the chart each of its entries is.
    pub(crate) fn of(&self, chart: &'e Chart<'e>) -> (Option<&Record<'e>>, &[RecordRef]) {
        let (record, refs) = self.0.get_or_init(|| {
            let kinds = RecordKind::ALL.iter().copied().chain([RecordKind::Other]);
            let refs: Vec<RecordRef> = kinds.flat_map(|kind| chart.records(kind)).filter(|record| chart.raw(*record).is_some()).collect();
            let texts = refs.iter().filter_map(|record| chart.raw(*record)).map(|raw| raw.get());
            (Record::bundle(texts).ok(), refs)
        });
        (record.as_ref(), refs)
    }
}

/// The value sets of a pack, for `memberOf()`.
struct Sets<'v>(&'v Vocabulary);

impl Terminology for Sets<'_> {
    fn member_of(&self, value_set: &str, coding: &Coding<'_>) -> Option<bool> {
        let Some(SetId::Values(wanted)) = self.0.set(value_set) else { return None };
        let mut is_in = false;
        self.0.value_sets_of(coding.system?, coding.code, &mut |set| is_in |= set == wanted);
        Some(is_in)
    }
}

impl Test for ExprTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let (record, refs) = cx.bundled();
        let unreadable = || Verdict::unknown("the chart cannot be read as FHIR", "a record that can be read", "");
        let Some(record) = record else { return unreadable() };
        let Some(environment) = Environment::new(&cx.chart().zone().rfc3339(cx.as_of().moment())) else { return unreadable() };
        let sets = Sets(cx.vocabulary());
        let entries = Element::bundle_resources(record);
        let of_place = |wanted: bool| {
            let placed = entries.iter().zip(refs).filter(|(_, record)| (cx.chart().place(**record) == Some(RecordPlace::Record)) == wanted);
            placed.map(|(node, _)| Value::Node(*node)).collect::<Collection<'_>>()
        };
        let patient: Collection<'_> =
            entries.iter().zip(refs).find(|(_, record)| record.kind == RecordKind::Patient).map(|(node, _)| Value::Node(*node)).into();
        let parameters: Arc<[(String, Value<'_>)]> = self.parameters.iter().map(|(name, value)| (name.clone(), value.value())).collect();
        let mut environment = environment
            .variable("patient", patient.clone())
            .variable("context", of_place(false))
            .variable("parameters", Value::Tuple(parameters))
            .terminology(&sets)
            .watch();
        let usual = Limits::default();
        let limits = Limits { steps: usual.steps.min(cx.budget().left()), ..usual };
        environment = environment.limits(limits);
        if let Some(patient) = patient.single() {
            environment = environment.resource(patient.clone());
        }
        match self.expression.evaluate_on(of_place(true), &environment) {
            Ok(outcome) => {
                cx.budget().spend(outcome.used);
                self.conclude(cx, &outcome, refs)
            }
            Err(error) => {
                // Where it was stopped for want of steps, the budget is what it lacked.
                cx.budget().spend(error.used);
                Verdict::unknown(format!("the expression cannot be evaluated: {}", error.message), "an answer of the expression", "")
            }
        }
    }
}

impl ExprTest {
    fn conclude(&self, cx: Cx<'_, '_>, outcome: &Outcome<'_>, refs: &[RecordRef]) -> Verdict {
        let mut evidence: Vec<RecordRef> =
            outcome.watched.read.iter().filter_map(|node| node.bundle_entry()).filter_map(|entry| refs.get(entry).copied()).collect();
        evidence.sort();
        evidence.dedup();
        let said = self.expression.text().split_whitespace().collect::<Vec<_>>().join(" ");
        let unlooked: Vec<&str> = self.kinds.iter().map(String::as_str).filter(|kind| !cx.chart().looked_for(kind)).collect();
        let doubtful = evidence.iter().any(|record| cx.is_doubtful(*record));
        let truth = match outcome.truth() {
            Some(truth) => Truth::from(truth),
            None => Truth::Unknown,
        };
        let settled = if unlooked.is_empty() && !doubtful { truth } else { Truth::Unknown };
        let mut verdict = match (settled, truth) {
            (Truth::True, _) => Verdict::new(settled, format!("`{said}` holds")),
            (Truth::False, _) => Verdict::new(settled, format!("`{said}` does not hold")).distance(cx, 1.0, || format!("`{said}` holds")),
            (Truth::Unknown, Truth::Unknown) => Verdict::new(settled, format!("`{said}` yields nothing")),
            (Truth::Unknown, _) => Verdict::new(settled, format!("`{said}` rests on records that are uncertain")),
        };
        verdict = verdict.from_all(evidence);
        if settled == Truth::Unknown {
            for kind in unlooked {
                verdict = verdict.missing(format!("every {kind}"), kind);
            }
            for what in outcome.watched.missing.iter().take(LISTED) {
                let recorded_in = match what.split_once(' ') {
                    Some((resource, element)) if resource.contains('/') => {
                        format!("{}.{element}", resource.split('/').next().unwrap_or_default())
                    }
                    _ => what.clone(),
                };
                verdict = verdict.missing(what, recorded_in);
            }
            if verdict.missing.is_empty() {
                verdict = verdict.missing("an answer of the expression", said);
            }
        }
        verdict
    }
}
