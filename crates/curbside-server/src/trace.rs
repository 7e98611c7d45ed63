//! Traces: where the time of a call went, for an OpenTelemetry collector that the operator names. A span holds names of
//! services and rules' packs, ids of ours and counts: nothing of a patient.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use axum::body::Bytes;
use axum::http::{HeaderMap, Request, Response};
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::Handle;

use crate::clock;
use crate::store::Entry;

/// Longest that the collector may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where spans go, where they go anywhere.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    to: Option<(SdkTracerProvider, SdkTracer)>,
}

/// Whose work a call is part of, and when its own parts began and ended.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    parent: SpanContext,
    started: SystemTime,
    parts: Vec<(&'static str, SystemTime, SystemTime)>,
}

impl Traces {
    /// Sends to the collector at this URL, which speaks OTLP over HTTP; needs a Tokio runtime.
    pub(crate) fn to(collector: &str) -> Result<Self, String> {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).no_proxy().build();
        let client = Collector { http: http.map_err(|error| error.to_string())?, runtime: Handle::current() };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpJson)
            .with_endpoint(format!("{collector}/v1/traces"))
            .build()
            .map_err(|error| error.to_string())?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder_empty().with_service_name("curbside").with_attribute(version).build();
        let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build();
        let tracer = provider.tracer("curbside");
        Ok(Self { to: Some((provider, tracer)) })
    }

    /// Tells the collector about a call that has ended.
    pub(crate) fn call(&self, trace: &Trace, entry: &Entry) {
        let Some((_, tracer)) = &self.to else { return };
        let text = |key: &'static str, value: &str| KeyValue::new(key, value.to_owned());
        let mut attributes = vec![
            text("http.request.method", "POST"),
            text("http.route", if entry.tenant.is_some() { "/t/{tenant}/cds-services/{id}" } else { "/cds-services/{id}" }),
            KeyValue::new("http.response.status_code", i64::from(entry.status)),
            text("curbside.service", &entry.service),
            text("curbside.hook", &entry.hook),
            text("curbside.decision", &entry.id),
            KeyValue::new("curbside.cards", i64::try_from(entry.cards.len()).unwrap_or(i64::MAX)),
        ];
        let named = [("curbside.client", &entry.client), ("curbside.tenant", &entry.tenant), ("error.type", &entry.error)];
        attributes.extend(named.into_iter().filter_map(|(key, value)| Some(text(key, value.as_deref()?))));
        let builder = tracer.span_builder(format!("call {}", entry.service)).with_kind(SpanKind::Server).with_attributes(attributes);
        let parent = match trace.id() {
            Some(_) => Context::new().with_remote_span_context(trace.parent.clone()),
            None => Context::new(),
        };
        let mut span = tracer.build_with_context(builder.with_start_time(trace.started), &parent);
        if entry.status >= 500 || entry.error.is_some() {
            span.set_status(Status::error(""));
        }
        let within = Context::new().with_remote_span_context(span.span_context().clone());
        for (name, from, to) in &trace.parts {
            let builder = tracer.span_builder(*name).with_kind(SpanKind::Internal).with_start_time(*from);
            tracer.build_with_context(builder, &within).end_with_timestamp(*to);
        }
        span.end_with_timestamp(clock::system_time());
    }

    /// Sends what has not been sent. Blocks.
    pub(crate) fn close(&self) {
        if let Some((provider, _)) = &self.to {
            // A collector that is not there has been complained about.
            let _ = provider.shutdown();
        }
    }
}

impl Trace {
    /// The trace that a request says it belongs to: the header `traceparent` of W3C Trace Context. `tracestate` holds
    /// what others say and is left alone.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let parent = headers.get("traceparent").and_then(|value| parse(value.to_str().ok()?));
        Self { parent: parent.unwrap_or(SpanContext::NONE), started: clock::system_time(), parts: Vec::new() }
    }

    /// Its id, where the request gave one.
    pub(crate) fn id(&self) -> Option<TraceId> {
        self.parent.is_valid().then(|| self.parent.trace_id())
    }

    /// Notes a part of the work that began then and ended now.
    pub(crate) fn part(&mut self, name: &'static str, from: SystemTime) {
        self.parts.push((name, from, clock::system_time()));
    }
}

fn parse(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, length| text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hex(version, 2) || version == "ff" || !is_hex(trace, 32) || !is_hex(span, 16) || !is_hex(flags, 2) {
        return None;
    }
    if version == "00" && parts.next().is_some() {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE)).filter(SpanContext::is_valid)
}

/// Speaks to the collector. The SDK sends from a thread of its own, the client works on the server's runtime.
struct Collector {
    http: reqwest::Client,
    runtime: Handle,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Collector")
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let response = http.execute(request.try_into()?).await?.error_for_status()?;
            let status = response.status();
            Ok::<_, reqwest::Error>((status, response.bytes().await?))
        });
        let sent = sent.await.map_err(HttpError::from).and_then(|sent| sent.map_err(HttpError::from));
        match sent {
            Ok((status, body)) => Ok(Response::builder().status(status).body(body)?),
            Err(error) => {
                tracing::warn!(target: "curbside", "traces could not be sent to the collector");
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_traceparent_as_the_standard_has_it_counts() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let parent = parse(good).unwrap();
        assert_eq!((parent.trace_id().to_string(), parent.is_sampled()), ("0af7651916cd43dd8448eb211c80319c".into(), true));
        assert!(!parse(&good.replace("-01", "-00")).unwrap().is_sampled());
        assert!(parse(&good.replace("00-0af", "01-0af").replace("-01", "-01-more")).is_some(), "a later version may have more");
        for bad in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-Patient-name-01",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
