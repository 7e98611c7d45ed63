//! `is`: whether an answer is one of several; itself always true or false.

use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Criterion, Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::OneOrMany;
use crate::truth::Truth;

/// Whether an answer is one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Is")]
pub struct Is {
    /// Whose answer.
    pub of: Spanned<Criterion>,
    /// Which answers.
    pub among: OneOrMany<Truth>,
}

#[derive(Debug)]
struct IsTest {
    of: Node,
    among: Vec<Truth>,
}

impl Kind for Is {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let of = compiler.criterion(&self.of)?;
        if [Truth::True, Truth::False, Truth::Unknown].iter().all(|truth| self.among.contains(truth)) {
            compiler.error("always-true", place.span, "every answer is one of these");
        }
        Some(place.node(compiler, IsTest { of, among: self.among.to_vec() }))
    }
}

impl Test for IsTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let part = self.of.part(cx);
        let mut verdict = Verdict::new(self.among.contains(&part.verdict.truth).into(), "");
        verdict.take_settled(&part.verdict);
        let inner = part.verdict.parts.first().filter(|_| part.name == "rule");
        let name = inner.map_or(&part.name, |inner| &inner.name).clone();
        let change = || {
            let among: Vec<&str> = self.among.iter().map(|truth| truth.as_str()).collect();
            format!("`{name}` being {}", among.join(" or "))
        };
        verdict.parts = vec![part];
        verdict.distance(cx, 1.0, change)
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::OfParts
    }

    fn parts(&self) -> Vec<&Node> {
        vec![&self.of]
    }

    fn can_be_true(&self, plan: &Plan) -> bool {
        self.among.iter().any(|truth| *truth != Truth::True) || self.of.test.can_be_true(plan)
    }
}
