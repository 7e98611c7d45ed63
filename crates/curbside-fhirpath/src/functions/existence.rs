//! Is it there, are they all, is it in there.

use crate::evaluate::{Call, Evaluator, Result};
use crate::value::key::Seen;
use crate::value::{Collection, Value};

pub(super) fn empty<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input.is_empty().into())
}

pub(super) fn exists<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    if !call.has(0) {
        return Ok((!call.input.is_empty()).into());
    }
    for (index, item) in call.input.iter().enumerate() {
        if super::filtering::holds(evaluator, call, item, index)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

pub(super) fn all<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    for (index, item) in call.input.iter().enumerate() {
        let criterion = call.each(evaluator, 0, item, index)?;
        if evaluator.truth(&criterion, call.span, "the criterion of `all`")? != Some(true) {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

/// Every item as a Boolean; anything else is an error. A primitive without a value is left out.
fn truths<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Vec<bool>> {
    let mut truths = Vec::new();
    for item in &call.input {
        match item.system() {
            Some(Value::Boolean(truth)) => truths.push(truth),
            None if item.node().is_some_and(|node| node.is_primitive()) => {}
            _ => return Err(evaluator.wrong_type(call.span, call.called_on(), "Booleans", item)),
        }
    }
    Ok(truths)
}

pub(super) fn all_true<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(truths(evaluator, call)?.into_iter().all(|truth| truth).into())
}

pub(super) fn any_true<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(truths(evaluator, call)?.into_iter().any(|truth| truth).into())
}

pub(super) fn all_false<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(truths(evaluator, call)?.into_iter().all(|truth| !truth).into())
}

pub(super) fn any_false<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(truths(evaluator, call)?.into_iter().any(|truth| !truth).into())
}

pub(super) fn subset_of<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let other = call.argument(evaluator, 0)?;
    within(evaluator, call, &call.input, &other)
}

pub(super) fn superset_of<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let other = call.argument(evaluator, 0)?;
    within(evaluator, call, &other, &call.input)
}

fn within<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>, part: &Collection<'a>, whole: &Collection<'a>) -> Result<Collection<'a>> {
    let mut whole = Seen::of(whole.as_slice());
    for item in part {
        let inside = whole.contains(item);
        evaluator.charge(1 + whole.take_compared(), call.span)?;
        if !inside {
            return Ok(false.into());
        }
    }
    Ok(true.into())
}

pub(super) fn count<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(i32::try_from(call.input.len()).ok().map(Value::Integer).into())
}

pub(super) fn distinct<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    evaluator.united(call.input.clone(), Collection::Empty, call.span)
}

pub(super) fn is_distinct<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let distinct = evaluator.united(call.input.clone(), Collection::Empty, call.span)?;
    Ok((distinct.len() == call.input.len()).into())
}

pub(super) fn not<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(evaluator.truth(&call.input, call.span, call.called_on())?.map(|truth| !truth).into())
}
