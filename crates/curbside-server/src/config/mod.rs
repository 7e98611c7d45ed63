//! What an operator sets.

mod model;

pub use model::{Client, Config, Keys, Tenant, Tls};
