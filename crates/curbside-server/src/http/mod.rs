//! The server's edge: routes, limits, and what every answer carries.

mod admin;
mod body;
mod call;
mod discovery;
mod feedback;
mod gate;
mod health;
mod layers;
mod repeat;
mod service;

use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::routing::{any, get, post};

use crate::config::Config;
use crate::fetch::Fetcher;
use crate::metrics::Metrics;
use crate::rules::Rules;
use crate::store::Store;
use crate::trace::Traces;
use crate::trust::Trust;
use crate::wire::problem::Problem;
pub(crate) use admin::Peer;
pub(crate) use gate::Gate;

/// What every request can reach.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) rules: Rules,
    pub(crate) store: Store,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) gate: Gate,
    pub(crate) trust: Trust,
    pub(crate) fetcher: Fetcher,
    pub(crate) traces: Traces,
}

pub(crate) type App = Arc<Shared>;

/// Every route, and the layers around them.
pub(crate) fn router(app: App) -> Router {
    let services = Router::new()
        .route("/cds-services", get(discovery::of_everybody))
        .route("/cds-services/{id}", any(service::other_method).post(call::of_everybody))
        .route("/cds-services/{id}/feedback", any(service::other_method).post(feedback::of_everybody))
        .route("/t/{tenant}/cds-services", get(discovery::of_tenant))
        .route("/t/{tenant}/cds-services/{id}", any(service::other_method).post(call::of_tenant))
        .route("/t/{tenant}/cds-services/{id}/feedback", any(service::other_method).post(feedback::of_tenant))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/admin/rules", get(admin::show))
        .route("/admin/rules/reload", post(admin::reload))
        .route("/admin/rules/rollback", post(admin::rollback))
        .route("/admin/rules/activate/{digest}", post(admin::activate))
        .method_not_allowed_fallback(method_not_allowed);
    let routes = match app.config.base_path() {
        "" => services,
        base => Router::new().nest(base, services.clone()).merge(services),
    };
    layers::around(routes.fallback(not_found), &app).with_state(app)
}

async fn not_found() -> Problem {
    Problem::not_found("There is nothing at this path")
}

async fn method_not_allowed(_: Method, _: Uri) -> Problem {
    Problem::not_supported(StatusCode::METHOD_NOT_ALLOWED, "This method is not answered here")
}
