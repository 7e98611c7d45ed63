//! CDS Hooks over HTTP.
//!
//! A request passes `http` (limits, trust, the envelope), `fetch` (what its prefetch lacks) and `rules`
//! (the packs and plug-ins in force), and leaves an entry in `store`. `wire` holds the shapes of the
//! standard, `config` what an operator sets. Nothing here decides anything about a patient: that is the
//! engine's business, and no text of a patient reaches a log, a label or an error.
//!
//! [`Server::bind`] starts one; [`Server::run`] serves until it is told to stop.

mod clock;
pub mod config;
mod fetch;
mod http;
mod linger;
mod listen;
mod metrics;
mod record;
pub mod replay;
mod rules;
mod secret;
mod serve;
pub mod store;
mod trace;
mod trust;
mod wire;

pub use config::ConfigError;
pub use rules::{Backend, Failed, History, Native, Offered, PackSource, RulesError, Runtime, State, load_file, load_pack};
pub use serve::{ServeError, Server, init_log, stop_signal};
