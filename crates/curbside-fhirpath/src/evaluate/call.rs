//! What a function sees of its call.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder};

use super::single::What;
use super::{Evaluator, Frame, Result};
use crate::error::Span;
use crate::plan::Invocation;
use crate::value::{Collection, Value};

/// A call of a function.
#[derive(Debug)]
pub(crate) struct Call<'c, 'a> {
    pub(crate) invocation: &'a Invocation,
    pub(crate) input: Collection<'a>,
    pub(crate) frame: &'c Frame<'c, 'a>,
    pub(crate) span: Span,
}

impl<'a> Call<'_, 'a> {
    pub(crate) fn name(&self) -> &'static str {
        self.invocation.function.name
    }

    /// Whether an argument was written.
    pub(crate) fn has(&self, argument: usize) -> bool {
        argument < self.invocation.arguments.len()
    }

    /// An argument, evaluated where the call stands; empty where none was written.
    pub(crate) fn argument(&self, evaluator: &mut Evaluator<'a>, argument: usize) -> Result<Collection<'a>> {
        match self.invocation.arguments.get(argument) {
            Some(id) => evaluator.eval(*id, self.frame),
            None => Ok(Collection::Empty),
        }
    }

    /// An argument, evaluated for one item of the input.
    pub(crate) fn each(&self, evaluator: &mut Evaluator<'a>, argument: usize, item: &Value<'a>, index: usize) -> Result<Collection<'a>> {
        match self.invocation.arguments.get(argument) {
            Some(id) => {
                let frame = Frame { this: Collection::One(item.clone()), index: Some(index), total: self.frame.total };
                evaluator.eval(*id, &frame)
            }
            None => Ok(Collection::Empty),
        }
    }

    /// An argument, evaluated with another `$this`; `$index` stays.
    pub(crate) fn with_this(&self, evaluator: &mut Evaluator<'a>, argument: usize, this: Collection<'a>) -> Result<Collection<'a>> {
        match self.invocation.arguments.get(argument) {
            Some(id) => evaluator.eval(*id, &Frame { this, index: self.frame.index, total: self.frame.total }),
            None => Ok(Collection::Empty),
        }
    }

    /// An argument as a text.
    pub(crate) fn text(&self, evaluator: &mut Evaluator<'a>, argument: usize) -> Result<Option<Cow<'a, str>>> {
        let values = self.argument(evaluator, argument)?;
        evaluator.string(&values, self.span, What::ArgumentOf(self.name()))
    }

    /// An argument as an integer.
    pub(crate) fn integer(&self, evaluator: &mut Evaluator<'a>, argument: usize) -> Result<Option<i32>> {
        let values = self.argument(evaluator, argument)?;
        evaluator.integer(&values, self.span, What::ArgumentOf(self.name()))
    }

    /// The input as a text.
    pub(crate) fn input_text(&self, evaluator: &Evaluator<'a>) -> Result<Option<Cow<'a, str>>> {
        evaluator.string(&self.input, self.span, self.called_on())
    }

    /// The input as one value of FHIRPath's own types.
    pub(crate) fn input_one(&self, evaluator: &Evaluator<'a>) -> Result<Option<Value<'a>>> {
        evaluator.one(&self.input, self.span, self.called_on())
    }

    pub(crate) fn called_on(&self) -> What {
        What::CalledOn(self.name())
    }
}

/// Longest pattern, and the memory a compiled one may take.
const MAX_PATTERN: usize = 4096;
const MAX_COMPILED: usize = 1 << 20;

/// Compiles a pattern as FHIRPath wants it: a dot is also the end of a line. Flags are `i` and `m`.
pub(crate) fn pattern(text: &str, full: bool, flags: &str) -> std::result::Result<Regex, String> {
    if text.len() > MAX_PATTERN {
        return Err(format!("the pattern has {} bytes; at most {MAX_PATTERN} are allowed", text.len()));
    }
    let whole = if full { format!("^(?:{text})$") } else { text.to_owned() };
    RegexBuilder::new(&whole)
        .dot_matches_new_line(true)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .size_limit(MAX_COMPILED)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            error => {
                format!("`{text}` is no pattern: {}", error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: "))
            }
        })
}
