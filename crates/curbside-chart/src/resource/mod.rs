//! The resource types that criteria read, each as narrow as what is read of it.
//!
//! A type is one file here and one line in [`resource_types!`]. Fields carry FHIR's own names;
//! where versions differ, the spellings of STU3, R4, R4B and R5 stand side by side and an accessor
//! says which wins.

mod administrative;
mod allergy;
mod appointment;
mod condition;
mod dosage;
mod encounter;
mod medication;
mod observation;
mod other;
mod patient;
mod procedure;
mod questionnaire;
mod service_request;
pub mod status;

pub use administrative::{AdverseEvent, Coverage, Immunization, Suspect};
pub use allergy::{AllergyIntolerance, Reaction};
pub use appointment::{Appointment, Participant};
pub use condition::Condition;
pub use dosage::{AdministeredDose, Dosage, DoseAndRate, Repeat, Timing};
pub use encounter::Encounter;
pub use medication::{
    DispenseRequest, DrugSaid, Ingredient, Medicated, Medication, MedicationAdministration, MedicationDispense, MedicationRequest,
    MedicationStatement,
};
pub use observation::{Component, Observation, Value};
pub use other::Other;
pub use patient::Patient;
pub use procedure::Procedure;
pub use questionnaire::{Answer, QuestionnaireResponse, ResponseItem};
pub use service_request::ServiceRequest;

use serde_json::value::RawValue;

use crate::datatype::{Identifier, Reference};
use crate::json::{List, Str};

/// Declares a resource: the members every resource has, plus its own.
macro_rules! resource {
    ($(#[$doc:meta])* $Name:ident {
        $($(#[$field_doc:meta])* $field:ident: $Type:ty,)*
        $(; $($(#[$plain_doc:meta])* $plain:ident: $Plain:ty,)*)?
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        pub struct $Name<'a> {
            /// What every resource carries.
            #[serde(borrow)]
            id: Option<$crate::json::Str<'a>>,
            #[serde(borrow)]
            meta: Option<&'a serde_json::value::RawValue>,
            #[serde(borrow)]
            implicit_rules: Option<$crate::json::Str<'a>>,
            #[serde(borrow)]
            modifier_extension: Option<&'a serde_json::value::RawValue>,
            #[serde(borrow)]
            identifier: $crate::json::List<$crate::datatype::Identifier<'a>>,
            #[serde(borrow)]
            contained: Option<&'a serde_json::value::RawValue>,
            /// Read only so that a type given twice is seen to be.
            #[serde(borrow)]
            resource_type: Option<&'a serde_json::value::RawValue>,
            $($(#[$field_doc])* #[serde(borrow)] pub $field: $Type,)*
            $($($(#[$plain_doc])* pub $plain: $Plain,)*)?
        }

        impl<'a> $crate::resource::Common<'a> for $Name<'a> {
            fn head(&self) -> $crate::resource::Head<'_, 'a> {
                $crate::resource::Head {
                    id: self.id.as_ref().filter(|id| !id.is_empty()),
                    meta: self.meta,
                    implicit_rules: self.implicit_rules.is_some(),
                    modifier_extension: self.modifier_extension.is_some_and(|raw| !matches!(raw.get(), "null" | "[]")),
                    identifier: &self.identifier,
                    contained: self.contained,
                }
            }

            fn unreadable(&self) -> Vec<&'static str> {
                let mut found = Vec::new();
                $(if !$crate::json::Readable::is_readable(&self.$field) {
                    found.push(stringify!($field));
                })*
                found
            }
        }
    };
}
pub(crate) use resource;

/// What every resource carries.
#[derive(Clone, Copy, Debug)]
pub struct Head<'r, 'a> {
    /// Logical id.
    pub id: Option<&'r Str<'a>>,
    /// `meta` as it stands, read only where it is needed.
    pub meta: Option<&'a RawValue>,
    /// Whether `implicitRules` is there: rules that may change the meaning of the content.
    pub implicit_rules: bool,
    /// Whether `modifierExtension` is there: it may change the meaning of the whole resource.
    pub modifier_extension: bool,
    /// Business identifiers.
    pub identifier: &'r List<Identifier<'a>>,
    /// Contained resources as they stand.
    pub contained: Option<&'a RawValue>,
}

/// Access to what every resource carries.
pub trait Common<'a> {
    /// The members every resource has.
    fn head(&self) -> Head<'_, 'a>;

    /// Those of its members, by the names they have here, that are read only when somebody asks and are malformed. For
    /// resources of which there are few: all of them are read.
    fn unreadable(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

/// Whose record a resource is.
#[derive(Clone, Copy, Debug)]
pub enum Owner<'r, 'a> {
    /// The patient it refers to.
    Subject(&'r Reference<'a>),
    /// One of several it refers to.
    OneOf(&'r [Participant<'a>]),
    /// Belongs to nobody: a definition that others refer to.
    Shared,
    /// It does not say.
    Unstated,
}

/// A resource of a patient's record.
pub trait Resource<'a>: Common<'a> + serde::Deserialize<'a> {
    /// Whose it is.
    fn owner(&self) -> Owner<'_, 'a>;

    /// Whether it was marked as entered in error.
    fn entered_in_error(&self) -> bool;

    /// Its status, where its type has one, and the statuses there are.
    fn status(&mut self) -> Option<status::Status<'_, 'a>> {
        None
    }

    /// What it says of its drug, where its type has one.
    fn drug(&self) -> Option<DrugSaid<'_, 'a>> {
        None
    }

    /// Adds the members that are well-formed and say nothing that FHIR has a meaning for.
    fn check(&self, _unread: &mut Vec<String>) {}

    /// Whether a `modifierExtension` of any part of it casts doubt on what is read of it.
    fn is_read_in_parts(&self) -> bool {
        true
    }

    /// The words of its members that are malformed decide what it is about, so they are looked at beforehand.
    fn is_looked_through(&self) -> bool {
        false
    }
}

fn subject<'r, 'a>(reference: Option<&'r Reference<'a>>) -> Owner<'r, 'a> {
    reference.map_or(Owner::Unstated, Owner::Subject)
}

/// Calls a macro with every resource type and the member of the chart that holds it.
macro_rules! resource_types {
    ($callback:ident) => {
        $callback! {
            Condition => conditions, "conditions";
            AllergyIntolerance => allergies, "allergies";
            MedicationRequest => requests, "medicationRequests";
            MedicationStatement => statements, "medicationStatements";
            MedicationDispense => dispenses, "dispenses";
            MedicationAdministration => administrations, "administrations";
            Medication => medications, "medications";
            Observation => observations, "observations";
            QuestionnaireResponse => responses, "responses";
            Procedure => procedures, "procedures";
            Encounter => encounters, "encounters";
            Immunization => immunizations, "immunizations";
            Coverage => coverages, "coverage";
            Appointment => appointments, "appointments";
            AdverseEvent => adverse_events, "adverseEvents";
            ServiceRequest => service_requests, "serviceRequests";
        }
    };
}
pub(crate) use resource_types;
