//! Exit statuses, and failures that end a command.

use std::fmt;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// It ran, whatever the rules said.
    Ran = 0,
    /// A check, a case or a comparison failed.
    Failed = 1,
    /// It was called wrongly.
    Usage = 2,
    /// An input could not be read.
    Unreadable = 3,
    /// A limit of the sandbox was hit.
    Limit = 4,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Why a command ended early: a sentence, and what to do about it.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl Failure {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), help: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Status::Usage, message)
    }

    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(Status::Unreadable, message)
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What a command comes to.
pub(crate) type Outcome = Result<Status, Failure>;
