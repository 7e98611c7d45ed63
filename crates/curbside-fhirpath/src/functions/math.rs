//! Numbers.
//!
//! Roots, powers and logarithms go through binary floating point of a library that gives the same digits everywhere, and
//! come back with the fifteen digits it can vouch for.

use std::cmp::Ordering;

use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::evaluate::{Call, Evaluator, Frame, Result};
use crate::value::compare::{Comparison, compare, decimal};
use crate::value::{Collection, Quantity, Value};

fn number<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Option<Decimal>> {
    evaluator.number(&call.input, call.span, call.called_on())
}

pub(super) fn abs<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(match call.input_one(evaluator)? {
        None => Collection::Empty,
        Some(Value::Integer(integer)) => integer.checked_abs().map(Value::Integer).into(),
        Some(Value::Decimal(decimal)) => Value::Decimal(decimal.abs()).into(),
        Some(Value::Quantity(quantity)) => Value::Quantity(Box::new(Quantity { value: quantity.value.abs(), unit: quantity.unit })).into(),
        Some(other) => return Err(evaluator.wrong_type(call.span, call.called_on(), "a number or a quantity", &other)),
    })
}

fn whole<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>, round: fn(&Decimal) -> Decimal) -> Result<Collection<'a>> {
    Ok(number(evaluator, call)?.and_then(|number| round(&number).to_i32()).map(Value::Integer).into())
}

pub(super) fn ceiling<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    whole(evaluator, call, Decimal::ceil)
}

pub(super) fn floor<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    whole(evaluator, call, Decimal::floor)
}

pub(super) fn truncate<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    whole(evaluator, call, Decimal::trunc)
}

pub(super) fn round<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let digits = call.integer(evaluator, 0)?.unwrap_or(0);
    let Ok(digits) = u32::try_from(digits) else {
        return Err(Evaluator::failure(call.span, "`round` needs a number of digits that is not negative"));
    };
    let rounded = |number: Decimal| number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    Ok(number(evaluator, call)?.map(rounded).map(Value::Decimal).into())
}

/// A function of floating point; what it has no value for is empty.
fn float<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>, function: impl Fn(f64) -> f64) -> Result<Collection<'a>> {
    Ok(number(evaluator, call)?.and_then(|number| number.to_f64()).and_then(|number| of_float(function(number))).map(Value::Decimal).into())
}

fn of_float(number: f64) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    Some(Decimal::from_f64(number)?.round_sf(15)?.normalize())
}

pub(super) fn exp<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    float(evaluator, call, libm::exp)
}

pub(super) fn ln<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    float(evaluator, call, libm::log)
}

pub(super) fn sqrt<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    float(evaluator, call, libm::sqrt)
}

pub(super) fn log<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let base = call.argument(evaluator, 0)?;
    let Some(base) = evaluator.number(&base, call.span, "the base of `log`")?.and_then(|base| base.to_f64()) else {
        return Ok(Collection::Empty);
    };
    float(evaluator, call, |number| libm::log(number) / libm::log(base))
}

pub(super) fn power<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let (input, exponent) = (call.input_one(evaluator)?, call.argument(evaluator, 0)?);
    let exponent = evaluator.one(&exponent, call.span, "the exponent of `power`")?;
    let Some((base, exponent)) = input.zip(exponent) else { return Ok(Collection::Empty) };
    if let (Value::Integer(base), Value::Integer(exponent @ 0..)) = (&base, &exponent) {
        return Ok(u32::try_from(*exponent).ok().and_then(|exponent| base.checked_pow(exponent)).map(Value::Integer).into());
    }
    let (Some(base), Some(exponent)) = (decimal(&base), decimal(&exponent)) else {
        return Err(evaluator.wrong_type(call.span, call.called_on(), "a number", &base));
    };
    // A whole exponent is exact while the digits last.
    if let Some(times) = exponent.normalize().to_u8().filter(|_| exponent.fract().is_zero()) {
        let exact = (0..times).try_fold(Decimal::ONE, |product, _| product.checked_mul(base));
        return Ok(exact.map(Value::Decimal).into());
    }
    let floats = base.to_f64().zip(exponent.to_f64());
    Ok(floats.and_then(|(base, exponent)| of_float(libm::pow(base, exponent))).map(Value::Decimal).into())
}

/// Adds two numbers or amounts; `None` where the sum overflows or the units do not go together.
fn add<'a>(a: &Value<'a>, b: &Value<'a>) -> Option<Value<'a>> {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.checked_add(*b).map(Value::Integer),
        (Value::Quantity(a), Value::Quantity(b)) => {
            let value = a.value.checked_add(b.converted(a)?)?;
            Some(Value::Quantity(Box::new(Quantity { value, unit: a.unit.clone() })))
        }
        _ => decimal(a)?.checked_add(decimal(b)?).map(Value::Decimal),
    }
}

/// The input as values of FHIRPath's own types; `None` where one of them has no value.
fn measures<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Option<Vec<Value<'a>>>> {
    evaluator.charge(call.input.len() as u64, call.span)?;
    Ok(call.input.iter().map(Value::system).collect())
}

pub(super) fn sum<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(values) = measures(evaluator, call)? else { return Ok(Collection::Empty) };
    let mut values = values.into_iter();
    let Some(first) = values.next() else { return Ok(Collection::Empty) };
    Ok(values.try_fold(first, |sum, value| add(&sum, &value)).into())
}

pub(super) fn avg<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let total = sum(evaluator, call)?;
    let count = Decimal::from(call.input.len());
    Ok(match total.single() {
        Some(Value::Quantity(quantity)) => {
            quantity.value.checked_div(count).map(|value| Value::Quantity(Box::new(Quantity { value, unit: quantity.unit.clone() })))
        }
        Some(value) => decimal(value).and_then(|total| total.checked_div(count)).map(Value::Decimal),
        None => None,
    }
    .into())
}

pub(super) fn min<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    extreme(evaluator, call, Ordering::Less)
}

pub(super) fn max<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    extreme(evaluator, call, Ordering::Greater)
}

fn extreme<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>, wanted: Ordering) -> Result<Collection<'a>> {
    let Some(values) = measures(evaluator, call)? else { return Ok(Collection::Empty) };
    let mut best: Option<Value<'a>> = None;
    for value in values {
        best = match best {
            None => Some(value),
            Some(known) => match compare(&value, &known) {
                Comparison::Ordered(order) if order == wanted => Some(value),
                Comparison::Ordered(_) => Some(known),
                // Where two of them have no order, there is no greatest.
                Comparison::Unknown => return Ok(Collection::Empty),
                Comparison::Mismatch => return Err(evaluator.wrong_type(call.span, call.called_on(), "of one kind", &value)),
            },
        };
    }
    Ok(best.into())
}

pub(super) fn aggregate<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut total = call.argument(evaluator, 1)?;
    for (index, item) in call.input.iter().enumerate() {
        let frame = Frame { this: Collection::One(item.clone()), index: Some(index), total: Some(&total) };
        let next = match call.invocation.arguments.first() {
            Some(id) => evaluator.eval(*id, &frame)?,
            None => Collection::Empty,
        };
        total = next;
    }
    Ok(total)
}
