//! Coverage, Immunization and AdverseEvent.

use serde::Deserialize;

use super::status::{self, Status};
use super::{Owner, Resource, resource, subject};
use crate::datatype::{Concept, Period, Reference};
use crate::json::{Lazy, List, Str};
use crate::maps_only::maps_only;

resource! {
    /// An insurance.
    Coverage {
        /// `active`, `cancelled`, `draft`, `entered-in-error`.
        status: Option<Str<'a>>,
        /// What kind.
        r#type: Option<Concept<'a>>,
        /// For whom.
        beneficiary: Option<Reference<'a>>,
        /// From when to when.
        period: Option<Period<'a>>,
    }
}

impl<'a> Resource<'a> for Coverage<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.beneficiary.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::COVERAGE))
    }
}

resource! {
    /// A vaccination.
    Immunization {
        /// `completed`, `not-done`, `entered-in-error`.
        status: Option<Str<'a>>,
        /// The vaccine.
        vaccine_code: Option<Concept<'a>>,
        /// Of whom.
        patient: Option<Reference<'a>>,
        /// When.
        occurrence_date_time: Option<Str<'a>>,
        /// STU3's `occurrenceDateTime`.
        date: Option<Str<'a>>,
        ;
        /// STU3: it was *not* given.
        not_given: Option<bool>,
    }
}

impl<'a> Resource<'a> for Immunization<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.patient.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::IMMUNIZATION))
    }
}

resource! {
    /// Something untoward that happened.
    AdverseEvent {
        /// `actual` or `potential`.
        actuality: Option<Str<'a>>,
        /// R5: `completed`, `entered-in-error`, …
        status: Option<Str<'a>>,
        /// What happened.
        event: Lazy<'a, Option<Concept<'a>>>,
        /// To whom.
        subject: Option<Reference<'a>>,
        /// When.
        date: Option<Str<'a>>,
        /// When it was noticed.
        detected: Option<Str<'a>>,
        /// When it was recorded.
        recorded_date: Option<Str<'a>>,
        /// What is suspected to have caused it.
        suspect_entity: Lazy<'a, List<Suspect<'a>>>,
    }
}

/// What is suspected to have caused an adverse event.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Suspect", default, rename_all = "camelCase")]
pub struct Suspect<'a> {
    /// The suspected resource (R4).
    #[serde(borrow)]
    pub instance: Option<Reference<'a>>,
    /// The suspected drug (R5).
    #[serde(borrow)]
    pub instance_codeable_concept: Option<Concept<'a>>,
    /// The suspected resource (R5).
    #[serde(borrow)]
    pub instance_reference: Option<Reference<'a>>,
}

impl<'a> Resource<'a> for AdverseEvent<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }
}

impl AdverseEvent<'_> {
    /// When it happened, as written.
    #[must_use]
    pub fn when(&self) -> Option<&str> {
        self.date.as_deref().or(self.detected.as_deref()).or(self.recorded_date.as_deref())
    }
}

maps_only!(Suspect);
