//! The rule language: clinical rules as files, checked before they run, decided with three answers.
//!
//! [`load`] reads the files of a pack, finds everything that is wrong with them at once, and makes a
//! [`Plan`]: no names left to look up, no texts to read. An [`Evaluation`] is a plan and a chart;
//! it works out facts when a criterion first asks, and decides each rule with its reasons.
//!
//! - `model`: the files as their authors write them (the JSON Schemas come from these types);
//! - `criteria`: the kinds of criteria, one file each;
//! - `facts` and `derive`: what is drawn from a chart, and what is made of that;
//! - `compile` and `check`: from files to a plan, and what stands against one;
//! - `evaluate`: verdicts and decisions.
//!
//! This crate knows no disease and no drug: those are data. It reads no files and has no clock.

mod assemble;
pub mod check;
pub mod compile;
pub mod criteria;
pub mod derive;
pub mod evaluate;
pub mod fact;
pub mod facts;
mod hints;
mod load;
pub mod model;
pub mod schema;
pub mod shared;
mod truth;

pub use compile::{DefId, Plan, RuleId};
pub use evaluate::{Decision, Evaluation, Verdict};
pub use hints::with_hint;
pub use load::{Loaded, Settings, load};
pub use truth::Truth;
