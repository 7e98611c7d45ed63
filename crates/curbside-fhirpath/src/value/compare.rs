//! Which of two values is greater.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::Value;
use super::quantity::Quantity;

/// The answer to a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Ordered(Ordering),
    /// It depends on what is not known: a partial date, a unit of another dimension.
    Unknown,
    /// The two are of types that do not compare.
    Mismatch,
}

impl From<Option<Ordering>> for Comparison {
    fn from(order: Option<Ordering>) -> Self {
        order.map_or(Self::Unknown, Self::Ordered)
    }
}

/// Compares two values of FHIRPath's own types; integers are decimals and dates are date-times where the other is one.
pub(crate) fn compare(left: &Value<'_>, right: &Value<'_>) -> Comparison {
    use Value as V;
    match (left, right) {
        (V::Integer(a), V::Integer(b)) => Comparison::Ordered(a.cmp(b)),
        (V::Decimal(_) | V::Integer(_), V::Decimal(_) | V::Integer(_)) => match (decimal(left), decimal(right)) {
            (Some(a), Some(b)) => Comparison::Ordered(a.cmp(&b)),
            _ => Comparison::Mismatch,
        },
        (V::String(a), V::String(b)) => Comparison::Ordered(a.cmp(b)),
        (V::Date(a) | V::DateTime(a), V::Date(b) | V::DateTime(b)) | (V::Time(a), V::Time(b)) => a.compare(b).into(),
        (V::Quantity(a), V::Quantity(b)) => a.compare(b).into(),
        (V::Quantity(a), _) => decimal(right).map_or(Comparison::Mismatch, |b| a.compare(&Quantity::plain(b)).into()),
        (_, V::Quantity(b)) => decimal(left).map_or(Comparison::Mismatch, |a| Quantity::plain(a).compare(b).into()),
        _ => Comparison::Mismatch,
    }
}

/// A number as a decimal.
pub(crate) fn decimal(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Integer(integer) => Some(Decimal::from(*integer)),
        Value::Decimal(decimal) => Some(*decimal),
        _ => None,
    }
}
