//! What values of limited precision can mean, and the parts of dates.

use rust_decimal::Decimal;

use crate::evaluate::{Call, Evaluator, Result};
use crate::value::boundary::{End, boundary, precision as digits};
use crate::value::quantity::Quantity;
use crate::value::{Collection, Precision, Temporal, Value};

fn end<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>, end: End) -> Result<Collection<'a>> {
    let precision = call.integer(evaluator, 0)?;
    if call.has(0) && precision.is_none() {
        return Ok(Collection::Empty);
    }
    Ok(call.input_one(evaluator)?.and_then(|value| boundary(&value, end, precision)).into())
}

pub(super) fn low<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    end(evaluator, call, End::Low)
}

pub(super) fn high<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    end(evaluator, call, End::High)
}

pub(super) fn precision<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input_one(evaluator)?.and_then(|value| digits(&value)).map(Value::Integer).into())
}

pub(super) fn comparable<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let amount = |value: &Value<'a>| match value {
        Value::Quantity(quantity) => Some((**quantity).clone()),
        other => crate::value::compare::decimal(other).map(Quantity::plain),
    };
    let other = call.argument(evaluator, 0)?;
    let (input, other) = (call.input_one(evaluator)?, evaluator.one(&other, call.span, "an argument of `comparable`")?);
    let Some((input, other)) = input.zip(other) else { return Ok(Collection::Empty) };
    Ok(amount(&input).zip(amount(&other)).map(|(a, b)| a.comparable(&b)).into())
}

/// A part of a date or time, where it is precise enough to have one.
fn part<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>, least: Precision, part: impl Fn(&Temporal) -> i32) -> Result<Collection<'a>> {
    let found = match call.input_one(evaluator)? {
        Some(Value::Date(at) | Value::DateTime(at)) => (at.precision() >= least).then(|| part(&at)),
        Some(Value::Time(time)) => (least >= Precision::Hour && time.precision() >= least).then(|| part(&time)),
        _ => None,
    };
    Ok(found.map(Value::Integer).into())
}

macro_rules! parts {
    ($($name:ident, $least:ident, $part:expr;)*) => {$(
        pub(super) fn $name<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
            part(evaluator, call, Precision::$least, $part)
        }
    )*};
}

parts! {
    year, Year, |at| at.year.into();
    month, Month, |at| at.month.into();
    day, Day, |at| at.day.into();
    hour, Hour, |at| at.hour.into();
    minute, Minute, |at| at.minute.into();
    second, Second, |at| at.second.into();
    millisecond, Millisecond, |at| at.nanosecond / 1_000_000;
}

pub(super) fn timezone_offset<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let offset = match call.input_one(evaluator)? {
        Some(Value::DateTime(at)) => at.offset(),
        _ => None,
    };
    Ok(offset.and_then(|minutes| Decimal::from(minutes).checked_div(Decimal::from(60))).map(Value::Decimal).into())
}

pub(super) fn date_of<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(match call.input_one(evaluator)? {
        Some(Value::Date(at) | Value::DateTime(at)) => Value::Date(at.truncated(Precision::Day)).into(),
        _ => Collection::Empty,
    })
}

pub(super) fn time_of<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(match call.input_one(evaluator)? {
        Some(Value::DateTime(at)) => at.time_of_day().map(Value::Time).into(),
        Some(Value::Time(time)) => Value::Time(time).into(),
        _ => Collection::Empty,
    })
}
