//! Drug sets: ingredients with their codes, forms and minimum doses.

mod index;
mod model;
mod names;

pub(crate) use index::DrugIndex;
pub use index::{Drug, DrugFacts, DrugSetId, Drugs, FormFacts, ProductFacts};
pub use model::{DaysFigure, DrugSet, Form, Ingredient, MinimumDose, Product, ProductList, Reading, TimesFigure, UnitStrength};
