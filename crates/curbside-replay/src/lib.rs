//! From one patient to a population: the records of many patients in, decisions, counts and
//! comparisons out.
//!
//! [`Inputs`] turns paths into records: files of bundles or CDS Hooks requests, and bulk exports, which
//! it groups by patient in bounded memory. [`ordered`] decides them on several threads and hands the
//! results over in the order of the input, so that the bytes that come out are the same whatever the
//! number of threads. [`Asker`] asks the engine about a record; [`Tally`] counts; [`report`] draws.
//!
//! Memory does not grow with the number of patients. A record that cannot be read costs one line of
//! the error report.

#![expect(clippy::disallowed_methods, reason = "a replay reads and writes files, and saves its state every few seconds")]

mod ask;
pub mod compare;
mod error;
mod export;
mod input;
mod job;
mod output;
mod pipeline;
pub mod report;
mod resume;
mod tally;

pub use ask::{Asker, Given, Moments, Row};
pub use error::Error;
pub use export::Limits;
pub use input::{BytesRead, Inputs, Item, Peek};
pub use job::Job;
pub use output::Output;
#[cfg(feature = "arrow")]
pub use output::{Line, columns, schema};
pub use pipeline::ordered;
pub use tally::{Counts, Failed, Reasons, RuleTally, Step, Tally};
