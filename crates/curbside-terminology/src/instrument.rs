//! Instruments: scales and questionnaires with a total score, as files in `instruments/`.

use std::collections::BTreeMap;

use curbside_source::{Diagnostic, Diagnostics, Spanned};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::code::Code;
use crate::sign_off::{Pending, SignOff};
use crate::units::Amount;

/// A scale with a total score.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Instrument")]
pub struct Instrument {
    /// Its name, the same as the file's.
    pub instrument: Spanned<String>,
    /// Its title for people.
    pub title: String,
    /// The codes of its total.
    pub codes: Vec<Spanned<Code>>,
    /// Lowest and highest total there can be; what lies outside is ignored.
    pub range: Spanned<(Amount, Amount)>,
    /// Up to which total it is remission.
    pub remission: Option<Cut>,
    /// Names for ranges of the total, both bounds included.
    #[serde(default)]
    pub bands: BTreeMap<String, Spanned<(Amount, Amount)>>,
    /// Lowest baseline from which a fall counts.
    pub floor: Option<Cut>,
    /// From which total it is a relapse.
    pub relapse: Option<Cut>,
    /// How a QuestionnaireResponse gives a total.
    pub questionnaire: Option<Questionnaire>,
    /// Where the bands come from.
    pub source: Option<Spanned<String>>,
    /// Who answers for codes, range and bands.
    pub sign_off: Option<SignOff>,
}

/// A cut-off with its source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Cut")]
pub struct Cut {
    /// The total.
    pub total: Spanned<Amount>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// How a QuestionnaireResponse gives a total.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Questionnaire")]
pub struct Questionnaire {
    /// `linkId` of the total, where it is an item.
    pub total: Option<String>,
    /// `linkId`s of the items that are summed; one missing, and there is no total.
    #[serde(default)]
    pub items: Vec<String>,
    /// What a coded answer counts.
    #[serde(default)]
    pub answers: BTreeMap<String, Amount>,
}

impl Instrument {
    /// Whether a total can be one of this instrument.
    #[must_use]
    pub fn allows(&self, total: Decimal) -> bool {
        (self.range.0.value..=self.range.1.value).contains(&total)
    }

    /// Whether a total is remission; `None` where the instrument does not say.
    #[must_use]
    pub fn is_remission(&self, total: Decimal) -> Option<bool> {
        self.remission.as_ref().map(|cut| total <= cut.total.value.value)
    }

    /// The range of a band; `remission` is one of them.
    #[must_use]
    pub fn band(&self, name: &str) -> Option<(Decimal, Decimal)> {
        if name == "remission" {
            return self.remission.as_ref().map(|cut| (self.range.0.value, cut.total.value.value));
        }
        self.bands.get(name).map(|band| (band.0.value, band.1.value))
    }

    /// The names of its bands.
    pub fn band_names(&self) -> impl Iterator<Item = &str> {
        self.remission.iter().map(|_| "remission").chain(self.bands.keys().map(String::as_str))
    }

    pub(crate) fn check(&self, found: &mut Diagnostics) {
        let (low, high) = (self.range.0.value, self.range.1.value);
        if low >= high {
            found.error("impossible-range", self.range.span, "the range ends before it begins");
        }
        let mut bands: Vec<_> = self.bands.iter().collect();
        bands.sort_by_key(|(_, band)| band.0.value);
        for (name, band) in &bands {
            if band.0.value > band.1.value || band.0.value < low || band.1.value > high {
                found.error("impossible-range", band.span, format!("band `{name}` does not lie within {low} to {high}"));
            }
        }
        for ((first, before), (second, after)) in bands.iter().zip(bands.iter().skip(1)) {
            if after.0.value <= before.1.value {
                let message = format!("bands `{first}` and `{second}` overlap");
                found.push(Diagnostic::error("overlapping-range", after.span, message).also(before.span, format!("`{first}` is here")));
            }
        }
        for cut in [&self.remission, &self.floor, &self.relapse].into_iter().flatten() {
            if !self.allows(cut.total.value.value) {
                found.error("impossible-range", cut.total.span, format!("this is not a total from {low} to {high}"));
            }
        }
    }

    pub(crate) fn pending(&self) -> Vec<Pending> {
        let name = &self.instrument.value;
        let own =
            Pending::of(self.sign_off.as_ref(), self.source.as_ref(), format!("{name}: codes, range and bands"), self.instrument.span);
        let cuts = [("remission up to", &self.remission), ("lowest baseline", &self.floor), ("relapse from", &self.relapse)];
        let of_cut = |(what, cut): (&str, &Option<Cut>)| {
            let cut = cut.as_ref()?;
            Pending::of(cut.sign_off.as_ref(), cut.source.as_ref(), format!("{name}: {what} {}", cut.total.value), cut.total.span)
        };
        own.into_iter().chain(cuts.into_iter().filter_map(of_cut)).collect()
    }
}
