//! What a case says about a patient. A kind of fact is one file here and one line in the list below: the
//! file holds what authors write, and how it becomes FHIR resources.

mod allergy;
mod booking;
mod concept;
mod condition;
mod coverage;
mod date;
mod dosing;
mod encounter;
mod measure;
mod medication;
mod observation;
mod order;
mod patient;
mod preauthorization;
mod procedure;
mod resource;
mod score;
mod session;
pub(crate) mod writer;

use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

pub use concept::Concept;
pub use date::Date;
pub use measure::{Frequency, Measure};
pub use patient::Patient;

use writer::Writer;

/// Concepts, or one.
pub(crate) type Concepts = curbside_rules::model::OneOrMany<Spanned<Concept>>;

/// A struct of optional members. What a later layer of a case says about the same fact replaces what an
/// earlier one said, member by member.
macro_rules! layered {
    ($(#[$doc:meta])* $Name:ident = $shown:literal { $($(#[$member_doc:meta])* $member:ident: $Type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
        #[schemars(rename = $shown)]
        pub struct $Name {
            $($(#[$member_doc])* pub $member: Option<$Type>,)*
        }

        impl $Name {
            /// This over what was said before.
            #[must_use]
            pub fn over(&self, before: &Self) -> Self {
                Self { $($member: self.$member.clone().or_else(|| before.$member.clone()),)* }
            }
        }
    };
}
pub(crate) use layered;

macro_rules! facts {
    ($($(#[$doc:meta])* $Name:ident($Type:ty) = $name:literal,)*) => {
        /// A fact: one key that names its kind.
        #[derive(Clone, Debug, Deserialize, JsonSchema)]
        #[schemars(rename = "Fact")]
        pub enum Fact {
            $($(#[$doc])* #[serde(rename = $name)] $Name(Box<$Type>),)*
        }

        impl Fact {
            /// Every kind there is.
            pub const KINDS: &'static [&'static str] = &[$($name,)*];

            /// The id it was given.
            #[must_use]
            pub fn id(&self) -> Option<&Spanned<String>> {
                match self {
                    $(Self::$Name(fact) => fact.id.as_ref(),)*
                }
            }

            /// What kind it is.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$Name(_) => $name,)*
                }
            }

            /// This over an earlier fact of the same kind; `None` where that one is of another kind.
            #[must_use]
            pub fn over(&self, before: &Self) -> Option<Self> {
                match (self, before) {
                    $((Self::$Name(fact), Self::$Name(before)) => Some(Self::$Name(Box::new(fact.over(before)))),)*
                    _ => None,
                }
            }

            pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
                match self {
                    $(Self::$Name(fact) => fact.write(place, writer),)*
                }
            }
        }
    };
}

facts! {
    /// A problem or diagnosis.
    Condition(condition::Condition) = "condition",
    /// A drug that is or was taken: by default a MedicationStatement.
    Medication(medication::Medication) = "medication",
    /// A measurement or finding.
    Observation(observation::Observation) = "observation",
    /// A blood pressure.
    BloodPressure(observation::BloodPressure) = "blood_pressure",
    /// The total of an instrument, by the name it has in the pack.
    Score(score::Score) = "score",
    /// An allergy or intolerance.
    Allergy(allergy::Allergy) = "allergy",
    /// Something that was done.
    Procedure(procedure::Procedure) = "procedure",
    /// A visit or stay.
    Encounter(encounter::Encounter) = "encounter",
    /// An insurance.
    Coverage(coverage::Coverage) = "coverage",
    /// What an insurance answered to a request for prior authorization.
    Preauthorization(preauthorization::Preauthorization) = "preauthorization",
    /// A draft order of the hook.
    Order(order::Order) = "order",
    /// Administrations of a drug.
    Session(session::Session) = "session",
    /// An appointment: proposed by the hook `appointment-book`, elsewhere on record.
    Booking(booking::Booking) = "booking",
    /// A FHIR resource as it stands; a missing subject is the patient of the case.
    Resource(resource::Resource) = "resource",
}
