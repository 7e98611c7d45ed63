//! Condition.

use super::{Owner, Resource, resource, status, subject};
use crate::datatype::{Annotation, CodeOrConcept, Concept, Period, Reference};
use crate::json::{Lazy, List, Str};

resource! {
    /// A problem, diagnosis or symptom.
    Condition {
        /// `active`, `recurrence`, `relapse`, `inactive`, `remission`, `resolved`; a plain code in STU3.
        clinical_status: Option<CodeOrConcept<'a>>,
        /// `confirmed`, `unconfirmed`, `provisional`, `differential`, `refuted`, `entered-in-error`.
        verification_status: Option<CodeOrConcept<'a>>,
        /// Problem list item or encounter diagnosis.
        category: Lazy<'a, List<Concept<'a>>>,
        /// What it is.
        code: Option<Concept<'a>>,
        /// Whose it is.
        subject: Option<Reference<'a>>,
        /// STU3 and DSTU2 spelling of `subject`.
        patient: Option<Reference<'a>>,
        /// When it began.
        onset_date_time: Option<Str<'a>>,
        /// When it began, as a period.
        onset_period: Option<Period<'a>>,
        /// When it ended.
        abatement_date_time: Option<Str<'a>>,
        /// When it ended, as a period.
        abatement_period: Option<Period<'a>>,
        /// When it was recorded.
        recorded_date: Option<Str<'a>>,
        /// STU3's `recordedDate`.
        asserted_date: Option<Str<'a>>,
        /// Remarks.
        note: Lazy<'a, List<Annotation<'a>>>,
        ;
        /// DSTU2's and some senders' statement that it has ended.
        abatement_boolean: Option<bool>,
    }
}

impl<'a> Resource<'a> for Condition<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref().or(self.patient.as_ref()))
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

impl Condition<'_> {
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

    /// When it began, as written.
    #[must_use]
    pub fn onset(&self) -> Option<&str> {
        self.onset_date_time.as_deref().or_else(|| self.onset_period.as_ref().and_then(|period| period.start.as_deref()))
    }

    /// When it ended, as written.
    #[must_use]
    pub fn abatement(&self) -> Option<&str> {
        self.abatement_date_time.as_deref().or_else(|| {
            let period = self.abatement_period.as_ref()?;
            period.start.as_deref().or(period.end.as_deref())
        })
    }

    /// When it was recorded, as written.
    #[must_use]
    pub fn recorded(&self) -> Option<&str> {
        self.recorded_date.as_deref().or(self.asserted_date.as_deref())
    }
}
