//! What the clinical status and the verification of a condition or allergy mean.

use curbside_source::Spanned;
use curbside_terminology::ValueSetId;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::compile::Compiler;
use crate::model::{Names, OneOrMany};
use crate::truth::Truth;

/// Policy on clinical status; a word is short for one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:is Status")]
#[schemars(rename = "StatusPolicy", transform = crate::schema::short_for_is)]
pub struct StatusModel {
    /// `active`, `past` or `any`.
    pub is: Option<StatusWord>,
    /// What `active`, `recurrence` or `relapse` means.
    pub active: Option<Truth>,
    /// What it means that no status is recorded.
    pub absent: Option<Truth>,
    /// What `inactive`, `remission` or `resolved` means; by code where rows are given.
    pub past: Option<OneOrMany<PastRow>>,
}

/// A status policy in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "StatusWord")]
pub enum StatusWord {
    /// It goes on; unknown where no status is recorded.
    Active,
    /// It is over; unknown where no status is recorded.
    Past,
    /// Whether it goes on or not.
    Any,
}

/// What a past condition means.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:then Past")]
#[schemars(rename = "PastRow", transform = crate::schema::short_for_then)]
pub struct PastRow {
    /// Only codes in these value sets.
    pub r#in: Option<Names>,
    /// What it means.
    pub then: Option<Truth>,
    /// What it means for all other codes.
    pub r#else: Option<Truth>,
}

/// Policy on verification; a word is short for one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "short:is Verification")]
#[schemars(rename = "VerificationPolicy", transform = crate::schema::short_for_is)]
pub struct VerificationModel {
    /// `confirmed` or `any`.
    pub is: Option<VerificationWord>,
    /// What `confirmed` means.
    pub confirmed: Option<Truth>,
    /// What it means that no verification is recorded.
    pub absent: Option<Truth>,
    /// What `unconfirmed`, `provisional` or `differential` means.
    pub unconfirmed: Option<Truth>,
}

/// A verification policy in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "VerificationWord")]
pub enum VerificationWord {
    /// Confirmed, or nothing said against it; unknown while unconfirmed.
    Confirmed,
    /// Confirmed or not; what is refuted never counts.
    Any,
}

/// Where a condition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClinicalStatus {
    /// It goes on.
    Active,
    /// It is over.
    Past,
    /// The record does not say.
    Absent,
}

impl ClinicalStatus {
    /// The status of this code; one that FHIR does not have says nothing.
    #[must_use]
    pub fn of(code: Option<&str>) -> Self {
        match code {
            Some("active" | "recurrence" | "relapse") => Self::Active,
            Some("inactive" | "remission" | "resolved") => Self::Past,
            _ => Self::Absent,
        }
    }
}

/// Policy on clinical status, ready.
#[derive(Clone, Debug)]
pub struct StatusPolicy {
    active: Truth,
    absent: Truth,
    past: Truth,
    rows: Vec<(Vec<ValueSetId>, Truth)>,
}

impl StatusPolicy {
    /// Makes the policy of a criterion ready; without one, `active` is meant.
    pub fn compile(model: Option<&Spanned<StatusModel>>, compiler: &mut Compiler<'_>) -> Option<Self> {
        let (active, absent, past) = match model.and_then(|model| model.is).unwrap_or(StatusWord::Active) {
            StatusWord::Active => (Truth::True, Truth::Unknown, Truth::False),
            StatusWord::Past => (Truth::False, Truth::Unknown, Truth::True),
            StatusWord::Any => (Truth::True, Truth::True, Truth::True),
        };
        let mut policy = Self { active, absent, past, rows: Vec::new() };
        let Some(model) = model else { return Some(policy) };
        policy.active = model.active.unwrap_or(policy.active);
        policy.absent = model.absent.unwrap_or(policy.absent);
        for row in model.past.iter().flatten() {
            let then = row.then.or(row.r#else).unwrap_or(policy.past);
            match &row.r#in {
                Some(sets) => policy.rows.push((compiler.value_sets(Some(sets))?, then)),
                None => policy.past = then,
            }
        }
        Some(policy)
    }

    /// What a status means for a code that is in these value sets.
    #[must_use]
    pub fn judge(&self, status: ClinicalStatus, is_in: &dyn Fn(ValueSetId) -> bool) -> Truth {
        match status {
            ClinicalStatus::Active => self.active,
            ClinicalStatus::Absent => self.absent,
            ClinicalStatus::Past => {
                let row = self.rows.iter().find(|(sets, _)| sets.iter().any(|set| is_in(*set)));
                row.map_or(self.past, |(_, then)| *then)
            }
        }
    }
}

/// Policy on verification, ready.
#[derive(Clone, Copy, Debug)]
pub struct VerificationPolicy {
    confirmed: Truth,
    absent: Truth,
    unconfirmed: Truth,
}

impl VerificationPolicy {
    /// Makes the policy of a criterion ready; without one, `confirmed` is meant.
    #[must_use]
    pub fn new(model: Option<&VerificationModel>) -> Self {
        let any = model.and_then(|model| model.is) == Some(VerificationWord::Any);
        let unconfirmed = if any { Truth::True } else { Truth::Unknown };
        Self {
            confirmed: model.and_then(|model| model.confirmed).unwrap_or(Truth::True),
            absent: model.and_then(|model| model.absent).unwrap_or(Truth::True),
            unconfirmed: model.and_then(|model| model.unconfirmed).unwrap_or(unconfirmed),
        }
    }

    /// What a verification status means; `None`: the record does not count at all.
    #[must_use]
    pub fn judge(&self, code: Option<&str>) -> Option<Truth> {
        match code {
            Some("refuted" | "entered-in-error") => None,
            Some("unconfirmed" | "provisional" | "differential") => Some(self.unconfirmed),
            Some("confirmed") => Some(self.confirmed),
            _ => Some(self.absent),
        }
    }
}
