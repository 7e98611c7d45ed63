//! What every answer carries, errors included: ids, caching, CORS.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response, header};
use axum::middleware::{self, Next};
use axum::response::IntoResponse as _;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::{App, body};
use crate::wire::problem::{IsOutcome, Problem};

/// The id of a request, the client's own where it is a plain one.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Names the log's entry of an answer.
pub(super) const DECISION_ID: HeaderName = HeaderName::from_static("curbside-decision-id");

/// The layers, innermost first.
pub(super) fn around(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .layer(CompressionLayer::new().quality(tower_http::CompressionLevel::Fastest))
        .layer(cors(app))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!(target: "curbside", "a request failed in an unexpected way");
            Problem::internal().into_response()
        }))
        .layer(middleware::from_fn_with_state(App::clone(app), identify))
}

async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response<axum::body::Body> {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_plain(id)).map(str::to_owned);
    let id = given.unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let only_fhir = body::accepts_only_fhir(request.headers());
    let mut response = next.run(request).await;
    let is_outcome = response.extensions().get::<IsOutcome>().is_some();
    let headers = response.headers_mut();
    if is_outcome && only_fhir {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(body::FHIR));
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if app.config.tls.is_some() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn cors(app: &App) -> CorsLayer {
    let config = &app.config;
    let origins = config.cors_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let any = config.cors_origins.is_empty();
    CorsLayer::new()
        .allow_origin(if any { AllowOrigin::any() } else { AllowOrigin::list(origins) })
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT, REQUEST_ID, HeaderName::from_static("traceparent")])
        .expose_headers([REQUEST_ID, DECISION_ID, header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        // A public page that calls a server on the reader's own machine.
        .allow_private_network(any && config.listen.ip().is_loopback())
        .max_age(Duration::from_secs(600))
}
