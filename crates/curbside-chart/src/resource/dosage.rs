//! Dosage instructions and the dose that was given.

use serde::Deserialize;

use crate::datatype::{Concept, Period, Quantity, QuantityRange, Ratio};
use crate::json::{List, Number, Str};
use crate::maps_only::maps_only;

/// How a medication is or should be taken.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Dosage", default, rename_all = "camelCase")]
pub struct Dosage<'a> {
    /// Order among the instructions; equal numbers run at the same time.
    #[serde(borrow)]
    pub sequence: Option<Number<'a>>,
    /// The instruction in words.
    #[serde(borrow)]
    pub text: Option<Str<'a>>,
    /// Further instructions.
    #[serde(borrow)]
    pub additional_instruction: List<Concept<'a>>,
    /// What the patient is told.
    #[serde(borrow)]
    pub patient_instruction: Option<Str<'a>>,
    /// When.
    #[serde(borrow)]
    pub timing: Option<Timing<'a>>,
    /// Taken only when needed.
    pub as_needed_boolean: Option<bool>,
    /// Taken only when this is the case.
    #[serde(borrow)]
    pub as_needed_codeable_concept: Option<Concept<'a>>,
    /// R5's `asNeededBoolean`.
    pub as_needed: Option<bool>,
    /// R5's `asNeededCodeableConcept`.
    #[serde(borrow)]
    pub as_needed_for: List<Concept<'a>>,
    /// The way into the body.
    #[serde(borrow)]
    pub route: Option<Concept<'a>>,
    /// How much, how fast.
    #[serde(borrow)]
    pub dose_and_rate: List<DoseAndRate<'a>>,
    /// STU3: how much.
    #[serde(borrow)]
    pub dose_quantity: Option<Quantity<'a>>,
    /// STU3: how much, from to.
    #[serde(borrow)]
    pub dose_range: Option<QuantityRange<'a>>,
}

impl Dosage<'_> {
    /// Whether it is taken only when needed.
    #[must_use]
    pub fn is_as_needed(&self) -> bool {
        self.as_needed_boolean == Some(true)
            || self.as_needed == Some(true)
            || self.as_needed_codeable_concept.is_some()
            || !self.as_needed_for.is_empty()
    }
}

/// How much, how fast.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "DoseAndRate", default, rename_all = "camelCase")]
pub struct DoseAndRate<'a> {
    /// Amount of one dose.
    #[serde(borrow)]
    pub dose_quantity: Option<Quantity<'a>>,
    /// Amount of one dose, from to.
    #[serde(borrow)]
    pub dose_range: Option<QuantityRange<'a>>,
    /// Amount by time.
    #[serde(borrow)]
    pub rate_ratio: Option<Ratio<'a>>,
    /// Amount by time as one quantity (`mg/min`).
    #[serde(borrow)]
    pub rate_quantity: Option<Quantity<'a>>,
}

/// When doses are due.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Timing", default)]
pub struct Timing<'a> {
    /// Exact moments.
    #[serde(borrow)]
    pub event: List<Str<'a>>,
    /// A rule of repetition.
    #[serde(borrow)]
    pub repeat: Option<Repeat<'a>>,
    /// A code such as `BID`.
    #[serde(borrow)]
    pub code: Option<Concept<'a>>,
}

/// A rule of repetition.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "Repeat", default, rename_all = "camelCase")]
pub struct Repeat<'a> {
    /// From when to when.
    #[serde(borrow)]
    pub bounds_period: Option<Period<'a>>,
    /// For how long.
    #[serde(borrow)]
    pub bounds_duration: Option<Quantity<'a>>,
    /// How often a period.
    #[serde(borrow)]
    pub frequency: Option<Number<'a>>,
    /// Up to how often a period.
    #[serde(borrow)]
    pub frequency_max: Option<Number<'a>>,
    /// Length of the period.
    #[serde(borrow)]
    pub period: Option<Number<'a>>,
    /// Up to which length.
    #[serde(borrow)]
    pub period_max: Option<Number<'a>>,
    /// `s`, `min`, `h`, `d`, `wk`, `mo`, `a`.
    #[serde(borrow)]
    pub period_unit: Option<Str<'a>>,
    /// How long one dose takes.
    #[serde(borrow)]
    pub duration: Option<Number<'a>>,
    /// Up to how long.
    #[serde(borrow)]
    pub duration_max: Option<Number<'a>>,
    /// Unit of `duration`.
    #[serde(borrow)]
    pub duration_unit: Option<Str<'a>>,
    /// Days of the week.
    #[serde(borrow)]
    pub day_of_week: List<Str<'a>>,
    /// Times of the day.
    #[serde(borrow)]
    pub time_of_day: List<Str<'a>>,
    /// Events of the day (`MORN`, `HS`).
    #[serde(borrow)]
    pub when: List<Str<'a>>,
}

/// The dose of an administration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(remote = "AdministeredDose", default, rename_all = "camelCase")]
pub struct AdministeredDose<'a> {
    /// In words.
    #[serde(borrow)]
    pub text: Option<Str<'a>>,
    /// The way into the body.
    #[serde(borrow)]
    pub route: Option<Concept<'a>>,
    /// How much.
    #[serde(borrow)]
    pub dose: Option<Quantity<'a>>,
}

maps_only!(Dosage, DoseAndRate, Timing, Repeat, AdministeredDose);
