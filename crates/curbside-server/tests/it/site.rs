//! A real server on a port of its own, and the requests that tests send it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbside_server::config::{Config, Tenant};
use curbside_server::store::{Entry, PackUsed, Store, Url};
use curbside_server::{Backend, Failed, Offered, Runtime, Server};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

pub(crate) struct Site {
    pub(crate) base: String,
    pub(crate) client: Client,
    pub(crate) folder: Arc<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<tokio::task::JoinHandle<()>>,
}

pub(crate) fn mini() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs/mini")
}

impl Site {
    /// The small pack, with nothing set.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}, Vec::new()).await
    }

    pub(crate) async fn with(set: impl FnOnce(&mut Config), more: Vec<Arc<dyn Backend>>) -> Self {
        Self::of(Arc::new(TempDir::new().unwrap()), set, more).await
    }

    /// A site whose state is in a folder: the small pack unless `set` says otherwise, and more.
    pub(crate) async fn of(folder: Arc<TempDir>, set: impl FnOnce(&mut Config), more: Vec<Arc<dyn Backend>>) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            store: Url::Sqlite(folder.path().join("state.db")),
            deadline: Duration::from_secs(5),
            rules: Tenant { packs: vec![mini()], ..Tenant::default() },
            watch_every: Duration::from_millis(50),
            ..Config::default()
        };
        set(&mut config);
        let server = Server::bind(config, Runtime { more, ..Runtime::default() }).await.unwrap();
        let base = format!("http://{}", server.address().unwrap());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async move { drop(stopped.await) }));
        let client = Client::builder().no_gzip().no_proxy().build().unwrap();
        Self { base, client, folder, stop: Some(stop), running: Some(running) }
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap();
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn begin_stop(&mut self) {
        drop(self.stop.take());
    }

    pub(crate) async fn stopped(&mut self) {
        self.running.take().unwrap().await.unwrap();
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    pub(crate) fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.client.post(self.url(path)).header("content-type", "application/json").body(body)
    }

    /// Calls a service with a body.
    pub(crate) async fn call(&self, service: &str, body: &Value) -> Reply {
        Reply::of(self.post(&format!("/cds-services/{service}"), body.to_string())).await
    }

    pub(crate) async fn view(&self, body: &Value) -> Reply {
        self.call("mini-view", body).await
    }

    pub(crate) async fn feedback(&self, service: &str, body: &Value) -> Reply {
        Reply::of(self.post(&format!("/cds-services/{service}/feedback"), body.to_string())).await
    }
}

/// The log's entry of an answer, once the server has stopped.
pub(crate) async fn logged(folder: &TempDir, reply: &Reply) -> Entry {
    let store = Store::open(&Url::Sqlite(folder.path().join("state.db"))).await.unwrap();
    let entry = store.find(reply.header("curbside-decision-id")).await.unwrap().unwrap();
    store.close().await;
    entry
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The summaries of its cards.
    pub(crate) fn summaries(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()["cards"].as_array().unwrap().iter().map(|card| card["summary"].as_str().unwrap().to_owned()).collect()
    }

    /// Asserts an `OperationOutcome` with this status; gives its first issue.
    pub(crate) fn refused(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/json");
        let body = self.json();
        assert_eq!(body["resourceType"], "OperationOutcome", "{body}");
        body["issue"][0].clone()
    }
}

/// A request about an adult with diabetes.
pub(crate) fn view() -> Value {
    json!({
        "hook": "patient-view",
        "hookInstance": "6b1f3f64-2c0b-4a55-9e43-7a1c2b7a9f10",
        "context": {"userId": "Practitioner/1", "patientId": "p1"},
        "prefetch": {
            "patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1979-03-14"},
            "conditions": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": diabetes("p1")}]}
        }
    })
}

pub(crate) fn diabetes(patient: &str) -> Value {
    json!({
        "resourceType": "Condition", "id": "c1",
        "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}]},
        "subject": {"reference": format!("Patient/{patient}")}
    })
}

/// A request about a draft order of insulin.
pub(crate) fn sign() -> Value {
    json!({
        "hook": "order-sign",
        "hookInstance": "3f1dde72-162b-11ec-99e8-0050568b7be6",
        "context": {"userId": "Practitioner/1", "patientId": "p1", "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": {
            "resourceType": "MedicationRequest", "id": "d1", "status": "draft", "intent": "order",
            "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "A10AB01"}]},
            "subject": {"reference": "Patient/p1"}
        }}]}},
        "prefetch": {"patient": {"resourceType": "Patient", "id": "p1", "birthDate": "1979-03-14"}}
    })
}

/// A copy with a value put at a JSON pointer.
pub(crate) fn put(mut value: Value, pointer: &str, new: Value) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap()[key] = new;
    value
}

/// A copy without what a JSON pointer names.
pub(crate) fn without(mut value: Value, pointer: &str) -> Value {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
    value
}

/// A plug-in whose behaviour a test writes.
pub(crate) struct Scripted {
    services: Vec<Offered>,
    identity: PackUsed,
    answer: Box<dyn Fn(&str, Duration) -> Result<String, Failed> + Send + Sync>,
    keeps_time: bool,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl Scripted {
    pub(crate) fn plugin(id: &str, answer: impl Fn(&str, Duration) -> Result<String, Failed> + Send + Sync + 'static) -> Arc<dyn Backend> {
        Arc::new(Self::new(id, answer))
    }

    /// One that ends in time.
    pub(crate) fn punctual(
        id: &str,
        answer: impl Fn(&str, Duration) -> Result<String, Failed> + Send + Sync + 'static,
    ) -> Arc<dyn Backend> {
        Arc::new(Self { keeps_time: true, ..Self::new(id, answer) })
    }

    fn new(id: &str, answer: impl Fn(&str, Duration) -> Result<String, Failed> + Send + Sync + 'static) -> Self {
        let offered = Offered { id: id.to_owned(), hook: "patient-view".into(), description: "Scripted.".into(), ..Offered::default() };
        let identity = PackUsed { id: id.to_owned(), digest: format!("sha256:{id}"), ..PackUsed::default() };
        Self { services: vec![offered], identity, answer: Box::new(answer), keeps_time: false }
    }
}

impl Backend for Scripted {
    fn services(&self) -> &[Offered] {
        &self.services
    }

    fn identity(&self) -> &PackUsed {
        &self.identity
    }

    fn keeps_time(&self) -> bool {
        self.keeps_time
    }

    fn call(&self, _: &str, request: &str, _: &str, within: Duration) -> Result<String, Failed> {
        (self.answer)(request, within)
    }
}
