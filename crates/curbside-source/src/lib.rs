//! Files that people write, read so that every mistake is shown where it stands.
//!
//! A rule file is YAML. [`read`] turns its text into any `serde` type, keeps the byte range of
//! every [`Spanned`] value, and reports *all* errors of the file at once, each with the place,
//! the reason and, where a name was misspelt, the name that was probably meant.
//!
//! ```
//! use curbside_source::{Sources, Spanned, read};
//!
//! #[derive(serde::Deserialize)]
//! struct Age { at_least: Spanned<String> }
//!
//! let mut sources = Sources::default();
//! let file = sources.add("age.yaml", "at_least: 18 years\n");
//! let age: Age = read(&sources, file).map_err(|errors| format!("{errors:?}")).unwrap();
//! assert_eq!(age.at_least.value, "18 years");
//! assert_eq!(sources.text(age.at_least.span), "18 years");
//! ```
//!
//! Read [`yaml`] for what of YAML is accepted and [`de`] for how all errors are found in one go.

pub mod de;
mod diagnostic;
mod sources;
mod spanned;
mod suggest;
pub mod yaml;

pub use de::{read, read_partly};
pub use diagnostic::{Diagnostic, Diagnostics, Level};
pub use sources::{FileId, Position, Sources, Span};
pub use spanned::Spanned;
pub use suggest::{did_you_mean, nearest};
