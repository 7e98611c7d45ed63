//! One query to a FHIR server, page by page.

use std::collections::BTreeSet;
use std::time::Duration;

use curbside_fhir::Unanswered;
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

use super::Query;
use super::asked::{Asked, Whom};
use super::server::FhirServer;
use super::state::{KeyState, classify, next_page};
use super::template::Template;
use crate::clock;
use crate::secret::Secret;

/// Longest that one page may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Largest page, in bytes.
const MAX_PAGE: usize = 10 << 20;
/// Most pages and entries of one query.
const MAX_PAGES: usize = 10;
const MAX_ENTRIES: usize = 5000;

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

/// Runs a query about a patient.
pub(super) async fn fetch(server: &FhirServer, query: Query, whom: &Whom) -> Fetched {
    let key = query.key.clone();
    let Ok(_place) = server.places.acquire().await else { return Fetched { key, state: TRANSIENT, text: None } };
    match pages(server, query, whom).await {
        Ok((state, text)) => Fetched { key, state, text: Some(text) },
        Err(state) => Fetched { key, state, text: None },
    }
}

async fn pages(server: &FhirServer, query: Query, whom: &Whom) -> Result<(KeyState, String), KeyState> {
    let Query { template, url, first, .. } = query;
    let asked = Asked { template: Some(&template), whom };
    let mut pages: Vec<String> = first.into_iter().collect();
    let mut seen = BTreeSet::from([url.clone()]);
    let mut next = Some(url);
    let mut entries = 0;
    while let Some(url) = next.take() {
        let (page, state) = match page(server, url, &template, asked).await {
            Ok(page) => page,
            // What there is of the pages is still worth something.
            Err(state) if pages.is_empty() => return Err(state),
            Err(_) => return Ok((KeyState::Partial, merge(&pages, true))),
        };
        if pages.is_empty() && state != KeyState::Partial {
            return Ok((state, page));
        }
        let raw: &RawValue = serde_json::from_str(&page).map_err(|_| FAILED)?;
        let link = next_page(raw);
        let had_link = link.is_some();
        let link = link.and_then(|link| server.page(&link));
        entries += count(raw);
        pages.push(page);
        let more = pages.len() < MAX_PAGES && entries < MAX_ENTRIES;
        next = link.filter(|url| more && seen.insert(url.clone()));
        if had_link && next.is_none() {
            return Ok((KeyState::Partial, merge(&pages, true)));
        }
    }
    let text = merge(&pages, false);
    let state = serde_json::from_str(&text).map_or(KeyState::Invalid, |raw| classify(raw, asked));
    if state.is_known() { Ok((state, text)) } else { Err(FAILED) }
}

/// A page that says something, and what.
async fn page(server: &FhirServer, url: Url, template: &Template, asked: Asked<'_>) -> Result<(String, KeyState), KeyState> {
    let page = ask(server, url, template).await?;
    let state = serde_json::from_str(&page).map_or(KeyState::Invalid, |raw| classify(raw, asked));
    match state {
        state if state.is_known() => Ok((page, state)),
        // It was asked for the right thing: it is the server that failed.
        KeyState::Invalid => Err(FAILED),
        state => Err(state),
    }
}

async fn ask(server: &FhirServer, url: Url, template: &Template) -> Result<String, KeyState> {
    // A resource that is not there is knowledge; that there is no such search, or no such patient, is none.
    let may_be_absent = !template.is_search && template.kind != "Patient";
    let response = match send(server, url.clone()).await {
        // A connection kept too long: once more on a new one.
        Err(Unanswered::Interrupted) => send(server, url).await,
        other => other,
    };
    let response = response.map_err(|_| TRANSIENT)?;
    match response.status() {
        StatusCode::OK => text(response).await.ok_or(FAILED),
        StatusCode::UNAUTHORIZED => {
            server.refuse();
            Err(FAILED)
        }
        StatusCode::NOT_FOUND | StatusCode::GONE if may_be_absent => Ok("null".to_owned()),
        status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => Err(TRANSIENT),
        _ => Err(FAILED),
    }
}

async fn send(server: &FhirServer, url: Url) -> Result<Response, Unanswered> {
    let left = server.until.saturating_duration_since(clock::instant());
    if server.is_refused() || left.is_zero() {
        return Err(Unanswered::Unreached);
    }
    server.http.get(url, server.token.as_ref().map(Secret::reveal), left.min(PATIENCE)).await
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
