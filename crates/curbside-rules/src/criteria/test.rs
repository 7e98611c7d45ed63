//! What a criterion can do once it is ready.

use std::fmt::Debug;

use crate::compile::Plan;
use crate::derive::TrialPlan;
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};

/// A criterion, ready.
pub trait Test: Debug + Send + Sync {
    /// Decides it for a patient.
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict;

    /// What templates see of it.
    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![("truth", Shape::Truth), ("because", Shape::Text(200))])
    }

    /// What templates see of it for a patient.
    fn fact(&self, _: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        Fact::Record(vec![("truth", Fact::Truth(verdict.truth)), ("because", Fact::Text(verdict.says.clone()))])
    }

    /// The trials it is about, where it is about trials.
    fn trials(&self) -> Option<&TrialPlan> {
        None
    }

    /// The labels it can give instead of a truth.
    fn labels(&self) -> Vec<&str> {
        Vec::new()
    }
}
