//! Patient.

use super::resource;
use crate::json::Str;

resource! {
    /// The person the chart is about.
    Patient {
        /// Date of birth, possibly partial.
        birth_date: Option<Str<'a>>,
        /// Administrative gender: `male`, `female`, `other`, `unknown`.
        gender: Option<Str<'a>>,
        /// When they died.
        deceased_date_time: Option<Str<'a>>,
        ;
        /// Whether they died.
        deceased_boolean: Option<bool>,
    }
}

impl Patient<'_> {
    /// Whether the record says that they have died.
    #[must_use]
    pub fn is_deceased(&self) -> bool {
        self.deceased_boolean == Some(true) || self.deceased_date_time.is_some()
    }
}
