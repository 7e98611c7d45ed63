//! What the engine is asked.

use curbside_cards::Occasion;
use curbside_chart::Document;
use curbside_chart::time::{AsOf, Zone};

/// Most cards of an answer where nobody says otherwise.
pub const MAX_CARDS: usize = 8;

/// Most steps of an answer where nobody says otherwise; see [`curbside_rules::evaluate::Budget`].
pub const MAX_STEPS: u64 = 5_000_000;

/// A question about one patient.
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The record, or the request that carries it.
    pub document: &'q Document<'q>,
    /// Whose chart, where the record holds several patients or none.
    pub patient: Option<&'q str>,
    /// The moment the chart is looked at.
    pub as_of: AsOf,
    /// The zone in which days begin and end.
    pub zone: &'q Zone,
    /// Which rules are asked.
    pub ask: Ask<'q>,
    /// What makes the ids of cards the same for the same question.
    pub occasion: &'q Occasion<'q>,
    /// Most cards: critical ones and warnings are never dropped for it.
    pub max_cards: usize,
    /// Most steps: with more there is no answer, but an error.
    pub max_steps: u64,
}

/// Which rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask<'q> {
    /// Those of the hook that the input names; of `patient-view` where it names none.
    Input,
    /// Those of a hook.
    Hook(&'q str),
    /// Those of a service.
    Service(&'q str),
}
