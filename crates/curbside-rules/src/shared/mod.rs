//! What several criteria share: tests on codes, amounts, words and times.

mod code_test;
mod dates;
pub mod fhir_words;
mod range;
mod status;
mod value;
mod window;
mod words;

pub use code_test::{CodeTest, CodeTestModel};
pub use dates::{AnchorPlan, CourseDay, DatePlan, Resolved};
pub use range::{Measure, Range, RangeModel};
pub use status::{ClinicalStatus, StatusModel, StatusPolicy, VerificationModel, VerificationPolicy};
pub use value::{ValueModel, ValueTest, compare_values, value_words};
pub use window::{DatedModel, Span, Window};
pub use words::{Words, WordsModel};
