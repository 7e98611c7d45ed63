//! The packs and plug-ins in force: where they come from, how they are called, and what they offer together.

mod backend;
mod live;
mod native;
mod registry;
mod source;

pub use backend::{Backend, Failed, Offered};
pub(crate) use live::Live;
pub use native::Native;
pub(crate) use registry::{Bound, Registry};
pub use source::{PackSource, RulesError};
