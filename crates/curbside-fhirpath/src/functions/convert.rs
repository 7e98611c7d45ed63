//! `toX()` and `convertsToX()`.

use crate::evaluate::{Call, Evaluator, Result};
use crate::model::TypeId;
use crate::value::convert::convert;
use crate::value::{Collection, Quantity, Value};

fn to<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>, to: TypeId) -> Result<Collection<'a>> {
    Ok(call.input_one(evaluator)?.and_then(|value| convert(&value, to)).into())
}

fn converts<'a>(evaluator: &Evaluator<'a>, call: &Call<'_, 'a>, to: TypeId) -> Result<Collection<'a>> {
    Ok(call.input_one(evaluator)?.map(|value| convert(&value, to).is_some()).into())
}

macro_rules! conversions {
    ($($to:ident, $converts:ident, $id:ident;)*) => {$(
        pub(super) fn $to<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
            to(evaluator, call, TypeId::$id)
        }

        pub(super) fn $converts<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
            converts(evaluator, call, TypeId::$id)
        }
    )*};
}

conversions! {
    to_boolean, converts_to_boolean, BOOLEAN;
    to_integer, converts_to_integer, INTEGER;
    to_decimal, converts_to_decimal, DECIMAL;
    to_string, converts_to_string, STRING;
    to_date, converts_to_date, DATE;
    to_date_time, converts_to_date_time, DATE_TIME;
    to_time, converts_to_time, TIME;
}

/// With a unit, in that unit.
fn quantity<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Option<Value<'a>>> {
    let Some(Value::Quantity(quantity)) = call.input_one(evaluator)?.and_then(|value| convert(&value, TypeId::QUANTITY)) else {
        return Ok(None);
    };
    if !call.has(0) {
        return Ok(Some(Value::Quantity(quantity)));
    }
    let Some(unit) = call.text(evaluator, 0)? else { return Ok(None) };
    let wanted = Quantity { value: quantity.value, unit };
    Ok(quantity.converted(&wanted).map(|value| Value::Quantity(Box::new(Quantity { value, ..wanted }))))
}

pub(super) fn to_quantity<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(quantity(evaluator, call)?.into())
}

pub(super) fn converts_to_quantity<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    if call.input.is_empty() {
        return Ok(Collection::Empty);
    }
    Ok(quantity(evaluator, call)?.is_some().into())
}
