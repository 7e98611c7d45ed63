//! Any resource type without a struct of its own: who it is about, and its status.

use super::{Owner, Resource, resource, subject};
use crate::datatype::Reference;
use crate::json::Str;

resource! {
    /// A resource of any type.
    Other {
        /// Its status.
        status: Option<Str<'a>>,
        /// Whose it is.
        subject: Option<Reference<'a>>,
        /// Whose it is, in types that say it so.
        patient: Option<Reference<'a>>,
        /// Whose it is, in types that say it so.
        beneficiary: Option<Reference<'a>>,
        /// Whose it is, in types that say it so.
        individual: Option<Reference<'a>>,
    }
}

impl<'a> Resource<'a> for Other<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref().or(self.patient.as_ref()).or(self.beneficiary.as_ref()).or(self.individual.as_ref()))
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }
}
