//! Procedure.

use super::status::{self, Status};
use super::{Owner, Resource, resource, subject};
use crate::datatype::{Concept, Period, Reference};
use crate::json::{Lazy, List, Str};

resource! {
    /// Something that was done.
    Procedure {
        /// `completed`, `in-progress`, `not-done`, `stopped`, `preparation`, `unknown`, `entered-in-error`.
        status: Option<Str<'a>>,
        /// What was done.
        code: Option<Concept<'a>>,
        /// To whom.
        subject: Option<Reference<'a>>,
        /// When.
        performed_date_time: Option<Str<'a>>,
        /// From when to when.
        performed_period: Option<Period<'a>>,
        /// R5's `performedDateTime`.
        occurrence_date_time: Option<Str<'a>>,
        /// R5's `performedPeriod`.
        occurrence_period: Option<Period<'a>>,
        /// Why.
        reason_code: Lazy<'a, List<Concept<'a>>>,
    }
}

impl<'a> Resource<'a> for Procedure<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::PROCEDURE))
    }
}

impl Procedure<'_> {
    /// When it was done, as written; of a period its end.
    #[must_use]
    pub fn date(&self) -> Option<&str> {
        let period = self.performed_period.as_ref().or(self.occurrence_period.as_ref());
        let of_period = || period.and_then(|period| period.end.as_deref().or(period.start.as_deref()));
        self.performed_date_time.as_deref().or(self.occurrence_date_time.as_deref()).or_else(of_period)
    }
}
