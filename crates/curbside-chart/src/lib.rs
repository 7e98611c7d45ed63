//! FHIR JSON becomes one patient's chart.
//!
//! [`input::read`] splits any document a sender may hand us into resources; [`Document::chart`]
//! reads those that somebody wants, once, into narrow structs that borrow from the document's
//! bytes. What cannot count (another patient's record, entered in error, a duplicate) is set aside
//! and listed. What is malformed costs the member it is in; what is left can make a fact unknown,
//! never true or false ([`Doubt`]).
//!
//! This crate knows no rules and no terminology, opens no files and has no clock.

mod build;
mod chart;
pub mod datatype;
mod duplicate;
mod held;
pub mod input;
pub mod json;
mod maps_only;
pub mod reference;
pub mod resource;
pub mod time;
mod wanted;
mod who;

pub use build::{ChartError, Document};
pub use chart::{Chart, ChartOptions, Hook, Kind, Reason, RecordRef, SetAside};
pub use held::{Doubt, Held, Name, Place};
pub use resource::Other;
pub use wanted::Wanted;
