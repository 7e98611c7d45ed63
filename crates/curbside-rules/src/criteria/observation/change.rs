//! `change`: how the latest value stands to an earlier one.
//!
//! Which two values are compared may be open: dates are imprecise, or several values are of one moment.
//! Every pair that may be the one is then compared, and they must agree.

use std::cmp::Ordering;

use curbside_chart::json::Number;
use curbside_chart::resource::Value;
use curbside_chart::time::{Moment, When};
use curbside_source::Spanned;
use curbside_terminology::units::{Amount, Analyte, Unit};
use rust_decimal::Decimal;

use super::model::{ChangeFrom, ChangeModel};
use super::reading::Reading;
use super::{ObservationTest, Pick};
use crate::check::without_unit;
use crate::compile::Compiler;
use crate::criteria::score_change::reaches;
use crate::evaluate::{Cx, Verdict};
use crate::facts::unit_of;
use crate::model::Quantity;
use crate::shared::compare_values;
use crate::truth::Truth;

/// By how much a value must have changed, up or down.
#[derive(Clone, Debug)]
pub(super) struct Change {
    from: ChangeFrom,
    rise: Option<Amount>,
    fall: Option<Amount>,
}

/// A value as it is compared: from the least it can be to the most (`None`: no end).
struct Measured {
    low: Option<Decimal>,
    high: Option<Decimal>,
    unit: Unit,
    analyte: Option<&'static Analyte>,
}

impl Change {
    pub(super) fn compile(model: &Spanned<ChangeModel>, pick: Option<Pick>, compiler: &mut Compiler<'_>) -> Option<Self> {
        if model.rise_at_least.is_none() && model.fall_at_least.is_none() {
            compiler.error("nothing-asked", model.span, "say by how much it rose or fell");
        }
        if pick.is_some_and(|pick| pick != Pick::Latest) {
            compiler.error("several-keys", model.span, "`change` is about the latest value: leave out `pick`");
        }
        let amount = |compiler: &mut Compiler<'_>, figure: &Quantity| {
            let amount = compiler.amount(figure)?;
            if let Some(finding) = without_unit(&amount, figure.span) {
                compiler.report(finding);
            }
            Some(amount)
        };
        Some(Self {
            from: model.from.unwrap_or_default(),
            rise: compiler.optional(model.rise_at_least.as_ref(), amount)?,
            fall: compiler.optional(model.fall_at_least.as_ref(), amount)?,
        })
    }

    fn test(&self, from: &Measured, to: &Measured) -> Truth {
        let rise = self.rise.as_ref().map(|amount| reached(amount, from, to, true));
        let fall = self.fall.as_ref().map(|amount| reached(amount, from, to, false));
        rise.into_iter().chain(fall).fold(Truth::False, Truth::or)
    }
}

/// Whether the change from one value to another reaches an amount; `None`-ended values at their worst and
/// their best.
fn reached(amount: &Amount, from: &Measured, to: &Measured, up: bool) -> Truth {
    // A share is one of the earlier value. Where only the substance connects two scales, a share of one is
    // not the same share of the other: both must agree.
    let (shared, also) = if amount.unit.code() == "%" {
        let is_scaled = from.unit.comparable(&to.unit);
        (&from.unit, (!is_scaled).then_some(&to.unit))
    } else {
        (&amount.unit, None)
    };
    let of_scale = |unit: &Unit| {
        let (Some(from), Some(to)) = (from.in_unit(unit), to.in_unit(unit)) else { return Truth::Unknown };
        let test = |from: Option<Decimal>, to: Option<Decimal>| match (from, to) {
            (Some(from), Some(to)) => {
                let change = if up { to.checked_sub(from) } else { from.checked_sub(to) };
                Some(change.and_then(|change| reaches(amount, from, change)))
            }
            _ => None,
        };
        let (least, most) =
            if up { (test(from.high, to.low), test(from.low, to.high)) } else { (test(from.low, to.high), test(from.high, to.low)) };
        match (least, most) {
            (Some(None), _) | (_, Some(None)) => Truth::Unknown,
            (Some(Some(true)), _) => Truth::True,
            (_, Some(Some(false))) => Truth::False,
            _ => Truth::Unknown,
        }
    };
    Truth::agreed([of_scale(shared)].into_iter().chain(also.map(of_scale)))
}

impl Measured {
    /// The value of a reading, where it can be compared at all.
    fn of(reading: &Reading<'_>) -> Option<Self> {
        let (value, code) = reading.value.as_ref()?;
        let analyte = code.as_deref().and_then(Analyte::of_loinc);
        let (number, unit, comparator) = match value {
            Value::Quantity(quantity) => {
                let has_unit = quantity.code.is_some() || quantity.unit.is_some();
                let unit = if has_unit { unit_of(quantity)? } else { Unit::parse("1")? };
                (quantity.value.and_then(Number::decimal)?, unit, quantity.comparator.as_deref())
            }
            Value::Integer(number) => (number.decimal()?, Unit::parse("1")?, None),
            _ => return None,
        };
        let (low, high) = match comparator {
            None | Some("") => (Some(number), Some(number)),
            Some("<" | "<=") => (None, Some(number)),
            Some(">" | ">=") => (Some(number), None),
            Some(_) => return None,
        };
        Some(Self { low, high, unit, analyte })
    }

    fn in_unit(&self, unit: &Unit) -> Option<Self> {
        let convert = |value: Option<Decimal>| match value {
            Some(value) => self.unit.convert(value, unit).or_else(|| self.analyte?.convert(value, &self.unit, unit)).map(Some),
            None => Some(None),
        };
        Some(Self { low: convert(self.low)?, high: convert(self.high)?, unit: unit.clone(), analyte: self.analyte })
    }
}

/// When a reading can have been; one without a date at any time.
fn span(reading: &Reading<'_>) -> When {
    reading.when.unwrap_or(When { earliest: Moment::from_millis(i64::MIN), latest: Moment::from_millis(i64::MAX) })
}

/// Whether the first is the earlier of the two, whatever moments are meant.
fn is_before(one: &Reading<'_>, other: &Reading<'_>) -> bool {
    span(one).latest < span(other).earliest
}

/// Whether an order of the two can be meant in which the first is the earlier one. Two of one moment that
/// is known to the minute are of one moment.
fn may_be_before(one: &Reading<'_>, other: &Reading<'_>) -> bool {
    let is_one_moment = one.when == other.when && one.when.is_some_and(When::has_time);
    !is_one_moment && !is_before(other, one)
}

/// The readings, one that says the same of the same moment as another left out.
fn without_repeats(readings: Vec<Reading<'_>>) -> Vec<Reading<'_>> {
    let mut kept: Vec<Reading<'_>> = Vec::new();
    for reading in readings {
        let repeats = |known: &Reading<'_>| {
            let values = known.value.as_ref().zip(reading.value.as_ref());
            let is_equal = values.and_then(|((one, _), (other, _))| compare_values(one, other)).is_some_and(Ordering::is_eq);
            is_equal && known.when == reading.when && reading.when.is_some() && known.doubtful == reading.doubtful
        };
        if !kept.iter().any(repeats) {
            kept.push(reading);
        }
    }
    kept
}

impl ObservationTest {
    /// Every earlier and later reading that may be the two that are compared.
    fn pairs<'r, 'e>(&self, change: &Change, readings: &'r [Reading<'e>]) -> Vec<(&'r Reading<'e>, &'r Reading<'e>)> {
        let mut pairs = Vec::new();
        for last in self.picked(readings) {
            let others = || readings.iter().filter(|other| !std::ptr::eq(*other, last));
            for first in others().filter(|first| may_be_before(first, last)) {
                let is_passed_over = match change.from {
                    ChangeFrom::Previous => others().any(|between| is_before(first, between) && is_before(between, last)),
                    ChangeFrom::Earliest => others().any(|earlier| is_before(earlier, first) && earlier.in_window == Truth::True),
                };
                if !is_passed_over {
                    pairs.push((first, last));
                }
            }
        }
        pairs
    }

    pub(super) fn changed(&self, cx: Cx<'_, '_>, change: &Change, readings: Vec<Reading<'_>>) -> Verdict {
        let readings = without_repeats(readings);
        let pairs = self.pairs(change, &readings);
        let judge = |first: &Reading<'_>, last: &Reading<'_>| {
            let measured = Measured::of(first).zip(Measured::of(last));
            let truth = measured.map_or(Truth::Unknown, |(from, to)| change.test(&from, &to));
            let is_sure = !first.doubtful && !last.doubtful && first.in_window == Truth::True && last.in_window == Truth::True;
            (if is_sure { truth } else { Truth::Unknown }).and(self.judge(cx, last))
        };
        let judged: Vec<Truth> = pairs.iter().map(|(first, last)| judge(first, last)).collect();
        let truth = if self.worst { judged.iter().copied().fold(Truth::False, Truth::or) } else { Truth::agreed(judged.iter().copied()) };
        let deciding = pairs.iter().zip(&judged).rev().find(|(_, own)| **own == truth).map(|(pair, _)| pair).or(pairs.last());
        let Some((first, last)) = deciding else {
            return Verdict::unknown(
                format!("{}: fewer than two values", self.what),
                format!("two values of {}", self.what),
                "Observation",
            )
            .from_all(readings.iter().flat_map(|reading| reading.records.iter().copied()));
        };
        let says = format!("{}, then {}", self.describe(first), self.describe(last));
        let mut verdict = Verdict::new(truth, says).from_all(first.records.iter().chain(&last.records).copied());
        if pairs.len() > 1 {
            verdict.notes.push(format!("several values of {} may be the two that are compared", self.what).into());
        }
        if truth == Truth::Unknown { verdict.missing(format!("two values of {} that compare", self.what), "Observation") } else { verdict }
    }
}
