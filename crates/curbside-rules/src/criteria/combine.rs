//! `all`, `any`, `not`, `at_least`.

use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Criterion, Kind, Place};
use crate::check::{Claim, contradictions};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Handle, Part, Verdict};
use crate::model::Count;
use crate::truth::Truth;

/// Every one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "All")]
pub struct All(Vec<Spanned<Criterion>>);

/// At least one of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Any")]
pub struct Any(Vec<Spanned<Criterion>>);

/// Not this.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(rename = "Not")]
pub struct Not(Spanned<Criterion>);

/// At least so many of these.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "AtLeast")]
pub struct AtLeast {
    /// Of which.
    pub of: Vec<Spanned<Criterion>>,
    /// How many.
    pub n: Count,
}

#[derive(Debug)]
struct Combined {
    parts: Vec<Node>,
    how: How,
}

#[derive(Clone, Copy, Debug)]
enum How {
    All,
    Any,
    Not,
    AtLeast(usize),
}

impl Kind for All {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        combined(&self.0, How::All, place, compiler)
    }
}

impl Kind for Any {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        combined(&self.0, How::Any, place, compiler)
    }
}

impl Kind for Not {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        combined(std::slice::from_ref(&self.0), How::Not, place, compiler)
    }
}

impl Kind for AtLeast {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let wanted = compiler.count(&self.n)?;
        if wanted > self.of.len() {
            compiler.error("impossible-range", self.n.span, format!("{wanted} of {} can never be true", self.of.len()));
        }
        combined(&self.of, How::AtLeast(wanted), place, compiler)
    }
}

fn combined(of: &[Spanned<Criterion>], how: How, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
    if of.is_empty() {
        compiler.error("nothing-asked", place.span, format!("`{}` of nothing", place.name));
    }
    let parts = compiler.criteria(of)?;
    Some(place.node(compiler, Combined { parts, how }))
}

impl Test for Combined {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let parts: Vec<Part> = self.parts.iter().map(|node| node.part(cx)).collect();
        let truths = || parts.iter().map(|part| part.verdict.truth);
        let truth = match self.how {
            How::All => truths().fold(Truth::True, Truth::and),
            How::Any => truths().fold(Truth::False, Truth::or),
            How::Not => {
                let inner = truths().next().unwrap_or(Truth::Unknown);
                let mut verdict = Verdict::new(inner.negated(), "");
                for part in &parts {
                    verdict.take(&part.verdict);
                }
                verdict.parts = parts;
                return verdict;
            }
            How::AtLeast(wanted) => Truth::at_least(wanted, truths()),
        };
        Verdict::of_parts(truth, parts)
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::OfParts
    }

    fn parts(&self) -> Vec<&Node> {
        self.parts.iter().collect()
    }

    fn is_together(&self) -> bool {
        matches!(self.how, How::All)
    }

    fn claim(&self) -> Option<Claim> {
        match self.how {
            How::Not => self.parts.first()?.test.claim()?.negated(),
            How::All | How::Any | How::AtLeast(_) => None,
        }
    }

    fn can_be_true(&self, plan: &Plan) -> bool {
        let can = self.parts.iter().filter(|part| part.test.can_be_true(plan)).count();
        match self.how {
            How::All => can == self.parts.len() && contradictions(&self.claims(plan)).is_empty(),
            How::Any => can > 0,
            How::Not => true,
            How::AtLeast(wanted) => can >= wanted,
        }
    }
}

impl Node {
    /// What it says.
    #[must_use]
    pub fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let verdict = if cx.takes_a_step() { self.test.decide(cx) } else { spent() };
        cx.evaluation().observe(self.span, verdict.truth);
        verdict
    }

    /// What it says, as a part of something larger.
    pub(crate) fn part(&self, cx: Cx<'_, '_>) -> Part {
        let decide = || cx.untouched(self).map_or_else(|| Handle::new(self.test.decide(cx)), Handle::clone);
        let said = || self.test.said(cx).unwrap_or_else(decide);
        let verdict = if cx.takes_a_step() { said() } else { Handle::new(spent()) };
        cx.evaluation().observe(self.span, verdict.truth);
        Part { name: self.name.clone(), span: self.span, verdict }
    }
}

/// What is said once there are no steps left; nobody hears it, for there is no answer then.
fn spent() -> Verdict {
    Verdict::new(Truth::Unknown, "the steps that may be taken are used up")
}
