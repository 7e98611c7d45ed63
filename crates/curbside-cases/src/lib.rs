//! Cases beside rules: patients in shorthand, what the rules should say about them, and what differs.
//!
//! [`load`] reads the files in a pack's `tests/` folder and says everything that is wrong with them.
//! A [`Case`] becomes the CDS Hooks request an EHR would send ([`Case::request`]); [`run`] has an
//! engine answer it and compares: a [`Mismatch`] is *noisy* (something spoke that should not have) or
//! *missing* (something did not speak that should have), with the criteria that made it so. [`update`]
//! writes new expectations into the files as they stand. [`Coverage`] says which criteria no case
//! exercises both ways, and [`mutate`] which edits of the rules no case notices.
//!
//! Nothing here reads a file or looks at the clock: the caller brings texts, and runs cases in parallel
//! where it likes.

mod compare;
mod coverage;
mod file;
pub mod given;
pub mod mutate;
mod request;
mod run;
mod schema;
mod update;
mod why;

pub use compare::{Direction, Mismatch};
pub use coverage::{Coverage, Gap};
pub use file::{CardWant, Case, CaseFile, CaseText, ExactCard, Expected, FactWant, Fixture, Shown, Suite, load};
pub use run::{Report, run};
pub use schema::schema;
pub use update::{Edit, apply, update};
pub use why::Step;
