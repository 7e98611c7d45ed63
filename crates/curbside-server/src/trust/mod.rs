//! Who calls: client assertions of CDS Hooks, checked before anything of a body is read.

use axum::http::{HeaderMap, StatusCode};

use crate::config::Config;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::wire::problem::{Issue, Problem};
use std::sync::Arc;

/// Knows the clients.
#[derive(Debug)]
pub(crate) struct Trust {
    clients: Vec<Arc<Known>>,
}

/// A client that may call.
#[derive(Debug)]
struct Known {
    settings: crate::config::Client,
}

/// Who calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    client: Option<Arc<Known>>,
    tenant: Option<String>,
}

impl Trust {
    pub(crate) fn new(config: &Config, _store: &Store, _metrics: &Arc<Metrics>) -> Self {
        Self { clients: config.clients.iter().map(|client| Arc::new(Known { settings: client.clone() })).collect() }
    }

    /// A caller whom nobody asked for a token.
    pub(crate) fn anybody(&self, tenant: Option<&str>) -> Caller {
        Caller { client: None, tenant: tenant.map(str::to_owned) }
    }

    /// Who calls a path of ours, or that it is not known. Where no client is listed, anybody may.
    pub(crate) async fn check(&self, _headers: &HeaderMap, tenant: Option<&str>, _path: &str) -> Result<Caller, Problem> {
        if self.clients.is_empty() {
            return Ok(self.anybody(tenant));
        }
        Err(Problem::unauthorized())
    }
}

impl Caller {
    /// Whose rules it gets.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// How the log calls it.
    pub(crate) fn client(&self) -> Option<&str> {
        self.client.as_ref().map(|client| client.settings.name.as_str())
    }

    /// What its cards and feedback are kept under.
    pub(crate) fn key(&self) -> String {
        self.client().unwrap_or_default().to_owned()
    }

    /// The client's settings.
    pub(crate) fn settings(&self) -> Option<&crate::config::Client> {
        self.client.as_ref().map(|client| &client.settings)
    }

    /// Whether it may call a service.
    pub(crate) fn may_call(&self, service: &str) -> Result<(), Problem> {
        let allowed = self.settings().is_none_or(|client| client.services.is_empty() || client.services.iter().any(|id| id == service));
        if allowed { Ok(()) } else { Err(Problem::new(StatusCode::FORBIDDEN, Issue::error("forbidden", "This client may not call this service"))) }
    }
}
