//! Choices, variables, the time, and looking on.

use crate::evaluate::{Call, Evaluator, Result};
use crate::value::{Collection, Precision, Value};

/// Only the branch that is taken is evaluated.
pub(super) fn iif<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    if !call.invocation.has_input {
        let criterion = call.argument(evaluator, 0)?;
        let branch = branch(evaluator, call, &criterion)?;
        return call.argument(evaluator, branch);
    }
    // Called on something, that is `$this` in all three; there can be only one of it.
    let Some(item) = evaluator.only(call.input.clone(), call.span, call.called_on())? else {
        let criterion = call.with_this(evaluator, 0, Collection::Empty)?;
        let branch = branch(evaluator, call, &criterion)?;
        return call.with_this(evaluator, branch, Collection::Empty);
    };
    let item = Collection::One(item);
    let criterion = call.with_this(evaluator, 0, item.clone())?;
    let branch = branch(evaluator, call, &criterion)?;
    call.with_this(evaluator, branch, item)
}

fn branch<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>, criterion: &Collection<'a>) -> Result<usize> {
    match evaluator.one(criterion, call.span, "the criterion of `iif`")? {
        Some(Value::Boolean(true)) => Ok(1),
        Some(Value::Boolean(false)) | None => Ok(2),
        Some(other) if other.node().is_some() => Ok(1),
        Some(other) => Err(evaluator.wrong_type(call.span, "the criterion of `iif`", "a Boolean", &other)),
    }
}

pub(super) fn trace<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let name = call.text(evaluator, 0)?.unwrap_or_default().into_owned();
    evaluator.charge_text(name.len(), call.span)?;
    if call.has(1) {
        let mut projected = Collection::Empty;
        for (index, item) in call.input.iter().enumerate() {
            projected.append(call.each(evaluator, 1, item, index)?);
        }
        evaluator.note_trace(name, &projected);
    } else {
        evaluator.note_trace(name, &call.input);
    }
    evaluator.charge(call.input.len() as u64, call.span)?;
    Ok(call.input.clone())
}

pub(super) fn define_variable<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let value = if call.has(1) { call.with_this(evaluator, 1, call.input.clone())? } else { call.input.clone() };
    evaluator.define(call.invocation.slot, value);
    Ok(call.input.clone())
}

pub(super) fn now<'a>(evaluator: &mut Evaluator<'a>, _: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(Value::DateTime(evaluator.settings.as_of).into())
}

pub(super) fn today<'a>(evaluator: &mut Evaluator<'a>, _: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(Value::Date(evaluator.settings.as_of.truncated(Precision::Day)).into())
}

pub(super) fn time_of_day<'a>(evaluator: &mut Evaluator<'a>, _: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(evaluator.settings.as_of.time_of_day().map(Value::Time).into())
}

pub(super) fn type_of<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input.iter().map(|value| Value::Type(value.type_id())).collect())
}
