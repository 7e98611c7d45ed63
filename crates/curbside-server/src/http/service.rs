//! The paths of services: whether there is one, and who is told.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header};
use axum::response::IntoResponse as _;

use super::{App, body};
use crate::wire::problem::Problem;

/// A path of a service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Called<'p> {
    pub(super) tenant: Option<&'p str>,
    pub(super) service: &'p str,
    /// What follows the service's id: nothing, or `/feedback`.
    pub(super) behind: &'static str,
}

impl Called<'_> {
    /// The path below the tenant's.
    pub(super) fn path(self) -> String {
        format!("/cds-services/{}{}", self.service, self.behind)
    }

    /// Whether the service is there. Where discovery needs a token, only who has one is told that it is not.
    pub(super) async fn exists(self, app: &App, headers: &HeaderMap) -> Result<(), Problem> {
        if app.rules.live().knows(self.tenant, self.service) {
            return Ok(());
        }
        self.ask_who(app, headers).await?;
        Err(Problem::not_found("There is no such service"))
    }

    async fn ask_who(self, app: &App, headers: &HeaderMap) -> Result<(), Problem> {
        if app.config.auth_discovery {
            body::accepts_json(headers)?;
            app.trust.check(headers, self.tenant, &self.path()).await?;
        }
        Ok(())
    }
}

/// Another method than the one that services answer: is it that, or is there no such service?
pub(super) async fn other_method(
    State(app): State<App>,
    Path(names): Path<BTreeMap<String, String>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let service = names.get("id").map(String::as_str).unwrap_or_default();
    let behind = if uri.path().ends_with("/feedback") { "/feedback" } else { "" };
    let called = Called { tenant: names.get("tenant").map(String::as_str), service, behind };
    if let Err(problem) = called.exists(&app, &headers).await {
        return problem.into_response();
    }
    if let Err(problem) = called.ask_who(&app, &headers).await {
        return problem.into_response();
    }
    let problem = Problem::not_supported(StatusCode::METHOD_NOT_ALLOWED, "This method is not answered here");
    let mut response = problem.into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}
