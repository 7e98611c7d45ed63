//! Encounter.

use super::status::{self, Status};
use super::{Owner, Resource, resource, subject};
use crate::datatype::{Concept, Period, Reference};
use crate::json::{Lazy, List, Str};

resource! {
    /// A visit or stay.
    Encounter {
        /// `planned`, `arrived`, `triaged`, `in-progress`, `finished`, `cancelled`, `entered-in-error`, …
        status: Option<Str<'a>>,
        /// `AMB`, `IMP`, `EMER`, …; a list of concepts in R5.
        class: Lazy<'a, List<Concept<'a>>>,
        /// What kind of visit.
        r#type: Lazy<'a, List<Concept<'a>>>,
        /// What service.
        service_type: Lazy<'a, List<Concept<'a>>>,
        /// Of whom.
        subject: Option<Reference<'a>>,
        /// From when to when.
        period: Option<Period<'a>>,
        /// R5's `period`.
        actual_period: Option<Period<'a>>,
        /// Why.
        reason_code: Lazy<'a, List<Concept<'a>>>,
    }
}

impl<'a> Resource<'a> for Encounter<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::ENCOUNTER))
    }
}

impl<'a> Encounter<'a> {
    /// From when to when it was.
    #[must_use]
    pub fn when(&self) -> Option<&Period<'a>> {
        self.actual_period.as_ref().or(self.period.as_ref())
    }
}
