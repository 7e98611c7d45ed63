//! The host that runs what it does not trust: WebAssembly components of the world `curbside:cds/service`.
//!
//! A file is verified, capped, checked against the contract and compiled once ([`Sandbox::load`]); every call
//! of the [`Plugin`] then runs in a fresh instance within its [`Limits`]. Whatever the guest does ends in an answer
//! or in a typed error; nothing of one call can reach the next.
//!
//! Only this crate names wasmtime. It knows nothing of rules: a pack is one more plug-in.

mod answer;
mod call;
mod compile;
mod config;
mod description;
mod engine;
mod error;
mod host;
mod inspect;
mod limits;
mod load;
pub mod pack;
mod plugin;
mod sandbox;
mod sections;
mod ticker;
mod trust;

pub use compile::{Compiler, serve_compile_child};
pub use config::{Config, user_cache};
pub use description::{Description, Service};
pub use error::{AnswerError, Breach, CallError, Limit, LoadError, Trap};
pub use host::{CONTRACT, Host, Level, Quiet};
pub use inspect::{Inspection, inspect};
pub use limits::{Limits, LoadLimits};
pub use plugin::Plugin;
pub use sandbox::Sandbox;
pub use trust::{PublicKey, SecretKey, Trust, TrustError, Verified};
