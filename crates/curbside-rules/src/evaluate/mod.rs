//! A plan meets a chart.

mod budget;
mod context;
mod decision;
mod evaluation;
mod handle;
mod inquiry;
mod untouched;
mod verdict;

pub use budget::Budget;
pub use context::Cx;
pub use decision::Decision;
pub use evaluation::{Answers, Evaluation};
pub use handle::Handle;
pub use inquiry::Inquiry;
pub use untouched::Untouched;
pub use verdict::{Distance, Missing, Part, Verdict};
