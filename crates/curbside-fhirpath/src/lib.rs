//! FHIRPath over FHIR R4.
//!
//! An expression is prepared once: read, checked against FHIR's own model (paths, choice types, cardinality), and lowered to
//! a plan. It then runs any number of times over [`Record`]s, which are indices over JSON text and copy nothing of it.
//!
//! ```
//! use curbside_fhirpath::{Environment, Expression, Record, Scope};
//!
//! let expression = Expression::prepare("name.given.first() & '!'", &Scope::on("Patient")).unwrap();
//! let record = Record::parse(r#"{"resourceType": "Patient", "name": [{"given": ["Ada", "B."]}]}"#).unwrap();
//! let outcome = expression.evaluate(&record, &Environment::new("2026-11-23T10:00:00Z").unwrap()).unwrap();
//! assert_eq!(outcome.values[0].json(), "\"Ada!\"");
//!
//! let errors = Expression::prepare("name.gven", &Scope::on("Patient")).unwrap_err();
//! assert_eq!(errors.to_string(), "semantic: HumanName has no element `gven`; did you mean `given`?");
//! ```
//!
//! The crate is pure: `now()` is what [`Environment`] says, value sets are asked of a [`Terminology`] the caller brings, and
//! every evaluation has [`Limits`].

mod check;
mod environment;
mod error;
mod evaluate;
mod expression;
mod functions;
mod model;
mod plan;
mod record;
mod syntax;
mod value;

pub use check::Kind;
pub use environment::{Coding, Environment, Limits, NoTerminology, Terminology};
pub use error::{Class, Error, Errors, Span};
pub use evaluate::{Outcome, Step, Trace, Watched};
pub use expression::{Expression, Scope};
pub use model::TypeId;
pub use record::{Record, RecordError};
pub use value::{Collection, Node, Precision, Quantity, Temporal, Value};
