//! How much a day.

use std::fmt;

use curbside_chart::datatype::{Quantity, QuantityRange};
use curbside_chart::resource::Dosage;
use curbside_terminology::units::{Amount, Unit};
use curbside_terminology::{DrugFacts, FormFacts, Systems};
use rust_decimal::Decimal;

use super::drugs::{Match, Per, milligrams};
use super::timing::per_day;

/// A daily dose in mg: at least and at most (`None`: no upper end is known).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dose {
    /// At least.
    pub low: Decimal,
    /// At most.
    pub high: Option<Decimal>,
}

impl Dose {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { low: Decimal::ZERO, high: None };

    /// Whether something is known.
    #[must_use]
    pub fn is_known(self) -> bool {
        self != Self::UNKNOWN
    }

    /// Taken together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let high = self.high.zip(other.high).and_then(|(a, b)| a.checked_add(b));
        Self { low: self.low.saturating_add(other.low), high }
    }

    /// The greater of two that are one and the same.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.zip(other.high).map(|(a, b)| a.max(b)) }
    }

    /// What is possible if either may be true.
    #[must_use]
    pub fn either(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.zip(other.high).map(|(a, b)| a.max(b)) }
    }
}

impl fmt::Display for Dose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.high {
            _ if !self.is_known() => f.write_str("dose not recorded"),
            Some(high) if high == self.low => write!(f, "{} mg/day", shown(high)),
            Some(high) => write!(f, "{} to {} mg/day", shown(self.low), shown(high)),
            None => write!(f, "at least {} mg/day", shown(self.low)),
        }
    }
}

/// A figure as it is shown: at most two decimals, none that are zero.
#[must_use]
pub(crate) fn shown(value: Decimal) -> Decimal {
    value.round_dp(2).normalize()
}

/// A figure of a record as it is shown: with its digits, so that nothing looks as if it were on a bound that it is beyond. Of
/// very long ones so many that it does not.
#[must_use]
pub(crate) fn shown_as_recorded(value: Decimal) -> Decimal {
    let value = value.normalize();
    let is_short = value.scale() <= 6;
    let shortened = || (2..28).map(|digits| (digits, value.round_dp(digits).normalize())).find(|(digits, short)| short.scale() == *digits);
    if is_short { value } else { shortened().map_or(value, |(_, short)| short) }
}

/// The amount of a quantity, where its unit is known.
#[must_use]
pub(super) fn amount_of(quantity: &Quantity<'_>) -> Option<Amount> {
    let value = quantity.value?.decimal()?;
    unit_of(quantity).map(|unit| Amount { value, unit })
}

/// The unit of a quantity: its UCUM code, else the unit as displayed.
#[must_use]
pub(crate) fn unit_of(quantity: &Quantity<'_>) -> Option<Unit> {
    let is_ucum = quantity.system.as_deref().is_none_or(|system| Systems::short_name(system) == "ucum");
    let code = quantity.code.as_deref().filter(|code| is_ucum && !code.is_empty());
    code.and_then(Unit::parse).or_else(|| quantity.unit.as_deref().and_then(Unit::parse))
}

/// One dose of a quantity in mg, for a drug: a mass, or pieces of a known strength.
#[must_use]
pub fn single_dose(quantity: &Quantity<'_>, found: Option<&Match>, facts: &DrugFacts) -> Option<Decimal> {
    let value = quantity.value?.decimal()?;
    let unit = unit_of(quantity);
    if let Some(mg) = unit.clone().and_then(|unit| milligrams(&Amount { value, unit })) {
        return Some(mg);
    }
    let words = [quantity.code.as_deref(), quantity.unit.as_deref()];
    let bare = |text: &str| text.trim_matches(['{', '}']).to_lowercase();
    let of_set = facts.units.iter().find(|(unit, _)| words.iter().flatten().any(|word| bare(word) == bare(unit)));
    if let Some((_, holds)) = of_set {
        return milligrams(holds)?.checked_mul(value);
    }
    let (strength, per) = found?.strength.as_ref()?;
    let strength = milligrams(strength)?;
    match (per, unit) {
        (Per::Amount(volume), Some(unit)) => {
            let volumes = unit.convert(value, &volume.unit)?.checked_div(volume.value)?;
            strength.checked_mul(volumes)
        }
        // Pieces: a unit that is none of UCUM's (`tablet`), or one of its annotations.
        (Per::Piece, None) => strength.checked_mul(value),
        (Per::Piece, Some(unit)) if unit.is_dimensionless() => strength.checked_mul(value),
        _ => None,
    }
}

/// The daily dose of one instruction.
#[must_use]
pub(super) fn daily(dosage: &Dosage<'_>, found: Option<&Match>, facts: &DrugFacts) -> Dose {
    let of_rate = dosage.dose_and_rate.iter().find_map(|rate| range_of(rate.dose_quantity.as_ref(), rate.dose_range.as_ref()));
    let Some((low, high)) = of_rate.or_else(|| range_of(dosage.dose_quantity.as_ref(), dosage.dose_range.as_ref())) else {
        return Dose::UNKNOWN;
    };
    let mg = |quantity: Option<&Quantity<'_>>| quantity.map(|quantity| single_dose(quantity, found, facts));
    let (low, high) = (mg(low), mg(high));
    let Some((least, most)) = per_day(dosage.timing.as_ref()) else { return Dose::UNKNOWN };
    let Some(high) = high.map_or(Some(None), |high| high.map(Some)) else { return Dose::UNKNOWN };
    let Some(low) = low.unwrap_or(Some(Decimal::ZERO)) else { return Dose::UNKNOWN };
    if least.is_less_than_daily() && weekly_form(low, facts) {
        return Dose::UNKNOWN;
    }
    let low = if dosage.is_as_needed() { Decimal::ZERO } else { least.of(low).unwrap_or(Decimal::ZERO) };
    Dose { low, high: high.and_then(|high| most.of(high)) }
}

/// Lower and upper quantity of a dose: the same for a single one, either may be missing in a range.
fn range_of<'q, 'a>(
    single: Option<&'q Quantity<'a>>,
    range: Option<&'q QuantityRange<'a>>,
) -> Option<(Option<&'q Quantity<'a>>, Option<&'q Quantity<'a>>)> {
    match (single, range) {
        (Some(single), _) => Some((Some(single), Some(single))),
        (None, Some(range)) => Some((range.low.as_ref(), range.high.as_ref())),
        (None, None) => None,
    }
}

/// Whether a single dose, taken less than daily, tells a form whose daily dose arithmetic does not give.
fn weekly_form(single: Decimal, facts: &DrugFacts) -> bool {
    let of_form = |form: &FormFacts| form.single_dose.as_ref().and_then(milligrams);
    facts.forms.iter().any(|form| form.daily_dose_unknown && of_form(form) == Some(single))
}
