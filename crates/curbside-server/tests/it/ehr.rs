//! A FHIR server of faults: what it answers is written by the test, what it was asked is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};

/// What a path answers.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) delay: Duration,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    pub(crate) accept: Option<String>,
}

#[derive(Clone)]
pub(crate) struct Ehr {
    address: std::net::SocketAddr,
    answers: Arc<Mutex<BTreeMap<String, Answer>>>,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl Ehr {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ehr = Self { address: listener.local_addr().unwrap(), answers: Arc::default(), seen: Arc::default() };
        let app = Router::new().fallback(answer).with_state(ehr.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        ehr
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers everything that begins with a target: the longest that fits counts.
    pub(crate) fn answer(&self, target: &str, answer: Answer) {
        self.answers.lock().unwrap().insert(target.to_owned(), answer);
    }

    pub(crate) fn serve(&self, target: &str, body: String) {
        self.answer(target, Answer { status: 200, body, headers: Vec::new(), delay: Duration::ZERO });
    }

    pub(crate) fn fail(&self, target: &str, status: u16) {
        self.answer(target, Answer { status, body: "{}".into(), headers: Vec::new(), delay: Duration::ZERO });
    }

    pub(crate) fn hang(&self, target: &str) {
        self.answer(target, Answer { status: 200, body: "{}".into(), headers: Vec::new(), delay: Duration::from_secs(60) });
    }

    pub(crate) fn seen(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn targets(&self) -> Vec<String> {
        let mut targets: Vec<String> = self.seen().into_iter().map(|asked| asked.target).collect();
        targets.sort();
        targets
    }
}

async fn answer(State(ehr): State<Ehr>, request: Request<Body>) -> Response<Body> {
    let (request, _) = request.into_parts();
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let target = request.uri.path_and_query().unwrap().to_string();
    ehr.seen.lock().unwrap().push(Asked {
        method: request.method.to_string(),
        target: target.clone(),
        authorization: header("authorization"),
        accept: header("accept"),
    });
    let found =
        ehr.answers.lock().unwrap().iter().rev().find(|(known, _)| target.starts_with(known.as_str())).map(|(_, answer)| answer.clone());
    let Some(found) = found else { return Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty()).unwrap() };
    tokio::time::sleep(found.delay).await;
    let response = Response::builder().status(found.status).header("content-type", "application/fhir+json");
    found.headers.iter().fold(response, |response, (name, value)| response.header(name, value)).body(Body::from(found.body)).unwrap()
}
