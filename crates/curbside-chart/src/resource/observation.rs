//! Observation.

use serde::Deserialize;

use super::status::{self, Status};
use super::{Owner, Resource, resource, subject};
use crate::datatype::{Concept, Period, Quantity, Reference};
use crate::json::{Lazy, List, Number, Str};
use crate::maps_only::maps_only;

resource! {
    /// A measurement or finding.
    Observation {
        /// `final`, `amended`, `corrected`, `preliminary`, `registered`, `cancelled`, `unknown`, `entered-in-error`.
        status: Option<Str<'a>>,
        /// What was observed.
        code: Option<Concept<'a>>,
        /// Of whom.
        subject: Option<Reference<'a>>,
        /// What it is about, where not the patient as such.
        focus: Lazy<'a, List<Reference<'a>>>,
        /// When.
        effective_date_time: Option<Str<'a>>,
        /// When, as a period.
        effective_period: Option<Period<'a>>,
        /// When, as an instant.
        effective_instant: Option<Str<'a>>,
        /// When it was made available.
        issued: Option<Str<'a>>,
        /// A measured value.
        value_quantity: Lazy<'a, Option<Quantity<'a>>>,
        /// A coded value.
        value_codeable_concept: Lazy<'a, Option<Concept<'a>>>,
        /// A value in words.
        value_string: Option<Str<'a>>,
        /// A whole number.
        value_integer: Option<Number<'a>>,
        /// Why there is no value.
        data_absent_reason: Lazy<'a, Option<Concept<'a>>>,
        /// Its parts.
        component: Lazy<'a, List<Component<'a>>>,
        ;
        /// A truth.
        value_boolean: Option<bool>,
    }
}

/// A part of an observation.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Component", default, rename_all = "camelCase")]
pub struct Component<'a> {
    /// What was observed.
    #[serde(borrow)]
    pub code: Option<Concept<'a>>,
    /// A measured value.
    #[serde(borrow)]
    pub value_quantity: Option<Quantity<'a>>,
    /// A coded value.
    #[serde(borrow)]
    pub value_codeable_concept: Option<Concept<'a>>,
    /// A value in words.
    #[serde(borrow)]
    pub value_string: Option<Str<'a>>,
    /// A whole number.
    #[serde(borrow)]
    pub value_integer: Option<Number<'a>>,
    /// A truth.
    pub value_boolean: Option<bool>,
    /// Why there is no value.
    #[serde(borrow)]
    pub data_absent_reason: Option<Concept<'a>>,
}

/// The value of an observation or of one of its parts.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// A measured value.
    Quantity(Quantity<'a>),
    /// A whole number.
    Integer(Number<'a>),
    /// A coded value.
    Concept(Concept<'a>),
    /// A value in words.
    Text(Str<'a>),
    /// A truth.
    Bool(bool),
    /// There is none.
    Absent,
    /// There is one that cannot be read.
    Unreadable,
}

impl<'a> Component<'a> {
    /// Its value.
    #[must_use]
    pub fn value(&self) -> Value<'a> {
        if self.data_absent_reason.as_ref().is_some_and(|reason| !reason.is_empty()) {
            return Value::Absent;
        }
        let simple = simple(self.value_integer, self.value_string.as_ref(), self.value_boolean);
        match (&self.value_quantity, &self.value_codeable_concept) {
            (Some(quantity), _) => Value::Quantity(quantity.clone()),
            (None, Some(concept)) => Value::Concept(concept.clone()),
            (None, None) => simple,
        }
    }
}

/// The value of the simple types.
fn simple<'a>(integer: Option<Number<'a>>, text: Option<&Str<'a>>, truth: Option<bool>) -> Value<'a> {
    match (integer, text, truth) {
        (Some(number), _, _) => Value::Integer(number),
        (None, Some(text), _) => Value::Text(text.clone()),
        (None, None, Some(truth)) => Value::Bool(truth),
        (None, None, None) => Value::Absent,
    }
}

impl<'a> Observation<'a> {
    /// Its value.
    #[must_use]
    pub fn value(&self) -> Value<'a> {
        match self.data_absent_reason.read() {
            Ok(reason) if reason.as_ref().is_none_or(Concept::is_empty) => {}
            Ok(_) => return Value::Absent,
            Err(_) => return Value::Unreadable,
        }
        match (self.value_quantity.read(), self.value_codeable_concept.read()) {
            (Ok(Some(quantity)), _) => Value::Quantity(quantity),
            (Err(_), _) | (_, Err(_)) => Value::Unreadable,
            (_, Ok(Some(concept))) => Value::Concept(concept),
            _ => simple(self.value_integer, self.value_string.as_ref(), self.value_boolean),
        }
    }

    /// When it was made, as written; of a period its end.
    #[must_use]
    pub fn effective(&self) -> Option<&str> {
        let period = || {
            let period = self.effective_period.as_ref()?;
            period.end.as_deref().or(period.start.as_deref())
        };
        self.effective_date_time.as_deref().or(self.effective_instant.as_deref()).or_else(period)
    }
}

impl<'a> Resource<'a> for Observation<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        subject(self.subject.as_ref())
    }

    fn entered_in_error(&self) -> bool {
        self.status.as_deref() == Some("entered-in-error")
    }

    fn status(&mut self) -> Option<Status<'_, 'a>> {
        Some((&mut self.status, status::OBSERVATION))
    }

    fn check(&self, unread: &mut Vec<String>) {
        // It may be a measurement of anything.
        if self.code.as_ref().is_none_or(Concept::is_empty) && !unread.iter().any(|name| name == "code") {
            unread.push("code".to_owned());
        }
    }
}

maps_only!(Component);
