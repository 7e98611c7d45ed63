//! One query to a FHIR server, page by page.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::Query;
use super::server::FhirServer;
use super::state::{KeyState, classify, next_page};
use crate::clock;

/// Longest that one page may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Largest page, in bytes.
const MAX_PAGE: usize = 10 << 20;
/// Most pages and entries of one query.
const MAX_PAGES: usize = 10;
const MAX_ENTRIES: usize = 5000;

/// Cheap to clone; keeps connections.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: Option<reqwest::Client>,
}

/// What came of a query.
#[derive(Debug)]
pub(super) struct Fetched {
    pub(super) key: String,
    pub(super) state: KeyState,
    /// The resource, or the pages as one Bundle.
    pub(super) text: Option<String>,
}

const TRANSIENT: KeyState = KeyState::Failed { transient: true };
const FAILED: KeyState = KeyState::Failed { transient: false };

impl Client {
    pub(super) fn new() -> Self {
        let builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("curbside/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(PATIENCE)
            .no_proxy();
        Self { http: builder.build().ok() }
    }

    /// Runs a query.
    pub(super) async fn fetch(&self, server: &FhirServer, query: Query, patient: Option<&str>) -> Fetched {
        let key = query.key.clone();
        let Ok(_place) = server.places.acquire().await else { return Fetched { key, state: TRANSIENT, text: None } };
        match self.pages(server, query, patient).await {
            Ok((state, text)) => Fetched { key, state, text: Some(text) },
            Err(state) => Fetched { key, state, text: None },
        }
    }

    async fn pages(&self, server: &FhirServer, query: Query, patient: Option<&str>) -> Result<(KeyState, String), KeyState> {
        let Query { template, url, first, .. } = query;
        let mut pages: Vec<String> = first.into_iter().collect();
        let mut seen = BTreeSet::from([url.clone()]);
        let mut next = Some(url);
        let mut entries = 0;
        while let Some(url) = next.take() {
            let page = match self.page(server, url, &template.kind).await {
                Ok(page) => page,
                // What there is of the pages is still worth something.
                Err(state) if pages.is_empty() => return Err(state),
                Err(_) => return Ok((KeyState::Partial, merge(&pages, true))),
            };
            let raw: &RawValue = serde_json::from_str(&page).map_err(|_| FAILED)?;
            let state = classify(raw, Some(&template), patient);
            if pages.is_empty() && state != KeyState::Partial {
                return if state.is_known() { Ok((state, page)) } else { Err(if state == KeyState::Invalid { FAILED } else { state }) };
            }
            let link = next_page(raw).and_then(|link| server.page(&link));
            let had_link = next_page(raw).is_some();
            entries += count(raw);
            pages.push(page);
            let more = pages.len() < MAX_PAGES && entries < MAX_ENTRIES;
            next = link.filter(|url| more && seen.insert(url.clone()));
            if had_link && next.is_none() {
                return Ok((KeyState::Partial, merge(&pages, true)));
            }
        }
        Ok((KeyState::Data, merge(&pages, false)))
    }

    async fn page(&self, server: &FhirServer, url: Url, kind: &str) -> Result<String, KeyState> {
        let is_patient = kind == "Patient";
        let response = match self.send(server, url.clone()).await {
            // A connection kept too long: once more on a new one.
            Err(error) if error.is_request() && !error.is_timeout() && !error.is_connect() => self.send(server, url).await,
            other => other,
        };
        let response = response.map_err(|_| TRANSIENT)?;
        match response.status() {
            StatusCode::OK => text(response).await.ok_or(FAILED),
            StatusCode::UNAUTHORIZED => {
                server.refuse();
                Err(FAILED)
            }
            StatusCode::NOT_FOUND | StatusCode::GONE if !is_patient => Ok("null".to_owned()),
            status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => Err(TRANSIENT),
            _ => Err(FAILED),
        }
    }

    async fn send(&self, server: &FhirServer, url: Url) -> Result<Response, Unsent> {
        let left = server.until.saturating_duration_since(clock::instant());
        let http = self.http.as_ref().filter(|_| !server.is_refused() && !left.is_zero()).ok_or(Unsent(None))?;
        let mut request = http.get(url).header("accept", "application/fhir+json").timeout(left.min(PATIENCE));
        if let Some(token) = &server.token {
            request = request.bearer_auth(token.reveal());
        }
        request.send().await.map_err(|error| Unsent(Some(error.without_url())))
    }
}

/// A request that has no answer; `None` where it was not sent.
struct Unsent(Option<reqwest::Error>);

impl Unsent {
    fn is_request(&self) -> bool {
        self.0.as_ref().is_some_and(reqwest::Error::is_request)
    }

    fn is_timeout(&self) -> bool {
        self.0.as_ref().is_some_and(reqwest::Error::is_timeout)
    }

    fn is_connect(&self) -> bool {
        self.0.as_ref().is_some_and(reqwest::Error::is_connect)
    }
}

async fn text(mut response: Response) -> Option<String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > MAX_PAGE {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes).ok()?;
    (!crate::wire::json::too_deep(text.as_bytes())).then_some(text)
}

#[derive(Deserialize)]
struct Entries<'a> {
    #[serde(borrow, default)]
    entry: Vec<&'a RawValue>,
}

fn count(page: &RawValue) -> usize {
    serde_json::from_str::<Entries<'_>>(page.get()).map_or(0, |page| page.entry.len())
}

/// Pages as one Bundle; where a page is missing it says so, for the engine to know.
fn merge(pages: &[String], incomplete: bool) -> String {
    let mut text = String::from("{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
    if incomplete {
        text.push_str(",\"link\":[{\"relation\":\"next\",\"url\":\"urn:curbside:not-read\"}]");
    }
    text.push_str(",\"entry\":[");
    let mut first = true;
    for page in pages {
        let Ok(page) = serde_json::from_str::<Entries<'_>>(page) else { continue };
        for entry in page.entry {
            if !std::mem::take(&mut first) {
                text.push(',');
            }
            text.push_str(entry.get());
        }
    }
    text.push_str("]}");
    text
}
