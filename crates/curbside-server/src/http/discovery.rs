//! Discovery.

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;

use super::{App, body};
use crate::wire::problem::Problem;

pub(super) async fn of_everybody(State(app): State<App>, request: Request) -> Response<Body> {
    discover(&app, None, request.headers()).await.unwrap_or_else(|problem| problem.into_response())
}

pub(super) async fn of_tenant(State(app): State<App>, Path(tenant): Path<String>, request: Request) -> Response<Body> {
    discover(&app, Some(&tenant), request.headers()).await.unwrap_or_else(|problem| problem.into_response())
}

async fn discover(app: &App, tenant: Option<&str>, headers: &HeaderMap) -> Result<Response<Body>, Problem> {
    body::accepts_json(headers)?;
    let caller =
        if app.config.auth_discovery { app.trust.check(headers, tenant, "/cds-services").await? } else { app.trust.anybody(tenant) };
    let rules = app.rules.live();
    let registry = rules.of(caller.tenant()).ok_or_else(|| Problem::not_found("There is no such tenant"))?;
    let etag = HeaderValue::from_str(&registry.etag).unwrap_or(HeaderValue::from_static("\"\""));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let same = known.is_some_and(|list| {
        list.split(',').any(|tag| matches!(tag.trim().trim_start_matches("W/"), tag if tag == registry.etag || tag == "*"))
    });
    let mut response = Response::new(if same { Body::empty() } else { Body::from(registry.discovery.clone()) });
    if same {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::ETAG, etag);
    Ok(response)
}
