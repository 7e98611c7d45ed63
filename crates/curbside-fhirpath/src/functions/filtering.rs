//! Filters, projections, and parts of a collection.

use std::cmp::Ordering;

use crate::evaluate::{Call, Evaluator, Result};
use crate::value::compare::{Comparison, compare};
use crate::value::key::Seen;
use crate::value::{Collection, Value};

/// Whether the criterion, the first argument, is true of an item. What was read for an item that is sorted out is forgotten.
pub(super) fn holds<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>, item: &Value<'a>, index: usize) -> Result<bool> {
    let noted = evaluator.noted();
    let criterion = call.each(evaluator, 0, item, index)?;
    let truth = evaluator.truth(&criterion, call.span, "a criterion")?;
    if truth == Some(false) {
        evaluator.forget(noted);
    }
    Ok(truth == Some(true))
}

pub(super) fn filter<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut found = Collection::Empty;
    for (index, item) in call.input.iter().enumerate() {
        if holds(evaluator, call, item, index)? {
            found.push(item.clone());
        }
    }
    Ok(found)
}

pub(super) fn select<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut found = Collection::Empty;
    for (index, item) in call.input.iter().enumerate() {
        found.append(call.each(evaluator, 0, item, index)?);
        evaluator.bounded(&found, call.span)?;
    }
    Ok(found)
}

/// Asks what comes of it again, until nothing new does.
pub(super) fn repeat<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut seen = Seen::default();
    let mut ask: Vec<Value<'a>> = call.input.iter().cloned().collect();
    while !ask.is_empty() {
        let mut next = Vec::new();
        for (index, item) in ask.iter().enumerate() {
            for value in call.each(evaluator, 0, item, index)? {
                if seen.insert(value.clone()) {
                    next.push(value);
                }
                evaluator.charge(1 + seen.take_compared(), call.span)?;
            }
        }
        ask = next;
    }
    Ok(seen.into_values())
}

pub(super) fn single<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(evaluator.only(call.input.clone(), call.span, call.called_on())?.into())
}

pub(super) fn first<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input.as_slice().first().cloned().into())
}

pub(super) fn last<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input.as_slice().last().cloned().into())
}

pub(super) fn tail<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input.iter().skip(1).cloned().collect())
}

pub(super) fn skip<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(count) = call.integer(evaluator, 0)? else { return Ok(Collection::Empty) };
    Ok(call.input.iter().skip(usize::try_from(count).unwrap_or(0)).cloned().collect())
}

pub(super) fn take<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(count) = call.integer(evaluator, 0)? else { return Ok(Collection::Empty) };
    Ok(call.input.iter().take(usize::try_from(count).unwrap_or(0)).cloned().collect())
}

/// Sorts by keys, or by the values themselves. What has no key comes first, whichever the direction.
pub(super) fn sort<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let keys = call.invocation.arguments.len();
    let mut keyed: Vec<(Vec<Option<Value<'a>>>, &Value<'a>)> = Vec::with_capacity(call.input.len());
    for (index, item) in call.input.iter().enumerate() {
        let mut item_keys = Vec::with_capacity(keys.max(1));
        for key in 0..keys {
            let values = call.each(evaluator, key, item, index)?;
            item_keys.push(evaluator.one(&values, call.span, "a key of `sort`")?);
        }
        if keys == 0 {
            item_keys.push(evaluator.one(&Collection::One(item.clone()), call.span, "a key of `sort`")?);
        }
        keyed.push((item_keys, item));
    }
    evaluator.charge(keyed.len() as u64, call.span)?;
    let mut mismatch = None;
    keyed.sort_by(|(a, _), (b, _)| {
        a.iter()
            .zip(b)
            .enumerate()
            .map(|(at, (a, b))| {
                let descending = call.invocation.descending.get(at) == Some(&true);
                let order = match (a, b) {
                    (Some(a), Some(b)) => match compare(a, b) {
                        Comparison::Ordered(order) => order,
                        Comparison::Unknown => Ordering::Equal,
                        Comparison::Mismatch => {
                            mismatch.get_or_insert_with(|| format!("{} and {} do not compare", a.type_id().name(), b.type_id().name()));
                            Ordering::Equal
                        }
                    },
                    (None, None) => Ordering::Equal,
                    (None, Some(_)) => return Ordering::Less,
                    (Some(_), None) => return Ordering::Greater,
                };
                if descending { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    });
    match mismatch {
        Some(message) => Err(Evaluator::failure(call.span, message)),
        None => Ok(keyed.into_iter().map(|(_, item)| item.clone()).collect()),
    }
}
