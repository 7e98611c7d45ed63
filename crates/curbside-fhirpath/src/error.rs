//! What is wrong with an expression, or went wrong while it ran.

use std::fmt;
use std::ops::Range;

/// Which part of the work refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The text is no expression.
    Syntax,
    /// The expression says what the model or the language does not know: a path, a function, a type.
    Semantic,
    /// The expression and this record do not go together: two items where one is needed, a limit reached.
    Execution,
}

impl Class {
    /// `syntax`, `semantic` or `execution`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Semantic => "semantic",
            Self::Execution => "execution",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A range of bytes of the expression's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    pub(crate) const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// From the start of this to the end of the other.
    pub(crate) const fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }

    /// As a range of bytes.
    #[must_use]
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One error: what, where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Which part of the work refused.
    pub class: Class,
    /// What is wrong; lowercase, names in backticks, no full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Where in the expression.
    pub span: Span,
    /// Steps used until then, as [`crate::Outcome::used`]; one more than allowed where they are what was lacking.
    pub used: u64,
}

impl Error {
    pub(crate) fn new(class: Class, span: Span, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), help: None, span, used: 0 }
    }

    pub(crate) fn syntax(span: Span, message: impl Into<String>) -> Self {
        Self::new(Class::Syntax, span, message)
    }

    pub(crate) fn semantic(span: Span, message: impl Into<String>) -> Self {
        Self::new(Class::Semantic, span, message)
    }

    pub(crate) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// Every error of one expression, in the order of its text; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub(crate) Vec<Error>);

impl Errors {
    pub(crate) fn sorted(mut errors: Vec<Error>) -> Self {
        errors.sort_by_key(|error| (error.span.start, error.span.end));
        errors.dedup();
        Self(errors)
    }

    /// The class that stands for all: what cannot be read is not checked, so they are of one class.
    #[must_use]
    pub fn class(&self) -> Class {
        self.0.first().map_or(Class::Semantic, |error| error.class)
    }

    /// The errors.
    pub fn iter(&self) -> std::slice::Iter<'_, Error> {
        self.0.iter()
    }
}

impl IntoIterator for Errors {
    type Item = Error;
    type IntoIter = std::vec::IntoIter<Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}
