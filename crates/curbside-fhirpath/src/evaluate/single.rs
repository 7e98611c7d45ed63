//! One value where one is needed.

use std::borrow::Cow;
use std::fmt;

use rust_decimal::Decimal;

use super::{Evaluator, Result};
use crate::error::Span;
use crate::value::compare::decimal;
use crate::value::{Collection, Value};

/// What needs one value, for the message; put into words only where there is one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Named(&'static str),
    /// What a function is called on.
    CalledOn(&'static str),
    ArgumentOf(&'static str),
}

impl From<&'static str> for What {
    fn from(name: &'static str) -> Self {
        Self::Named(name)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::CalledOn(function) => write!(f, "what `{function}` is called on"),
            Self::ArgumentOf(function) => write!(f, "an argument of `{function}`"),
        }
    }
}

impl<'a> Evaluator<'a> {
    /// The value of a collection that must not have two.
    pub(crate) fn only(&self, values: Collection<'a>, span: Span, what: impl Into<What>) -> Result<Option<Value<'a>>> {
        match values {
            Collection::Empty => Ok(None),
            Collection::One(value) => Ok(Some(value)),
            Collection::Many(values) if values.len() < 2 => Ok(values.into_iter().next()),
            Collection::Many(values) => Err(Self::failure(span, format!("{} must be one item, not {}", what.into(), values.len()))),
        }
    }

    /// The same as one of FHIRPath's own types; an element that is none of them stays an element.
    pub(crate) fn one(&self, values: &Collection<'a>, span: Span, what: impl Into<What>) -> Result<Option<Value<'a>>> {
        match values.as_slice() {
            [] => Ok(None),
            [Value::Node(node)] if node.is_primitive() => Ok(node.system()),
            [value] => Ok(Some(value.system().unwrap_or_else(|| value.clone()))),
            values => Err(Self::failure(span, format!("{} must be one item, not {}", what.into(), values.len()))),
        }
    }

    /// A truth: a Boolean, or `true` for any other single item; a primitive without a value is none.
    pub(crate) fn truth(&self, values: &Collection<'a>, span: Span, what: impl Into<What>) -> Result<Option<bool>> {
        Ok(match self.one(values, span, what)? {
            None => None,
            Some(Value::Boolean(truth)) => Some(truth),
            Some(_) => Some(true),
        })
    }

    pub(crate) fn integer(&self, values: &Collection<'a>, span: Span, what: impl Into<What>) -> Result<Option<i32>> {
        let what = what.into();
        match self.one(values, span, what)? {
            None => Ok(None),
            Some(Value::Integer(integer)) => Ok(Some(integer)),
            Some(other) => Err(self.wrong_type(span, what, "an Integer", &other)),
        }
    }

    pub(crate) fn number(&self, values: &Collection<'a>, span: Span, what: impl Into<What>) -> Result<Option<Decimal>> {
        let what = what.into();
        match self.one(values, span, what)? {
            None => Ok(None),
            Some(value) => decimal(&value).map(Some).ok_or_else(|| self.wrong_type(span, what, "a number", &value)),
        }
    }

    pub(crate) fn string(&self, values: &Collection<'a>, span: Span, what: impl Into<What>) -> Result<Option<Cow<'a, str>>> {
        let what = what.into();
        match self.one(values, span, what)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong_type(span, what, "a String", &other)),
        }
    }

    pub(crate) fn wrong_type(&self, span: Span, what: impl Into<What>, wanted: &str, found: &Value<'_>) -> super::Failure {
        Self::failure(span, format!("{} must be {wanted}, not {}", what.into(), found.type_id().name()))
    }
}
