//! ServiceRequest.

use super::status::{self, Status};
use super::{Owner, Resource, resource, subject};
use crate::datatype::{Concept, Reference};
use crate::json::{Lazy, List, Str};

resource! {
    /// An order for something other than a drug.
    ServiceRequest {
        /// `draft`, `active`, `completed`, `revoked`, `entered-in-error`, …
        status: Option<Str<'a>>,
        /// `order`, `proposal`, `plan`, …
        intent: Option<Str<'a>>,
        /// What kind.
        category: Lazy<'a, List<Concept<'a>>>,
        /// What is asked for.
        code: Option<Concept<'a>>,
        /// For whom.
        subject: Option<Reference<'a>>,
        /// When it was written.
        authored_on: Option<Str<'a>>,
        /// Why.
        reason_code: Lazy<'a, List<Concept<'a>>>,
        /// Why, as resources.
        reason_reference: Lazy<'a, List<Reference<'a>>>,
        /// R5: either of the two.
        reason: Lazy<'a, List<Concept<'a>>>,
        ;
        /// The order is *not* to do it.
        do_not_perform: Option<bool>,
    }
}

impl<'a> Resource<'a> for ServiceRequest<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::SERVICE_REQUEST))
    }
}
