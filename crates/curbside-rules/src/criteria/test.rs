//! What a criterion can do once it is ready.

use std::fmt::Debug;

use crate::check::Claim;
use crate::compile::{Asks, Node, Plan};
use crate::derive::TrialPlan;
use crate::evaluate::{Cx, Handle, Verdict};
use crate::fact::{Fact, Shape};

/// A criterion, ready.
pub trait Test: Debug + Send + Sync {
    /// Decides it for a patient.
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict;

    /// What it says, where that is all of what something else has said already.
    fn said(&self, _: Cx<'_, '_>) -> Option<Handle<Verdict>> {
        None
    }

    /// What templates see of it.
    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![("truth", Shape::Truth), ("because", Shape::Text(200))])
    }

    /// What templates see of it for a patient.
    fn fact(&self, _: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        Fact::Record(vec![("truth", Fact::Truth(verdict.truth)), ("because", Fact::Text(verdict.reasons().to_string()))])
    }

    /// What it asks about.
    fn asks(&self, _: &Plan) -> Asks {
        Asks::Anything
    }

    /// The trials it is about, where it is about trials.
    fn trials(&self) -> Option<&TrialPlan> {
        None
    }

    /// The labels it can give instead of a truth.
    fn labels(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The criteria it is made of.
    fn parts(&self) -> Vec<&Node> {
        Vec::new()
    }

    /// Whether all of its parts must hold for it to hold.
    fn is_together(&self) -> bool {
        false
    }

    /// What it says, where that is a claim about one thing and nothing else.
    fn claim(&self) -> Option<Claim> {
        None
    }

    /// What holds where it does.
    fn claims(&self, plan: &Plan) -> Vec<Claim> {
        let parts = if self.is_together() { self.parts() } else { Vec::new() };
        self.claim().into_iter().chain(parts.into_iter().flat_map(|part| part.test.claims(plan))).collect()
    }

    /// Whether it can be true for anybody, as far as that can be told without a patient.
    fn can_be_true(&self, _: &Plan) -> bool {
        true
    }
}
