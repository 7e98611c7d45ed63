//! What load balancers and operators ask.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};

use super::App;

/// Whether the process answers.
pub(super) async fn healthz() -> Response<Body> {
    json(StatusCode::OK, r#"{"status":"ok"}"#.to_owned())
}

/// Whether it should be given work, and which rules are in force.
pub(super) async fn readyz(State(app): State<App>) -> Response<Body> {
    let closing = app.gate.is_closing();
    let store = app.store.is_healthy();
    let ready = !closing && store;
    let mut rules = app.rules.live().status();
    rules.insert("last".into(), serde_json::json!(*app.rules.last()));
    let body = serde_json::json!({
        "status": if ready { "ready" } else if closing { "closing" } else { "store-failing" },
        "store": if store { "ok" } else { "failing" },
        "rules": rules,
    });
    json(if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, body.to_string())
}

/// What Prometheus reads.
pub(super) async fn metrics(State(app): State<App>) -> Response<Body> {
    let mut response = Response::new(Body::from(app.metrics.text()));
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
