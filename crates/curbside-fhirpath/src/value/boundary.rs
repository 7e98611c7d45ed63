//! `lowBoundary()`, `highBoundary()`, `precision()`: what a value of limited precision can mean.

use rust_decimal::{Decimal, RoundingStrategy};

use super::Value;
use super::quantity::Quantity;
use super::temporal::{Precision, Temporal};

/// Digits behind the point that a decimal can have.
const MAX_DIGITS: i32 = 28;
const DEFAULT_DIGITS: i32 = 8;

/// Which end of what a value can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Low,
    High,
}

/// The boundary of a value with the given precision: digits behind the point, or digits of a date.
pub(crate) fn boundary<'a>(value: &Value<'a>, end: End, precision: Option<i32>) -> Option<Value<'a>> {
    match value {
        Value::Integer(integer) => number(Decimal::from(*integer), end, precision).map(Value::Decimal),
        Value::Decimal(decimal) => number(*decimal, end, precision).map(Value::Decimal),
        Value::Quantity(quantity) => {
            let value = number(quantity.value, end, precision)?;
            Some(Value::Quantity(Box::new(Quantity { value, unit: quantity.unit.clone() })))
        }
        Value::Date(date) => moment(date, end, level(precision.unwrap_or(8), false)?.min(Precision::Day), false).map(Value::Date),
        Value::DateTime(at) => moment(at, end, level(precision.unwrap_or(17), false)?, true).map(Value::DateTime),
        Value::Time(time) => moment(time, end, level(precision.unwrap_or(9), true)?, false).map(Value::Time),
        _ => None,
    }
}

/// Half a unit of the last digit to either side, then cut to the digits asked for: towards zero at the near end, to the
/// nearest at the far end.
fn number(value: Decimal, end: End, precision: Option<i32>) -> Option<Decimal> {
    let digits = precision.unwrap_or(DEFAULT_DIGITS);
    if !(0..=MAX_DIGITS).contains(&digits) {
        return None;
    }
    let digits = u32::try_from(digits).ok()?;
    let half = Decimal::try_new(5, value.scale() + 1).ok()?;
    let away = value.is_zero() || (end == End::High) != value.is_sign_negative();
    let magnitude = if away { value.abs().checked_add(half)? } else { value.abs().checked_sub(half)? };
    let strategy = if away { RoundingStrategy::MidpointAwayFromZero } else { RoundingStrategy::ToZero };
    let mut rounded = magnitude.round_dp_with_strategy(digits, strategy);
    rounded.rescale(digits);
    let negative = if value.is_zero() { end == End::Low } else { value.is_sign_negative() };
    (rounded.scale() == digits).then_some(if negative { -rounded } else { rounded })
}

/// The component that so many digits reach to: `2014-01` has six, a time to the millisecond nine.
fn level(digits: i32, time: bool) -> Option<Precision> {
    Some(match if time { digits.checked_add(8)? } else { digits } {
        4 => Precision::Year,
        6 => Precision::Month,
        8 => Precision::Day,
        10 => Precision::Hour,
        12 => Precision::Minute,
        14 => Precision::Second,
        17 => Precision::Millisecond,
        _ => return None,
    })
}

/// First or last moment a date can mean. FHIR has no time to the hour alone: an hour stands for its first minute.
fn moment(value: &Temporal, end: End, wanted: Precision, zoned: bool) -> Option<Temporal> {
    let mut moment = *value;
    if moment.precision == Precision::Hour {
        (moment.minute, moment.precision) = (0, Precision::Minute);
    }
    let known = moment.precision;
    let high = end == End::High;
    let mut fill = |precision: Precision, field: fn(&mut Temporal) -> &mut i8, low: i8, last: i8| {
        if known < precision {
            *field(&mut moment) = if high { last } else { low };
        }
    };
    fill(Precision::Month, |t| &mut t.month, 1, 12);
    fill(Precision::Hour, |t| &mut t.hour, 0, 23);
    fill(Precision::Minute, |t| &mut t.minute, 0, 59);
    fill(Precision::Second, |t| &mut t.second, 0, 59);
    if known < Precision::Day {
        let last = jiff::civil::Date::new(moment.year, moment.month, 1).ok()?.days_in_month();
        moment.day = if high { last } else { 1 };
    }
    if known < Precision::Millisecond {
        moment.nanosecond = if high { 999_000_000 } else { 0 };
    }
    moment.precision = wanted;
    // Without a zone it can be anywhere on Earth: earliest furthest east, latest furthest west.
    if zoned && wanted >= Precision::Hour && moment.offset.is_none() {
        moment.offset = Some(if high { -12 * 60 } else { 14 * 60 });
    }
    Some(moment.truncated(wanted))
}

/// Digits that were written: behind the point, or of a date.
pub(crate) fn precision(value: &Value<'_>) -> Option<i32> {
    let digits = |precision: Precision| match precision {
        Precision::Year => 4,
        Precision::Month => 6,
        Precision::Day => 8,
        Precision::Hour => 10,
        Precision::Minute => 12,
        Precision::Second => 14,
        Precision::Millisecond => 17,
    };
    match value {
        Value::Integer(_) => Some(0),
        Value::Decimal(decimal) => i32::try_from(decimal.scale()).ok(),
        Value::Date(date) | Value::DateTime(date) => Some(digits(date.precision())),
        Value::Time(time) => Some(digits(time.precision()) - 8),
        _ => None,
    }
}
