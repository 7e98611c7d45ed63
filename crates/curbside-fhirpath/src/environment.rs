//! What an evaluation needs to know beside the record.

use crate::value::{Collection, Precision, Temporal, Value};

/// A code and the system it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coding<'c> {
    /// The code system; `None` for a bare code.
    pub system: Option<&'c str>,
    /// The code.
    pub code: &'c str,
}

/// Who knows value sets.
pub trait Terminology {
    /// Whether a value set, named by its canonical URL, holds a code; `None` where that is not known.
    fn member_of(&self, value_set: &str, coding: &Coding<'_>) -> Option<bool>;
}

/// Knows no value set at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTerminology;

impl Terminology for NoTerminology {
    fn member_of(&self, _: &str, _: &Coding<'_>) -> Option<bool> {
        None
    }
}

/// What one evaluation may use up. Reaching a limit is an error of class `execution`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Operators applied and values looked at.
    pub steps: u64,
    /// Values in one collection.
    pub items: usize,
    /// Bytes of text that operators make.
    pub text: usize,
}

impl Default for Limits {
    /// Far more than an honest expression needs on a large record, and well under a second of work.
    fn default() -> Self {
        Self { steps: 5_000_000, items: 500_000, text: 8 * 1024 * 1024 }
    }
}

/// What an evaluation needs to know beside the record.
#[derive(Clone)]
pub struct Environment<'a> {
    pub(crate) variables: Vec<(&'a str, Collection<'a>)>,
    pub(crate) resource: Option<Value<'a>>,
    pub(crate) settings: Settings<'a>,
}

/// What an evaluation takes over as it is.
#[derive(Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) as_of: Temporal,
    pub(crate) terminology: &'a dyn Terminology,
    pub(crate) limits: Limits,
    pub(crate) watch: bool,
    pub(crate) steps: bool,
}

impl<'a> Environment<'a> {
    /// An environment in which `now()` is `as_of`: a date-time with its offset. `None` where it is not one, to the second
    /// at least.
    #[must_use]
    pub fn new(as_of: &str) -> Option<Self> {
        let as_of = Temporal::date_time(as_of).filter(|as_of| as_of.precision() >= Precision::Second && as_of.offset().is_some())?;
        let settings = Settings { as_of, terminology: &NoTerminology, limits: Limits::default(), watch: false, steps: false };
        Some(Self { variables: Vec::new(), resource: None, settings })
    }

    /// Gives a variable its value. Its name, and what it may hold, is declared in [`crate::Scope::variable`].
    #[must_use]
    pub fn variable(mut self, name: &'a str, value: impl Into<Collection<'a>>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// What `%resource` and `%rootResource` are, where the record itself is not that resource.
    #[must_use]
    pub fn resource(mut self, resource: Value<'a>) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Who answers `memberOf()`.
    #[must_use]
    pub fn terminology(mut self, terminology: &'a dyn Terminology) -> Self {
        self.settings.terminology = terminology;
        self
    }

    /// Other limits.
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Notes which resources are read and what is not there: [`crate::Outcome::watched`].
    #[must_use]
    pub const fn watch(mut self) -> Self {
        self.settings.watch = true;
        self
    }

    /// Notes what each step yields: [`crate::Outcome::steps`].
    #[must_use]
    pub const fn steps(mut self) -> Self {
        self.settings.steps = true;
        self
    }
}

impl std::fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("as_of", &self.settings.as_of.show_date_time())
            .field("limits", &self.settings.limits)
            .finish_non_exhaustive()
    }
}
