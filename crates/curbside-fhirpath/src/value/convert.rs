//! `toInteger()` and its kind: from one of FHIRPath's own types to another.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::Value;
use super::quantity::{Quantity, calendar};
use super::temporal::{Precision, Temporal};
use crate::model::TypeId;

/// Converts a value of FHIRPath's own types; `None` where it does not convert.
pub(crate) fn convert<'a>(value: &Value<'a>, to: TypeId) -> Option<Value<'a>> {
    match to {
        TypeId::BOOLEAN => boolean(value).map(Value::Boolean),
        TypeId::INTEGER => integer(value).map(Value::Integer),
        TypeId::DECIMAL => decimal(value).map(Value::Decimal),
        TypeId::STRING => value.show().map(Value::String),
        TypeId::DATE => match value {
            Value::Date(date) => Some(Value::Date(*date)),
            Value::DateTime(moment) => Some(Value::Date(moment.truncated(Precision::Day))),
            Value::String(text) => Temporal::date_time(text).map(|moment| Value::Date(moment.truncated(Precision::Day))),
            _ => None,
        },
        TypeId::DATE_TIME => match value {
            Value::Date(date) => Some(Value::DateTime(*date)),
            Value::DateTime(moment) => Some(Value::DateTime(*moment)),
            Value::String(text) => Temporal::date_time(text).map(Value::DateTime),
            _ => None,
        },
        TypeId::TIME => match value {
            Value::Time(time) => Some(Value::Time(*time)),
            Value::String(text) => Temporal::time(text.strip_prefix('T').unwrap_or(text)).map(Value::Time),
            _ => None,
        },
        TypeId::QUANTITY => quantity(value).map(|quantity| Value::Quantity(Box::new(quantity))),
        _ => None,
    }
}

fn boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Boolean(truth) => Some(*truth),
        Value::Integer(1) => Some(true),
        Value::Integer(0) => Some(false),
        Value::Decimal(decimal) if *decimal == Decimal::ONE => Some(true),
        Value::Decimal(decimal) if decimal.is_zero() => Some(false),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn integer(value: &Value<'_>) -> Option<i32> {
    match value {
        Value::Integer(integer) => Some(*integer),
        Value::Boolean(truth) => Some(i32::from(*truth)),
        Value::String(text) => digits(text, false).then(|| text.parse().ok()).flatten(),
        _ => None,
    }
}

fn decimal(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Decimal(decimal) => Some(*decimal),
        Value::String(text) => number(text),
        other => integer(other).map(Decimal::from),
    }
}

/// `1`, `-1.50`
fn number(text: &str) -> Option<Decimal> {
    digits(text, true).then(|| Decimal::from_str_exact(text.trim_start_matches('+')).ok()).flatten()
}

/// A sign, digits and, where allowed, a fraction; nothing else.
fn digits(text: &str, fraction: bool) -> bool {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match bare.split_once('.') {
        Some((whole, rest)) => fraction && all(whole) && all(rest),
        None => all(bare),
    }
}

fn quantity<'a>(value: &Value<'a>) -> Option<Quantity<'a>> {
    match value {
        Value::Quantity(quantity) => Some((**quantity).clone()),
        Value::Boolean(truth) => Some(Quantity::plain(if *truth { Decimal::new(10, 1) } else { Decimal::new(0, 1) })),
        Value::String(text) => {
            let text = text.trim();
            let (value, unit) = text.find([' ', '\'']).map_or((text, ""), |at| text.split_at(at));
            let value = number(value)?;
            let unit = match unit.trim() {
                "" => Cow::Borrowed("1"),
                unit => match unit.strip_prefix('\'').and_then(|unit| unit.strip_suffix('\'')) {
                    Some(quoted) if !quoted.is_empty() && !quoted.contains('\'') => Cow::Owned(quoted.to_owned()),
                    Some(_) => return None,
                    // Without quotes only words of the calendar are units.
                    None => calendar(unit).map(|_| Cow::Owned(unit.to_owned()))?,
                },
            };
            Some(Quantity { value, unit })
        }
        other => decimal(other).map(Quantity::plain),
    }
}
