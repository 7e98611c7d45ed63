//! Spans that an OpenTelemetry collector gets.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::privacy::{CANARY, infected};
use crate::site::{Reply, Site, view};

/// A collector that keeps what it is sent. Gives its URL.
async fn collector() -> (String, Arc<Mutex<Vec<String>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&kept);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = axum::routing::post(move |body: String| async move {
        keep.lock().unwrap().push(body);
        ([("content-type", "application/json")], "{}")
    });
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/v1/traces", answer)).await });
    (url, kept)
}

fn spans(kept: &[String]) -> Vec<Value> {
    let all = kept.iter().map(|body| serde_json::from_str::<Value>(body).unwrap());
    all.flat_map(|body| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_a_span_of_the_callers_trace_and_holds_nothing_of_a_patient() {
    let (url, kept) = collector().await;
    let site = Site::with(|config| config.traces = Some(url), Vec::new()).await;
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let send = |body: Value, parent: String| {
        Reply::of(site.post("/cds-services/mini-view", body.to_string()).header("traceparent", parent).header("tracestate", CANARY))
    };
    let reply = send(infected(), format!("00-{trace}-b7ad6b7169203331-01")).await;
    assert_eq!(reply.status, 200);
    assert_eq!(send(view(), format!("00-{trace}-b7ad6b7169203331-00")).await.status, 200, "not sampled, so not sent");
    assert_eq!(send(json!({}), CANARY.to_owned()).await.status, 400);
    let decision = reply.header("curbside-decision-id").to_owned();
    site.stop().await;

    let kept = kept.lock().unwrap().clone();
    assert!(!kept.concat().contains(CANARY), "{kept:?}");
    let spans = spans(&kept);
    let of_trace: Vec<&Value> = spans.iter().filter(|span| span["traceId"] == trace).collect();
    let call = of_trace.iter().find(|span| span["name"] == "call mini-view").unwrap();
    assert_eq!(call["parentSpanId"], "b7ad6b7169203331");
    let attribute =
        |span: &Value, key: &str| span["attributes"].as_array().unwrap().iter().find(|entry| entry["key"] == key).unwrap()["value"].clone();
    assert_eq!(attribute(call, "curbside.decision"), json!({"stringValue": decision}));
    assert_eq!(attribute(call, "curbside.hook"), json!({"stringValue": "patient-view"}));
    let parts: Vec<&str> =
        of_trace.iter().filter(|span| span["parentSpanId"] == call["spanId"]).map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(parts, ["read", "wait", "fetch", "decide"]);
    assert_eq!(of_trace.len(), 5);
    let alone = spans.iter().find(|span| span["traceId"] != trace && span["name"] == "call mini-view").unwrap();
    assert!(alone["parentSpanId"].as_str().is_none_or(str::is_empty), "{alone}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_not_there_disturbs_nobody() {
    let site = Site::with(|config| config.traces = Some("http://127.0.0.1:9".into()), Vec::new()).await;
    assert_eq!(site.view(&view()).await.status, 200);
    site.stop().await;
}
