//! Answers that are not 200: an `OperationOutcome` that names members and keys, never their content.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;

/// Why a request has no other answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    issues: Vec<Issue>,
    retry_after: Option<u32>,
    accept_encoding: bool,
    close: bool,
}

/// One thing that is wrong. The texts are ours; `expression` is a path of member names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Issue {
    severity: &'static str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expression: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Details {
    text: String,
}

/// An `OperationOutcome`.
#[derive(Serialize)]
pub(crate) struct Outcome<'a> {
    #[serde(rename = "resourceType")]
    resource_type: &'static str,
    issue: &'a [Issue],
}

impl Issue {
    pub(crate) fn error(code: &'static str, text: impl Into<String>) -> Self {
        Self { severity: "error", code, details: Some(Details { text: text.into() }), diagnostics: None, expression: Vec::new() }
    }

    pub(crate) fn warning(code: &'static str, text: impl Into<String>) -> Self {
        Self { severity: "warning", ..Self::error(code, text) }
    }

    pub(crate) fn information(text: impl Into<String>) -> Self {
        Self { severity: "information", ..Self::error("informational", text) }
    }

    pub(crate) fn at(mut self, expression: impl Into<String>) -> Self {
        self.expression.push(expression.into());
        self
    }

    pub(crate) fn diagnostics(mut self, text: impl Into<String>) -> Self {
        self.diagnostics = Some(text.into());
        self
    }
}

/// The text of an `OperationOutcome` with these issues.
pub(crate) fn outcome(issues: &[Issue]) -> String {
    serde_json::to_string(&Outcome { resource_type: "OperationOutcome", issue: issues }).unwrap_or_default()
}

/// Marks an answer whose body is an `OperationOutcome`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsOutcome;

impl Problem {
    pub(crate) fn new(status: StatusCode, issue: Issue) -> Self {
        Self::of(status, vec![issue])
    }

    pub(crate) fn of(status: StatusCode, issues: Vec<Issue>) -> Self {
        Self { status, issues, retry_after: None, accept_encoding: false, close: false }
    }

    /// The body is not what it should be.
    pub(crate) fn syntax(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Issue::error("structure", text))
    }

    /// A member that must be there is not.
    pub(crate) fn missing(member: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Issue::error("required", "Missing required member").diagnostics(member).at(member))
    }

    /// A member is not what it should be.
    pub(crate) fn value(member: &str, expected: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Issue::error("value", format!("Expected {expected}")).diagnostics(member).at(member))
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Issue::error("not-found", what))
    }

    pub(crate) fn not_supported(status: StatusCode, what: &str) -> Self {
        Self::new(status, Issue::error("not-supported", what))
    }

    /// The server is busy or closing.
    pub(crate) fn unavailable(what: &str, retry_after: u32) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, Issue::error("throttled", what)) }
    }

    /// The caller calls more often than it may.
    pub(crate) fn too_often(retry_after: u32) -> Self {
        let issue = Issue::error("throttled", "This caller calls more often than it may");
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, issue) }
    }

    /// The server only finishes what it has.
    pub(crate) fn closing() -> Self {
        Self { close: true, ..Self::unavailable("The server is closing", 5) }
    }

    pub(crate) fn too_long(what: &str) -> Self {
        Self { close: true, ..Self::new(StatusCode::PAYLOAD_TOO_LARGE, Issue::error("too-long", what)) }
    }

    /// The body did not come in time.
    pub(crate) fn too_slow() -> Self {
        Self { close: true, ..Self::new(StatusCode::REQUEST_TIMEOUT, Issue::error("timeout", "The body was not received in time")) }
    }

    pub(crate) fn encoding() -> Self {
        let problem = Self::not_supported(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Only gzip and identity are read as Content-Encoding");
        Self { accept_encoding: true, ..problem }
    }

    /// The caller is not who it says, for a reason that only our log names.
    pub(crate) fn unauthorized() -> Self {
        let issue = Issue { severity: "error", code: "login", details: None, diagnostics: None, expression: Vec::new() };
        Self::new(StatusCode::UNAUTHORIZED, issue)
    }

    pub(crate) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Issue::error("exception", "The request could not be answered"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(outcome(&self.issues)));
        *response.status_mut() = self.status;
        response.extensions_mut().insert(IsOutcome);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.accept_encoding {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if self.close {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
