//! `any_proposed`: a criterion asked of each appointment that is proposed for a drug.

use curbside_source::Spanned;
use curbside_terminology::DrugSetId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Criterion, Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Part, Verdict};
use crate::model::Name;
use crate::truth::Truth;

/// Whether something holds for any of the appointments that are proposed for a drug.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "AnyProposed")]
pub struct AnyProposed {
    /// The drug, by its drug set.
    pub of: Name,
    /// What is asked of each appointment: `proposed` is its day, and the others are bookings beside it.
    pub holds: Spanned<Criterion>,
}

#[derive(Debug)]
struct AnyProposedTest {
    of: DrugSetId,
    holds: Node,
}

impl Kind for AnyProposed {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        compiler.reads(curbside_chart::Kind::Appointment);
        let test = AnyProposedTest { of: compiler.drug_set(&self.of)?, holds: compiler.criterion(&self.holds)? };
        Some(place.node(compiler, test))
    }
}

impl Test for AnyProposedTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let bookings = cx.facts().bookings(cx);
        let mut best: Option<Part> = None;
        for booking in bookings.list.iter().filter(|booking| booking.is_proposed && booking.is_for(self.of) != Truth::False) {
            let part = self.holds.part(cx.about_proposal(booking.record));
            if best.as_ref().is_none_or(|known| part.verdict.truth > known.verdict.truth) {
                best = Some(part);
            }
        }
        // Where none is proposed it says what is said of none.
        let part = best.unwrap_or_else(|| self.holds.part(cx));
        if bookings.is_incomplete && part.verdict.truth == Truth::False {
            return Verdict::unknown(
                "some of what is proposed cannot be read",
                "the appointments that are proposed",
                "context.appointments",
            );
        }
        Verdict::of_parts(part.verdict.truth, vec![part])
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::OfParts
    }

    fn parts(&self) -> Vec<&Node> {
        vec![&self.holds]
    }

    fn can_be_true(&self, plan: &Plan) -> bool {
        self.holds.test.can_be_true(plan)
    }
}
