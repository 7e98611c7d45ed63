//! A plan meets a chart.

mod budget;
mod context;
mod decision;
mod verdict;

pub use budget::Budget;
pub use context::{Answers, Cx, Evaluation};
pub use decision::Decision;
pub use verdict::{Distance, Missing, Part, Verdict};
