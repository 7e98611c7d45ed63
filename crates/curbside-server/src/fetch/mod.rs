//! What prefetch lacks, fetched from the EHR's FHIR server: in parallel, page by page, within the deadline,
//! with the token of the call and only from servers that the configuration lists.

mod asked;
mod beginning;
mod client;
mod server;
pub(crate) mod state;
pub(crate) mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use curbside_fhir::Connections;
use serde_json::value::RawValue;
use tokio::task::JoinSet;

use crate::metrics::{Metrics, ResultLabels};
use crate::rules::Bound;
use crate::trust::Caller;
use crate::wire::envelope::Envelope;
use crate::wire::problem::Problem;
use asked::{Asked, Whom};
use client::{Fetched, fetch};
use server::FhirServer;
use state::{KeyState, classify, next_page};
use template::Template;

/// Asks EHRs' FHIR servers.
#[derive(Debug)]
pub(crate) struct Fetcher {
    /// `None` where this machine cannot speak TLS: then nothing is fetched.
    connections: Option<Connections>,
    metrics: Arc<Metrics>,
}

/// What is known of a call's record before any rule runs.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Each declared key that has no data, or not all of it.
    pub(crate) keys: BTreeMap<String, KeyState>,
    /// Keys under which something came that is no answer: the rules are not shown it.
    pub(crate) discarded: BTreeSet<String>,
    /// What was fetched, by key.
    pub(crate) fetched: Vec<(String, String)>,
    /// Whether anything at all is known about the patient.
    pub(crate) any_known: bool,
}

impl Gathered {
    /// Words for the log: what became of each key that has no data, or not all of it. What was discarded and is not known
    /// from elsewhere is said to be invalid, so that the request can be composed again.
    pub(crate) fn words(&self) -> BTreeMap<String, String> {
        let word = |(key, state): (&String, &KeyState)| {
            let state = if self.discarded.contains(key) && !state.is_known() { KeyState::Invalid } else { *state };
            (key.clone(), state.word().to_owned())
        };
        self.keys.iter().map(word).collect()
    }
}

impl Fetcher {
    pub(crate) fn new(metrics: &Arc<Metrics>) -> Self {
        let agent = concat!("curbside/", env!("CARGO_PKG_VERSION"));
        Self { connections: Connections::new(agent, client::PATIENCE).ok(), metrics: Arc::clone(metrics) }
    }

    /// What came with a call, and what was fetched for it by the time that is given.
    pub(crate) async fn gather(&self, call: &Envelope<'_>, bound: &Bound, caller: &Caller, until: Instant) -> Result<Gathered, Problem> {
        if let Some(access) = &call.access {
            caller.check_subject(access.subject.as_deref())?;
        }
        let whom = Arc::new(Whom::of(call));
        let mut gathered = look(call, bound, &whom);
        let wanted: Vec<&String> = gathered.keys.iter().filter(|(_, state)| is_worth_asking(**state)).map(|(key, _)| key).collect();
        if wanted.is_empty() {
            return Ok(gathered);
        }
        let server = self.connections.as_ref().and_then(|connections| FhirServer::of(call, connections, caller.fhir(), until));
        let Some(server) = server else { return Ok(gathered) };
        let server = Arc::new(server);
        let mut queries = JoinSet::new();
        for key in wanted {
            let Some(template) = bound.templates.get(key) else { continue };
            let Some(query) = query(call, &server, key, template, &whom) else { continue };
            let (server, whom) = (Arc::clone(&server), Arc::clone(&whom));
            queries.spawn(async move { fetch(&server, query, &whom).await });
        }
        // What is not there in time is dropped, connection and all.
        while let Ok(Some(done)) = tokio::time::timeout_at(until.into(), queries.join_next()).await {
            let Ok(Fetched { key, state, text }) = done else { continue };
            self.metrics.fetches.get_or_create(&ResultLabels::new(state.word())).inc();
            gathered.any_known |= state.is_known();
            if let Some(text) = text.filter(|_| state.is_known()) {
                gathered.fetched.push((key.clone(), text));
            }
            gathered.keys.insert(key, state);
        }
        if !queries.is_empty() {
            self.metrics.fetches.get_or_create(&ResultLabels::new("late")).inc_by(u64::try_from(queries.len()).unwrap_or_default());
            let late = KeyState::Failed { transient: true };
            let waiting = |key: &String| !gathered.fetched.iter().any(|(done, _)| done == key);
            for (key, state) in &mut gathered.keys {
                if matches!(state, KeyState::NotProvided | KeyState::Invalid) && waiting(key) {
                    *state = late;
                }
            }
        }
        gathered.keys.retain(|_, state| *state != KeyState::Data);
        // The order in which answers came must not show.
        gathered.fetched.sort();
        Ok(gathered)
    }
}

/// Whether asking the FHIR server may tell more. What the client looked for and did not find is known;
/// what it could not read, we could not either, unless it was a passing fault.
const fn is_worth_asking(state: KeyState) -> bool {
    matches!(state, KeyState::NotProvided | KeyState::Invalid | KeyState::Partial | KeyState::Failed { transient: true })
}

/// A query for a key.
#[derive(Debug)]
struct Query {
    key: String,
    template: Template,
    url: url::Url,
    /// The page that the client sent, where it sent one of several.
    first: Option<String>,
}

fn query(call: &Envelope<'_>, server: &FhirServer, key: &str, template: &Template, whom: &Whom) -> Option<Query> {
    let page = sent(call, key).filter(|raw| classify(raw, Asked { template: Some(template), whom }) == KeyState::Partial);
    let (url, first) = match page {
        Some(page) => (server.page(&next_page(page)?)?, Some(page.get().to_owned())),
        None => (server.url(&template.url(&call.subject)?)?, None),
    };
    Some(Query { key: key.to_owned(), template: template.clone(), url, first })
}

/// What came with a call.
fn look(call: &Envelope<'_>, bound: &Bound, whom: &Whom) -> Gathered {
    let mut gathered = Gathered { any_known: bound.templates.is_empty(), ..Gathered::default() };
    for (key, template) in &*bound.templates {
        let state = sent(call, key).map_or(KeyState::NotProvided, |raw| classify(raw, Asked { template: Some(template), whom }));
        gathered.any_known |= state.is_known();
        if state == KeyState::Invalid {
            gathered.discarded.insert(key.clone());
        }
        if state != KeyState::Data {
            gathered.keys.insert(key.clone(), state);
        }
    }
    let declared = |key: &str| bound.templates.keys().any(|known| known.eq_ignore_ascii_case(key));
    for (_, raw) in call.prefetch.iter().flatten().filter(|(key, _)| !declared(key)) {
        gathered.any_known |= matches!(classify(raw, Asked { template: None, whom }), KeyState::Data | KeyState::Partial);
    }
    gathered
}

/// What a client sent under a key, whatever the case of its letters.
fn sent<'a>(call: &Envelope<'a>, key: &str) -> Option<&'a RawValue> {
    let prefetch = call.prefetch.as_ref()?;
    let exact = prefetch.iter().find(|(name, _)| name == key);
    exact.or_else(|| prefetch.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))).map(|(_, raw)| *raw)
}
