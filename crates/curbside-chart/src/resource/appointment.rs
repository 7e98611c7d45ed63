//! Appointment.

use serde::Deserialize;

use super::status::{self, Status};
use super::{Owner, Resource, resource};
use crate::datatype::{Concept, Reference};
use crate::json::{Lazy, List, Number, Str, Unreadable};
use crate::maps_only::maps_only;

resource! {
    /// A booking.
    Appointment {
        /// `proposed`, `pending`, `booked`, `arrived`, `checked-in`, `fulfilled`, `cancelled`, `noshow`, …
        status: Option<Str<'a>>,
        /// What service.
        service_type: Lazy<'a, List<Concept<'a>>>,
        /// What kind of visit.
        appointment_type: Lazy<'a, Option<Concept<'a>>>,
        /// Why.
        reason_code: Lazy<'a, List<Concept<'a>>>,
        /// R5's `reasonCode`.
        reason: Lazy<'a, List<Concept<'a>>>,
        /// In words.
        description: Option<Str<'a>>,
        /// When it begins.
        start: Option<Str<'a>>,
        /// When it ends.
        end: Option<Str<'a>>,
        /// How long it takes.
        minutes_duration: Option<Number<'a>>,
        /// Who comes.
        participant: List<Participant<'a>>,
        /// R5: for whom.
        subject: Option<Reference<'a>>,
    }
}

/// Somebody or something that takes part.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Participant", default)]
pub struct Participant<'a> {
    /// Who.
    #[serde(borrow)]
    pub actor: Option<Reference<'a>>,
}

impl<'a> Resource<'a> for Appointment<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        match &self.subject {
            Some(subject) => Owner::Subject(subject),
            None if self.participant.is_empty() => Owner::Unstated,
            None => Owner::OneOf(&self.participant),
        }
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::APPOINTMENT))
    }

    fn is_looked_through(&self) -> bool {
        true
    }
}

impl<'a> Appointment<'a> {
    /// Everything that says what it is for.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] where a part of that is malformed.
    pub fn purpose(&self) -> Result<Vec<Concept<'a>>, Unreadable> {
        let mut purpose = Vec::new();
        for concepts in [self.reason_code.read()?, self.reason.read()?, self.service_type.read()?] {
            purpose.extend(concepts);
        }
        purpose.extend(self.appointment_type.read()?);
        Ok(purpose)
    }
}

maps_only!(Participant);
