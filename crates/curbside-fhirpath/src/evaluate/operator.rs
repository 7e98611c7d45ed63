//! Operators.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::{Evaluator, Frame, Result};
use crate::error::Span;
use crate::plan::Id;
use crate::syntax::ast::Operator;
use crate::value::arithmetic::NoSum;
use crate::value::compare::{Comparison, compare, decimal};
use crate::value::equal::{collections_equal, collections_equivalent};
use crate::value::key::Seen;
use crate::value::{Collection, Quantity, Value};

impl<'a> Evaluator<'a> {
    pub(super) fn binary(&mut self, operator: Operator, left: Id, right: Id, span: Span, frame: &Frame<'_, 'a>) -> Result<Collection<'a>> {
        if let Operator::And | Operator::Or | Operator::Xor | Operator::Implies = operator {
            return self.logic(operator, left, right, frame);
        }
        let (left, right) = (self.eval(left, frame)?, self.eval(right, frame)?);
        match operator {
            Operator::Equal | Operator::NotEqual => {
                self.charge(left.len() as u64, span)?;
                let equal = collections_equal(left.as_slice(), right.as_slice());
                Ok(equal.map(|equal| equal == (operator == Operator::Equal)).into())
            }
            Operator::Equivalent | Operator::NotEquivalent => {
                if left.len() == right.len() {
                    self.charge((left.len() as u64).saturating_mul(right.len() as u64), span)?;
                }
                let alike = collections_equivalent(left.as_slice(), right.as_slice());
                Ok((alike == (operator == Operator::Equivalent)).into())
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                self.comparison(operator, &left, &right, span)
            }
            Operator::Union => self.united(left, right, span),
            Operator::In => self.member(left, &right, span, "the left side of `in`"),
            Operator::Contains => self.member(right, &left, span, "the right side of `contains`"),
            Operator::Concatenate => {
                let a = self.string(&left, span, "what `&` joins")?.unwrap_or_default();
                let b = self.string(&right, span, "what `&` joins")?.unwrap_or_default();
                self.charge_text(a.len() + b.len(), span)?;
                Ok(Value::String(format!("{a}{b}").into()).into())
            }
            _ => {
                let what = "what is calculated with";
                let (Some(a), Some(b)) = (self.one(&left, span, what)?, self.one(&right, span, what)?) else {
                    return Ok(Collection::Empty);
                };
                self.arithmetic(operator, &a, &b, span)
            }
        }
    }

    /// Kleene's tables; the right side is not looked at where the left decides.
    fn logic(&mut self, operator: Operator, left: Id, right: Id, frame: &Frame<'_, 'a>) -> Result<Collection<'a>> {
        let mut side = |id: Id| -> Result<Option<bool>> {
            let values = self.eval(id, frame)?;
            self.truth(&values, self.plan.span(id), "a side of `and`, `or`, `xor` or `implies`")
        };
        let a = side(left)?;
        match (operator, a) {
            (Operator::And, Some(false)) => return Ok(false.into()),
            (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => return Ok(true.into()),
            _ => {}
        }
        let b = side(right)?;
        let truth = match operator {
            Operator::And => match (a, b) {
                (_, Some(false)) => Some(false),
                (Some(a), Some(b)) => Some(a && b),
                _ => None,
            },
            Operator::Or => match (a, b) {
                (_, Some(true)) => Some(true),
                (Some(a), Some(b)) => Some(a || b),
                _ => None,
            },
            Operator::Implies => match (a, b) {
                (_, Some(true)) => Some(true),
                (Some(a), Some(b)) => Some(!a || b),
                _ => None,
            },
            _ => a.zip(b).map(|(a, b)| a != b),
        };
        Ok(truth.into())
    }

    fn comparison(&self, operator: Operator, left: &Collection<'a>, right: &Collection<'a>, span: Span) -> Result<Collection<'a>> {
        let what = "what is compared";
        let (Some(a), Some(b)) = (self.one(left, span, what)?, self.one(right, span, what)?) else { return Ok(Collection::Empty) };
        match compare(&a, &b) {
            Comparison::Ordered(order) => Ok(Collection::from(match operator {
                Operator::Less => order == Ordering::Less,
                Operator::LessOrEqual => order != Ordering::Greater,
                Operator::Greater => order == Ordering::Greater,
                _ => order != Ordering::Less,
            })),
            Comparison::Unknown => Ok(Collection::Empty),
            // A FHIR Quantity that is no exact amount (a comparator, no unit of UCUM) has no order; nothing is wrong with asking.
            Comparison::Mismatch if [&a, &b].iter().any(|value| is_quantity_element(value)) => Ok(Collection::Empty),
            Comparison::Mismatch => Err(self.mismatch("do not compare", &a, &b, span)),
        }
    }

    fn mismatch(&self, what: &str, a: &Value<'_>, b: &Value<'_>, span: Span) -> super::Failure {
        Self::failure(span, format!("{} and {} {what}", a.type_id().name(), b.type_id().name()))
    }

    /// `|`: all of both, each once.
    pub(crate) fn united(&mut self, left: Collection<'a>, right: Collection<'a>, span: Span) -> Result<Collection<'a>> {
        let mut seen = Seen::default();
        for value in left.into_iter().chain(right) {
            seen.insert(value);
            self.charge(1 + seen.take_compared(), span)?;
        }
        let values = seen.into_values();
        self.bounded(&values, span)?;
        Ok(values)
    }

    fn member(&mut self, item: Collection<'a>, of: &Collection<'a>, span: Span, what: &'static str) -> Result<Collection<'a>> {
        let Some(item) = self.only(item, span, what)? else { return Ok(Collection::Empty) };
        self.charge(of.len() as u64, span)?;
        Ok(of.iter().any(|value| crate::value::equal::equal(value, &item) == Some(true)).into())
    }

    pub(super) fn negate(&mut self, operand: Id, span: Span, frame: &Frame<'_, 'a>) -> Result<Collection<'a>> {
        let values = self.eval(operand, frame)?;
        Ok(match self.one(&values, span, "what has a sign")? {
            None => Collection::Empty,
            Some(Value::Integer(integer)) => integer.checked_neg().map(Value::Integer).into(),
            // There is no negative zero.
            Some(Value::Decimal(decimal)) => Value::Decimal(if decimal.is_zero() { decimal.abs() } else { -decimal }).into(),
            Some(Value::Quantity(quantity)) => Value::Quantity(Box::new(Quantity { value: -quantity.value, unit: quantity.unit })).into(),
            Some(other) => return Err(self.wrong_type(span, "what has a sign", "a number", &other)),
        })
    }

    /// What overflows, or divides by zero, is empty.
    fn arithmetic(&mut self, operator: Operator, a: &Value<'a>, b: &Value<'a>, span: Span) -> Result<Collection<'a>> {
        let value = match (a, b) {
            (Value::Integer(a), Value::Integer(b)) if operator != Operator::Divide => match operator {
                Operator::Plus => a.checked_add(*b),
                Operator::Minus => a.checked_sub(*b),
                Operator::Multiply => a.checked_mul(*b),
                Operator::Div => a.checked_div(*b),
                _ => a.checked_rem(*b),
            }
            .map(Value::Integer),
            (Value::Integer(_) | Value::Decimal(_), Value::Integer(_) | Value::Decimal(_)) => match (decimal(a), decimal(b)) {
                (Some(a), Some(b)) => decimals(operator, a, b),
                _ => None,
            },
            (Value::String(a), Value::String(b)) if operator == Operator::Plus => {
                self.charge_text(a.len() + b.len(), span)?;
                Some(Value::String(format!("{a}{b}").into()))
            }
            (Value::Date(date), Value::Quantity(quantity)) => {
                self.moved(operator, date.plus(quantity, operator == Operator::Minus, false), span)?.map(Value::Date)
            }
            (Value::DateTime(at), Value::Quantity(quantity)) => {
                self.moved(operator, at.plus(quantity, operator == Operator::Minus, false), span)?.map(Value::DateTime)
            }
            (Value::Time(time), Value::Quantity(quantity)) => {
                self.moved(operator, time.plus(quantity, operator == Operator::Minus, true), span)?.map(Value::Time)
            }
            (Value::Quantity(a), Value::Quantity(b)) => amounts(operator, a, b),
            (Value::Quantity(a), _) if decimal(b).is_some() => decimal(b).and_then(|b| amounts(operator, a, &Quantity::plain(b))),
            (_, Value::Quantity(b)) if decimal(a).is_some() => decimal(a).and_then(|a| amounts(operator, &Quantity::plain(a), b)),
            _ if [a, b].iter().any(|value| is_quantity_element(value)) => None,
            _ => return Err(self.mismatch(&format!("do not go together with `{}`", operator.as_str()), a, b, span)),
        };
        Ok(value.into())
    }

    fn moved<T>(&self, operator: Operator, sum: std::result::Result<T, NoSum>, span: Span) -> Result<Option<T>> {
        match sum {
            _ if !matches!(operator, Operator::Plus | Operator::Minus) => {
                Err(Self::failure(span, format!("a date and a duration do not go together with `{}`", operator.as_str())))
            }
            Ok(sum) => Ok(Some(sum)),
            Err(NoSum::Overflow) => Ok(None),
            Err(NoSum::Unit) => {
                Err(Self::failure(span, "the unit is no duration that can be added here; write `years`, `months`, `days` or their like"))
            }
        }
    }
}

/// A FHIR Quantity that is no exact amount.
fn is_quantity_element(value: &Value<'_>) -> bool {
    value.node().is_some_and(|node| node.type_id().system() == Some(crate::model::TypeId::QUANTITY))
}

fn decimals<'a>(operator: Operator, a: Decimal, b: Decimal) -> Option<Value<'a>> {
    Some(Value::Decimal(match operator {
        Operator::Plus => a.checked_add(b)?,
        Operator::Minus => a.checked_sub(b)?,
        Operator::Multiply => a.checked_mul(b)?,
        Operator::Divide => a.checked_div(b)?,
        Operator::Div => return a.checked_div(b)?.trunc().to_i32().map(Value::Integer),
        _ => a.checked_rem(b)?,
    }))
}

/// Sums need units of one dimension; products and quotients make a unit of their own.
fn amounts<'a>(operator: Operator, a: &Quantity<'a>, b: &Quantity<'a>) -> Option<Value<'a>> {
    let quantity = match operator {
        Operator::Plus | Operator::Minus => {
            // In the finer of the two units.
            let one = Quantity { value: Decimal::ONE, unit: a.unit.clone() };
            let unit = if one.converted(b)? > Decimal::ONE { b.unit.clone() } else { a.unit.clone() };
            let to = Quantity { value: Decimal::ZERO, unit };
            let (left, right) = (a.converted(&to)?, b.converted(&to)?);
            let value = if operator == Operator::Plus { left.checked_add(right)? } else { left.checked_sub(right)? };
            Quantity { value, ..to }
        }
        Operator::Multiply => a.combined(b, false)?,
        Operator::Divide => a.combined(b, true)?,
        _ => return None,
    };
    Some(Value::Quantity(Box::new(quantity)))
}
