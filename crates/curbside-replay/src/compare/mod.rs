//! Comparisons: with other rules, with stored decisions, with what a careless client would send.

mod against;
mod client;
mod difference;
mod expect;

pub use against::{Against, Change, Shift};
pub(crate) use client::Request;
pub use client::{Client, Dependence, Dropped};
pub use difference::Difference;
pub use expect::{Expected, RuleVerdicts, Verdicts, Wrong};
