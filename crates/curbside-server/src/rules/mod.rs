//! The packs and plug-ins in force: where they come from, how they are called, what they offer together, and how
//! others take their place while the server runs.

mod backend;
mod history;
mod live;
mod loader;
mod native;
mod registry;
mod reload;
mod repeats;
mod sandboxed;
mod set;
mod source;

pub(crate) use backend::engine_input;
pub use backend::{Backend, Failed, Offered};
pub use history::{History, State};
pub use loader::{Runtime, load_file, load_pack};
pub use native::Native;
pub(crate) use registry::Bound;
pub(crate) use reload::{Activation, Rules};
pub use source::{PackSource, RulesError};
