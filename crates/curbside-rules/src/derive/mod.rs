//! Derivations: facts made into other facts. Exposures become trials, administrations become
//! courses with phases, records become a date.

mod course;
mod date;
mod outcome;
mod trial;
mod unclear;

pub use course::{Course, CourseModel, CoursePlan, Phase, PhaseModel, Run};
pub use date::{DateModel, DateRule};
pub use outcome::TrialPlan;
pub use trial::{Trial, TrialWindow};
pub use unclear::Unclear;
