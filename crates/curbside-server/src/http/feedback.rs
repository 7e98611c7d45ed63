//! Feedback: on disk before its 200.

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse as _;

use super::gate::Held;
use super::layers::RequestId;
use super::service::Called;
use super::{App, body};
use crate::clock;
use crate::metrics::{FeedbackLabels, Metrics};
use crate::store::{FeedbackBatch, Item, KnownCard, Received};
use crate::wire::feedback::{self, place};
use crate::wire::problem::{IsOutcome, Issue, Problem, outcome};

/// Largest body of feedback.
const MAX_BODY: usize = 1 << 20;

pub(super) async fn of_everybody(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    Path(service): Path<String>,
    request: Request,
) -> Response<Body> {
    answer(&app, &id, None, &service, request).await
}

pub(super) async fn of_tenant(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    Path((tenant, service)): Path<(String, String)>,
    request: Request,
) -> Response<Body> {
    answer(&app, &id, Some(&tenant), &service, request).await
}

async fn answer(app: &App, id: &RequestId, tenant: Option<&str>, service: &str, request: Request) -> Response<Body> {
    let result = receive(app, tenant, service, request).await;
    let (status, rejected) = match &result {
        Ok((_, rejected)) => (StatusCode::OK, *rejected),
        Err(problem) => (problem.status, 0),
    };
    tracing::info!(target: "curbside", request = %id.0, status = status.as_u16(), rejected, "feedback");
    match result {
        Ok((text, _)) => {
            let mut response = Response::new(Body::from(text));
            response.extensions_mut().insert(IsOutcome);
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(problem) => problem.into_response(),
    }
}

async fn receive(app: &App, tenant: Option<&str>, service: &str, request: Request) -> Result<(String, usize), Problem> {
    if app.gate.is_closing() {
        return Err(Problem::closing());
    }
    let (parts, content) = request.into_parts();
    let called = Called { tenant, service, behind: "/feedback" };
    called.exists(app, &parts.headers).await?;
    body::accepts_json(&parts.headers)?;
    let caller = app.trust.check(&parts.headers, tenant, &called.path()).await?;
    caller.may_call(service)?;
    let mut held = Held::default();
    let bytes = body::read(&parts.headers, content, MAX_BODY, &app.gate, &mut held).await?;
    let now = clock::millis();
    let mut issues = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let read = feedback::read(&bytes, now)?;
    let total = read.len();
    for item in read {
        match item {
            Ok(item) => items.push(item),
            Err(issue) => issues.push(issue),
        }
    }
    let sent: Vec<Item> = items.clone();
    let batch = FeedbackBatch { client: caller.key(), service: service.to_owned(), received: now, items };
    let received = app.store.feedback(batch).await.map_err(|_| Problem::unavailable("Feedback cannot be kept at the moment", 5))?;
    for (received, item) in received.into_iter().zip(&sent) {
        match received {
            Received::Kept { again: true, .. } => {}
            Received::Kept { card, again: false } => count(&app.metrics, card.as_ref(), item),
            Received::Foreign => {
                let text = "Item rejected: a suggestion is not one of this card's";
                issues.push(Issue::warning("value", text).at(place(item.index, "acceptedSuggestions")));
            }
        }
    }
    app.metrics.feedback_rejected.inc_by(u64::try_from(issues.len()).unwrap_or_default());
    let rejected = issues.len();
    if rejected > 0 && rejected == total {
        return Err(Problem::of(StatusCode::BAD_REQUEST, issues));
    }
    if issues.is_empty() {
        issues.push(Issue::information(format!("Processed {total} items")));
    }
    Ok((outcome(&issues), rejected))
}

/// Counts an item. Only a reason that the card itself offered is a label: others are anybody's words.
fn count(metrics: &Metrics, card: Option<&KnownCard>, item: &Item) {
    let code = item.reason.as_ref().map_or("", |reason| &reason.code);
    let reason = match card.and_then(|card| card.own_reason(code)) {
        Some(own) => own,
        None if code.is_empty() => "",
        None => "other",
    };
    let outcome = if item.accepted { "accepted" } else { "overridden" };
    metrics.feedback.get_or_create(&FeedbackLabels::new(card.map_or("", |card| &card.rule), outcome, reason)).inc();
}
