//! `fhir-sdk` at the edge: the client that asks an EHR's FHIR server, and FHIR's own types, against which the resources
//! that suggestions create are checked.
//!
//! Its types cost minutes of building. They are used here alone, behind an interface without anything generic, so that
//! the cost is paid once and at a low optimisation level. The chart never goes through them: it keeps a record as written.

mod client;
mod resource;

pub use client::{Connections, Server, Unanswered};
pub use resource::check;
