//! Two collections into one.

use crate::evaluate::{Call, Evaluator, Result};
use crate::value::Collection;
use crate::value::key::Seen;

pub(super) fn union<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let other = call.argument(evaluator, 0)?;
    evaluator.united(call.input.clone(), other, call.span)
}

pub(super) fn combine<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut all = call.input.clone();
    all.append(call.argument(evaluator, 0)?);
    evaluator.bounded(&all, call.span)?;
    Ok(all)
}

pub(super) fn intersect<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let other = call.argument(evaluator, 0)?;
    let (mut other, mut found) = (Seen::of(other.as_slice()), Seen::default());
    for item in &call.input {
        if other.contains(item) {
            found.insert(item.clone());
        }
        evaluator.charge(1 + other.take_compared() + found.take_compared(), call.span)?;
    }
    Ok(found.into_values())
}

pub(super) fn exclude<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let other = call.argument(evaluator, 0)?;
    let (mut other, mut found) = (Seen::of(other.as_slice()), Collection::Empty);
    for item in &call.input {
        if !other.contains(item) {
            found.push(item.clone());
        }
        evaluator.charge(1 + other.take_compared(), call.span)?;
    }
    Ok(found)
}
