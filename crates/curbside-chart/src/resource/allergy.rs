//! AllergyIntolerance.

use serde::Deserialize;

use super::{Owner, Resource, resource, status, subject};
use crate::datatype::{CodeOrConcept, Concept, Period, Reference};
use crate::json::{Lazy, List, Str};
use crate::maps_only::maps_only;

resource! {
    /// A propensity to react, or the statement that there is none.
    AllergyIntolerance {
        /// `active`, `inactive`, `resolved`; a plain code in STU3.
        clinical_status: Option<CodeOrConcept<'a>>,
        /// `confirmed`, `unconfirmed`, `refuted`, `entered-in-error`.
        verification_status: Option<CodeOrConcept<'a>>,
        /// `allergy` or `intolerance`; a concept in R5.
        r#type: Option<CodeOrConcept<'a>>,
        /// The substance, or a statement such as "no known allergy".
        code: Option<Concept<'a>>,
        /// Whose it is.
        patient: Option<Reference<'a>>,
        /// When it showed first.
        onset_date_time: Option<Str<'a>>,
        /// When it showed first, as a period.
        onset_period: Option<Period<'a>>,
        /// When it was recorded.
        recorded_date: Option<Str<'a>>,
        /// STU3's `recordedDate`.
        asserted_date: Option<Str<'a>>,
        /// Reactions there were.
        reaction: Lazy<'a, List<Reaction<'a>>>,
    }
}

/// One reaction.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Reaction", default)]
pub struct Reaction<'a> {
    /// The substance that caused it.
    #[serde(borrow)]
    pub substance: Option<Concept<'a>>,
}

impl<'a> Resource<'a> for AllergyIntolerance<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.patient.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.verification() == Some("entered-in-error")
    }

    fn check(&self, unread: &mut Vec<String>) {
        if status::is_unclear(self.clinical_status.as_deref(), &status::CLINICAL) {
            unread.push("clinicalStatus".to_owned());
        }
        if status::is_unclear(self.verification_status.as_deref(), &status::VERIFICATION) {
            unread.push("verificationStatus".to_owned());
        }
    }
}

impl AllergyIntolerance<'_> {
    /// The code of its clinical status.
    #[must_use]
    pub fn clinical(&self) -> Option<&str> {
        status::code(self.clinical_status.as_deref(), &status::CLINICAL)
    }

    /// The code of its verification status.
    #[must_use]
    pub fn verification(&self) -> Option<&str> {
        status::code(self.verification_status.as_deref(), &status::VERIFICATION)
    }

    /// When it showed first, or was recorded, as written.
    #[must_use]
    pub fn date(&self) -> Option<&str> {
        let period = || self.onset_period.as_ref().and_then(|period| period.start.as_deref());
        let recorded = || self.recorded_date.as_deref().or(self.asserted_date.as_deref());
        self.onset_date_time.as_deref().or_else(period).or_else(recorded)
    }
}

maps_only!(Reaction);
