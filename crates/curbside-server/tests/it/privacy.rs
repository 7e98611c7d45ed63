//! No patient's data leaves: a canary in every text of a request is searched for in all that is written.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::site::{Reply, Scripted, Site, put, view};

pub(crate) const CANARY: &str = "Zkanarienvogel";

/// Everything that is logged, by any library, at any level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Puts the canary into every text that is not a code the rules need.
fn infect(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let structural = [
                    "resourceType",
                    "hook",
                    "code",
                    "system",
                    "birthDate",
                    "reference",
                    "status",
                    "type",
                    "token_type",
                    "fhirServer",
                    "outcome",
                    "outcomeTimestamp",
                ];
                match value {
                    Value::String(_) if structural.contains(&name.as_str()) => {}
                    Value::String(text) if name == "id" || name == "patientId" => *text = format!("{text}-{CANARY}"),
                    Value::String(text) => *text = format!("{CANARY} {text}"),
                    other => infect(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(infect),
        _ => {}
    }
}

/// A request with the canary in every text.
pub(crate) fn infected() -> Value {
    let mut request = put(view(), "/prefetch/patient/name", json!([{"family": "x", "given": ["y"], "text": "z"}]));
    request = put(request, "/prefetch/patient/address", json!([{"line": ["x"], "city": "y"}]));
    request = put(request, "/fhirServer", json!("https://ehr.example.org/fhir"));
    let access = json!({"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "s", "subject": "x"});
    request = put(request, "/fhirAuthorization", access);
    infect(&mut request);
    request["fhirAuthorization"]["access_token"] = json!(format!("{CANARY}-token"));
    let patient = format!("Patient/p1-{CANARY}");
    put(request, "/prefetch/conditions/entry/0/resource/subject/reference", json!(patient))
}

#[tokio::test]
async fn t101_a_canary_is_seen_nowhere() {
    let log = Log::default();
    let writer = log.clone();
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    // The lines that the server lets through, at every level.
    let ours = tracing_subscriber::filter::filter_fn(|line| line.target() == "curbside");
    let subscriber = tracing_subscriber::registry().with(tracing_subscriber::Layer::with_filter(layer, ours));
    // For all threads: other tests log at the same time, and nothing of theirs may be seen either.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let site = Site::with(|_| {}, vec![Scripted::plugin("traps", |_, _| panic!("on purpose"))]).await;

    let request = infected();
    let reply = site.view(&request).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(!reply.text.contains("-token"));
    let card = reply.json()["cards"][0]["uuid"].clone();

    // Failures of every kind answer without it too.
    let text = request.to_string();
    for broken in [
        text.replace("\"hook\"", &format!("\"{CANARY}\"")),
        text.replacen('{', &format!("{{\"{CANARY}\":1,\"{CANARY}\":2,"), 1).replace(CANARY, "Zkanarienvogel with spaces"),
        format!("{text} {CANARY}"),
        put(request.clone(), "/prefetch", json!({CANARY: CANARY})).to_string(),
        put(request.clone(), "/context/patientId", json!(format!("{CANARY}/x"))).to_string(),
    ] {
        let reply = Reply::of(site.post("/cds-services/mini-view", broken)).await;
        assert!(reply.status.as_u16() >= 400, "{}", reply.text);
        assert!(!reply.text.contains(CANARY), "{}", reply.text);
    }
    let _ = site.call("traps", &request).await.summaries();
    let _ = Reply::of(site.post(&format!("/cds-services/{CANARY}"), text.clone())).await;
    let item = json!({"card": card, "outcome": "overridden", "overrideReason": {"reason": {"code": CANARY}, "userComment": CANARY},
        "outcomeTimestamp": "2026-05-04T09:13:02Z"});
    assert_eq!(site.feedback("mini-view", &json!({"feedback": [item]})).await.status, 200);

    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(!metrics.contains(CANARY), "{metrics}");
    assert!(!Reply::of(site.get("/readyz")).await.text.contains(CANARY));
    let folder = Arc::clone(&site.folder);
    site.stop().await;

    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("mini-view"), "the log is watched");
    assert!(!logged.contains(CANARY), "{logged}");
    // The store keeps one thing of a clinician's own words: the comment and the reason of feedback.
    let store = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    for table in ["decisions", "cards", "tokens", "meta"] {
        let mut rows = store.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let text = format!("{:?}", row.get_ref(column).unwrap().as_str().unwrap_or(""));
                assert!(!text.contains(CANARY), "{table}: {text}");
            }
        }
    }
}
