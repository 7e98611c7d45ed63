//! The shapes of CDS Hooks 2.0.1 on the service's side.

pub(crate) mod answer;
mod card;
pub(crate) mod discovery;
pub(crate) mod envelope;
pub(crate) mod feedback;
pub(crate) mod hooks;
pub(crate) mod json;
pub(crate) mod problem;
