//! `use` and `rule`: what something else says.

use std::borrow::Cow;
use std::fmt;

use curbside_source::Spanned;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use smol_str::{SmolStr, format_smolstr};

use super::test::Test;
use super::{Kind, Place};
use crate::check::Claim;
use crate::compile::{Asks, Compiler, DefId, DefinitionKind, Node, Plan, RuleId};
use crate::evaluate::{Cx, Handle, Part, Verdict};
use crate::fact::{Fact, Shape};
use crate::model::{Name, Outcome};
use crate::truth::Truth;

/// A fact by its name; `{name: label}` asks whether a table gave that label.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Use")]
pub struct Use(Spanned<Reference>);

#[derive(Clone, Debug)]
struct Reference {
    name: String,
    label: Option<String>,
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Reference;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or {name: label}")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Reference, E> {
                Ok(Reference { name: name.to_owned(), label: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Reference, A::Error> {
                match (map.next_entry::<String, String>()?, map.next_key::<String>()?) {
                    (Some((name, label)), None) => Ok(Reference { name, label: Some(label) }),
                    _ => Err(A::Error::custom("one name and its label\nwrite `use: {hepatic: severe}`")),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Reference {
    fn schema_name() -> Cow<'static, str> {
        "Reference".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "string"}, {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"type": "string"}}]})
    }
}

#[derive(Debug)]
struct UseTest {
    id: DefId,
    name: SmolStr,
    label: Option<String>,
    span: curbside_source::Span,
}

impl Kind for Use {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let name = Name { value: self.0.name.clone(), span: self.0.span };
        let id = compiler.definition(&name, &[DefinitionKind::Criterion, DefinitionKind::Trials])?;
        if let Some(label) = &self.0.label {
            compiler.label(&name, label);
        }
        let test = UseTest { id, name: name.value.as_str().into(), label: self.0.label.clone(), span: self.0.span };
        Some(compiler.node(&name.value, place.span, test))
    }
}

impl UseTest {
    /// The criterion that it uses.
    fn used<'p>(&self, plan: &'p Plan) -> Option<&'p Node> {
        match plan.definitions.get(self.id.index()).map(|definition| &definition.body) {
            Some(crate::compile::DefinitionBody::Criterion(node)) => Some(node),
            _ => None,
        }
    }
}

impl Test for UseTest {
    fn said(&self, cx: Cx<'_, '_>) -> Option<Handle<Verdict>> {
        self.label.is_none().then(|| cx.definition(self.id))
    }

    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let found = cx.definition(self.id);
        let truth = match (&self.label, &found.label) {
            (None, _) => found.truth,
            // A table that is unknown may give any label; one that gave a plain truth gave none.
            (Some(_), _) if found.truth == Truth::Unknown => Truth::Unknown,
            (Some(wanted), Some(label)) => (**label == **wanted).into(),
            (Some(_), None) => Truth::False,
        };
        let mut verdict = Verdict::new(truth, found.says.clone());
        verdict.take(&found);
        if truth != Truth::Unknown {
            verdict.missing.clear();
        }
        if self.label.is_none() {
            verdict.label.clone_from(&found.label);
        }
        match &self.label {
            None => verdict.distance.clone_from(&found.distance),
            Some(wanted) => verdict = verdict.distance(cx, 1.0, || format!("`{}` being {wanted}", self.name)),
        }
        verdict.parts = vec![Part { name: self.name.clone(), span: self.span, verdict: found }];
        verdict
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::Definition(self.id)
    }

    fn claim(&self) -> Option<Claim> {
        Some(match &self.label {
            Some(label) => Claim::one_of(format!("the label of `{}`", self.name), [label.clone()]),
            None => Claim::one_of(format!("`{}`", self.name), ["true"]),
        })
    }

    fn claims(&self, plan: &Plan) -> Vec<Claim> {
        let inner = self.used(plan).filter(|_| self.label.is_none());
        self.claim().into_iter().chain(inner.into_iter().flat_map(|node| node.test.claims(plan))).collect()
    }

    fn can_be_true(&self, plan: &Plan) -> bool {
        self.label.is_some() || self.used(plan).is_none_or(|node| node.test.can_be_true(plan))
    }

    fn shape(&self, plan: &Plan) -> Shape {
        match plan.definitions.get(self.id.index()).map(|definition| &definition.body) {
            Some(crate::compile::DefinitionBody::Criterion(node)) => node.test.shape(plan),
            _ => Shape::Anything,
        }
    }

    fn fact(&self, cx: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        match cx.plan().definitions.get(self.id.index()).map(|definition| &definition.body) {
            Some(crate::compile::DefinitionBody::Criterion(node)) => node.test.fact(cx, verdict),
            _ => Fact::Missing,
        }
    }
}

/// The outcome of another rule, whatever the hook: met is true, not met is false.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "RuleOutcome")]
pub struct RuleOutcome(Name);

#[derive(Debug)]
struct RuleTest {
    id: RuleId,
    name: SmolStr,
    span: curbside_source::Span,
    /// What it says of each outcome.
    says: [(Outcome, SmolStr); 3],
}

impl Kind for RuleOutcome {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let id = compiler.rule(&self.0)?;
        let name = self.0.value.as_str();
        let says = [Outcome::Met, Outcome::NotMet, Outcome::Unknown].map(|outcome| (outcome, format_smolstr!("rule {name} is {outcome}")));
        let test = RuleTest { id, name: name.into(), span: self.0.span, says };
        Some(place.node(compiler, test))
    }
}

impl Test for RuleTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let decision = cx.evaluation().decision(self.id);
        let truth = match decision.outcome {
            Outcome::Met => Truth::True,
            Outcome::NotMet => Truth::False,
            Outcome::Unknown => Truth::Unknown,
        };
        let says = self.says.iter().find(|(outcome, _)| *outcome == decision.outcome).map(|(_, says)| says.clone());
        let mut verdict = Verdict::new(truth, says.unwrap_or_default());
        verdict.take(&decision.because);
        verdict.parts = vec![Part { name: self.name.clone(), span: self.span, verdict: decision.because.clone() }];
        verdict.distance(cx, 1.0, || format!("rule {} being met", self.name))
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::Rule(self.id)
    }

    fn claim(&self) -> Option<Claim> {
        Some(Claim::one_of(format!("rule `{}`", self.name), ["met"]))
    }
}
