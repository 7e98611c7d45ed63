//! What an operator sets.

mod model;

pub use model::{Client, Config, FhirServers, Keys, Tenant, Tls};
