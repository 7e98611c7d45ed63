//! Units of measure: UCUM, compared exactly and only where comparing means something.

mod amount;
mod analyte;
mod unit;

pub use amount::{Amount, NotAnAmount};
pub use analyte::Analyte;
pub use unit::Unit;
