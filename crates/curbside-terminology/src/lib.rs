//! Codes and what they mean: code systems, value sets, drug sets, instruments and units.
//!
//! A [`Vocabulary`] is read from a pack's `value-sets/` and `instruments/` and answers three
//! questions: which sets is this code in, which drug is this and how much of it is in one unit, and
//! what does this total of that instrument mean. [`units`] compares amounts exactly, and only where
//! comparing means something.
//!
//! This crate knows neither charts nor rules.

mod code;
mod drugs;
mod instrument;
mod sign_off;
mod system;
mod table;
pub mod units;
mod value_set;
mod vocabulary;

pub use code::Code;
pub use drugs::{
    DaysFigure, Drug, DrugFacts, DrugSet, DrugSetId, Drugs, Form, FormFacts, Ingredient, MinimumDose, Product, ProductFacts, ProductList,
    Reading, TimesFigure, UnitStrength,
};
pub use instrument::{Cut, Instrument, Questionnaire};
pub use sign_off::{Pending, SignOff, Signature};
pub use system::{Aliases, Systems};
pub use value_set::ValueSet;
pub use vocabulary::{SetId, ValueSetId, Vocabulary};
