//! All the way down.

use crate::evaluate::{Call, Evaluator, Result};
use crate::value::{Collection, Value};

pub(super) fn children<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut found = Collection::Empty;
    for node in call.input.iter().filter_map(Value::node) {
        node.all_children(&mut found);
        evaluator.bounded(&found, call.span)?;
    }
    evaluator.charge(found.len() as u64, call.span)?;
    Ok(found)
}

/// Parents before their children, in the order of the record.
pub(super) fn descendants<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut found = Vec::new();
    let mut ask: Vec<Value<'a>> = call.input.iter().cloned().collect();
    while !ask.is_empty() {
        let mut next = Collection::Empty;
        for node in ask.iter().filter_map(Value::node) {
            node.all_children(&mut next);
        }
        evaluator.charge(1 + next.len() as u64, call.span)?;
        found.extend(next.iter().cloned());
        ask = next.into_iter().collect();
    }
    let found: Collection<'a> = found.into_iter().collect();
    evaluator.bounded(&found, call.span)?;
    Ok(found)
}
