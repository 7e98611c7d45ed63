//! A trial in question, and what was worked out about it: its tables ask the same things again and again.

use std::cell::{OnceCell, RefCell};

use curbside_chart::RecordRef;

use super::context::Cx;
use super::handle::Handle;
use super::verdict::Verdict;
use crate::compile::DefId;
use crate::derive::Trial;
use crate::facts::{Reasons, reasons_of};

/// A trial in question.
#[derive(Debug)]
pub struct Inquiry<'t, 'e> {
    pub(super) trial: &'t Trial,
    definitions: RefCell<Vec<(DefId, Handle<Verdict>)>>,
    reasons: OnceCell<Vec<(RecordRef, Reasons<'e>)>>,
}

impl<'t, 'e> Inquiry<'t, 'e> {
    /// Puts a trial in question.
    #[must_use]
    pub fn of(trial: &'t Trial) -> Self {
        Self { trial, definitions: RefCell::default(), reasons: OnceCell::new() }
    }

    /// What a definition says of the trial, worked out once.
    pub(super) fn definition(&self, id: DefId, decide: impl FnOnce() -> Handle<Verdict>) -> Handle<Verdict> {
        if let Some((_, known)) = self.definitions.borrow().iter().find(|(known, _)| *known == id) {
            return known.clone();
        }
        let verdict = decide();
        self.definitions.borrow_mut().push((id, verdict.clone()));
        verdict
    }

    /// The reasons that its records give.
    pub(super) fn reasons(&self, cx: Cx<'_, 'e>) -> &[(RecordRef, Reasons<'e>)] {
        self.reasons.get_or_init(|| self.trial.records.iter().map(|record| (*record, reasons_of(cx, *record))).collect())
    }
}
