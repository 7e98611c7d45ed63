//! Which of two resources is another copy of the other, and which of the two counts.

use crate::datatype::{Concept, Reference};
use crate::json::Str;
use crate::resource::{Common, Medicated as _};
use crate::time::{When, Zone};

/// Which version of a resource it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    /// When it was last updated, by the server it comes from.
    updated: Option<When>,
    /// Its place in the record.
    entry: usize,
}

impl Version {
    pub(crate) fn of<'a>(resource: &impl Common<'a>, entry: usize) -> Self {
        Self { updated: last_updated(resource), entry }
    }

    /// Whether it replaces another version of one id: it was updated later, or, where neither or both say the same, it comes
    /// later in the record.
    pub(crate) fn replaces(self, other: Self) -> bool {
        self.is_later_than(other).unwrap_or(self.entry >= other.entry)
    }

    /// Whether it was updated later; `None` where that cannot be told.
    pub(crate) fn is_later_than(self, other: Self) -> Option<bool> {
        match (self.updated, other.updated) {
            (Some(own), Some(other)) => (own != other).then_some(own > other),
            (Some(_), None) => Some(true),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        }
    }
}

fn last_updated<'a>(resource: &impl Common<'a>) -> Option<When> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta<'a> {
        #[serde(borrow, default)]
        last_updated: Option<Str<'a>>,
    }
    let meta: Meta<'_> = serde_json::from_str(resource.head().meta?.get()).ok()?;
    When::parse(&meta.last_updated?, &Zone::UTC)
}

/// What a resource is about: two with one identifier but different matters are not copies.
pub(crate) trait Matter {
    /// Its first code and its text, or the reference to its drug.
    fn matter(&self) -> Option<(Option<&str>, Option<&str>)>;
}

fn of_concept<'r>(concept: Option<&'r Concept<'_>>) -> Option<(Option<&'r str>, Option<&'r str>)> {
    let concept = concept?;
    Some((concept.codes().next(), concept.text.as_deref()))
}

macro_rules! matters {
    ($($Type:ident: |$data:ident| $matter:expr;)*) => {$(
        impl Matter for crate::resource::$Type<'_> {
            fn matter(&self) -> Option<(Option<&str>, Option<&str>)> {
                let $data = self;
                $matter
            }
        }
    )*};
}
matters! {
    Condition: |data| of_concept(data.code.as_ref());
    AllergyIntolerance: |data| of_concept(data.code.as_ref());
    MedicationRequest: |data| of_drug(data.concept(), data.reference());
    MedicationStatement: |data| of_drug(data.concept(), data.reference());
    MedicationDispense: |data| of_drug(data.concept(), data.reference());
    MedicationAdministration: |data| of_drug(data.concept(), data.reference());
    Medication: |data| of_concept(data.code.as_ref());
    Observation: |data| of_concept(data.code.as_ref());
    Procedure: |data| of_concept(data.code.as_ref());
    Immunization: |data| of_concept(data.vaccine_code.as_ref());
    ServiceRequest: |data| of_concept(data.code.as_ref());
    QuestionnaireResponse: |_data| None;
    Encounter: |_data| None;
    Coverage: |_data| None;
    Appointment: |_data| None;
    AdverseEvent: |_data| None;
    Other: |_data| None;
}

fn of_drug<'r>(concept: Option<&'r Concept<'_>>, reference: Option<&'r Reference<'_>>) -> Option<(Option<&'r str>, Option<&'r str>)> {
    match reference.and_then(|reference| reference.reference.as_deref()) {
        Some(reference) => Some((Some(reference), None)),
        None => of_concept(concept),
    }
}
