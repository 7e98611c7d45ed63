//! Which of two resources is another copy of the other, and which of the two counts.

use crate::datatype::{Concept, Reference};
use crate::input::last_modified;
use crate::json::{self, Str};
use crate::resource::{Common, Medicated as _};
use crate::time::{When, Zone};
use serde_json::value::RawValue;

/// What is known of a version beside what it says itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin<'a> {
    /// What the server answered, as it stands.
    pub(crate) response: Option<&'a RawValue>,
    /// It stands in a history, which begins with what is newest.
    pub(crate) is_history: bool,
}

impl Origin<'_> {
    /// Whether there is any of it.
    pub(crate) const fn is_told(self) -> bool {
        self.response.is_some() || self.is_history
    }
}

/// Which version of a resource it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    /// When it was last updated, by the server it comes from.
    updated: Option<When>,
    /// Its number, where the server counts.
    number: Option<u64>,
    /// Its place in the record, the newest last.
    place: isize,
}

impl Version {
    pub(crate) fn of<'a>(resource: &impl Common<'a>, origin: Origin<'_>, entry: usize) -> Self {
        let told = Self::told(origin, entry);
        let (updated, number) = resource.head().meta.map(meta).unwrap_or_default();
        Self { updated: updated.or(told.updated), number, ..told }
    }

    /// The version that something which is not there has.
    pub(crate) fn told(origin: Origin<'_>, entry: usize) -> Self {
        let modified = origin.response.and_then(last_modified);
        let place = isize::try_from(entry).unwrap_or(isize::MAX);
        Self {
            updated: modified.and_then(|text| When::parse(&text, &Zone::UTC)),
            number: None,
            place: if origin.is_history { -place } else { place },
        }
    }

    /// Whether it replaces another version of one id: it was updated later, or, where neither or both say the same, it comes
    /// later in the record.
    pub(crate) fn replaces(self, other: Self) -> bool {
        let counted = || self.number.zip(other.number).and_then(|(own, other)| (own != other).then_some(own > other));
        self.is_later_than(other).or_else(counted).unwrap_or(self.place >= other.place)
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

/// When a version was last updated, and its number.
fn meta(raw: &RawValue) -> (Option<When>, Option<u64>) {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta<'a> {
        #[serde(borrow, default)]
        last_updated: Option<Str<'a>>,
        #[serde(borrow, default)]
        version_id: Option<&'a RawValue>,
    }
    let Ok(meta) = json::from_str::<Meta<'_>>(raw.get()) else { return (None, None) };
    let number = meta.version_id.and_then(|id| id.get().trim_matches('"').parse().ok());
    (meta.last_updated.and_then(|text| When::parse(&text, &Zone::UTC)), number)
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
