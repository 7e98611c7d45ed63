//! What an operator on the machine itself may ask for: the rules in force, a reload, earlier rules.

use std::net::SocketAddr;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;

use super::App;
use crate::rules::Activation;
use crate::wire::problem::{Issue, Problem};

/// Who is at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

pub(super) async fn show(State(app): State<App>, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response<Body> {
    if let Err(problem) = is_operator(peer, &headers) {
        return problem.into_response();
    }
    let mut body = app.rules.live().status();
    body.insert("last".into(), serde_json::json!(*app.rules.last()));
    if let Some(history) = app.rules.history() {
        body.insert("history".into(), serde_json::json!(history.state().activated));
    }
    answer(StatusCode::OK, &serde_json::Value::from(body).to_string())
}

pub(super) async fn reload(State(app): State<App>, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response<Body> {
    change(&app, peer, &headers, |app| Some(app.rules.reload())).await
}

pub(super) async fn activate(
    State(app): State<App>,
    Extension(peer): Extension<Peer>,
    Path(digest): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    change(&app, peer, &headers, move |app| Some(app.rules.restore_now(&app.rules.history()?.find(&digest)?))).await
}

pub(super) async fn rollback(State(app): State<App>, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response<Body> {
    change(&app, peer, &headers, |app| Some(app.rules.restore_now(&app.rules.history()?.previous()?))).await
}

async fn change(
    app: &App,
    peer: Peer,
    headers: &HeaderMap,
    work: impl FnOnce(&App) -> Option<std::sync::Arc<Activation>> + Send + 'static,
) -> Response<Body> {
    if let Err(problem) = is_operator(peer, headers) {
        return problem.into_response();
    }
    let app = App::clone(app);
    match tokio::task::spawn_blocking(move || work(&app)).await {
        Ok(Some(activation)) => {
            let status = if activation.result == "rejected" { StatusCode::CONFLICT } else { StatusCode::OK };
            answer(status, &serde_json::to_string(&*activation).unwrap_or_default())
        }
        Ok(None) => Problem::not_found("There are no such rules in the history").into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}

/// Whether it is the operator: on this machine, by its own name, not through a proxy nor from a page in a browser.
fn is_operator(Peer(address): Peer, headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host });
    let here = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
    let through = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via", "origin"];
    if address.ip().to_canonical().is_loopback() && here && !through.iter().any(|name| headers.contains_key(*name)) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, Issue::error("forbidden", "This is answered on the machine itself only")))
}

fn answer(status: StatusCode, body: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
