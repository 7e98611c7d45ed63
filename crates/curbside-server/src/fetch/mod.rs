//! What prefetch lacks, fetched from the EHR's FHIR server within the deadline.

pub(crate) mod state;
pub(crate) mod template;

use std::collections::BTreeMap;
use std::time::Instant;

use serde_json::value::RawValue;

use crate::config::Config;
use crate::metrics::Metrics;
use crate::rules::Bound;
use crate::trust::Caller;
use crate::wire::envelope::Envelope;
use state::{KeyState, classify};
use std::sync::Arc;

/// Asks EHRs' FHIR servers.
#[derive(Debug)]
pub(crate) struct Fetcher {}

/// What is known of a call's record before any rule runs.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    /// Each declared key that did not come with data.
    pub(crate) keys: BTreeMap<String, KeyState>,
    /// What was fetched, by key.
    pub(crate) fetched: Vec<(String, String)>,
    /// Whether anything at all is known about the patient.
    pub(crate) any_known: bool,
}

impl Fetcher {
    pub(crate) fn new(_config: &Config, _metrics: &Arc<Metrics>) -> Self {
        Self {}
    }

    /// What came with a call, and what was fetched for it.
    pub(crate) async fn gather(&self, call: &Envelope<'_>, bound: &Bound, _caller: &Caller, _until: Instant) -> Gathered {
        look(call, bound)
    }
}

/// What came with a call.
fn look(call: &Envelope<'_>, bound: &Bound) -> Gathered {
    let mut gathered = Gathered { any_known: bound.templates.is_empty(), ..Gathered::default() };
    let patient = call.subject.patient.as_deref();
    for (key, template) in &*bound.templates {
        let state = sent(call, key).map_or(KeyState::NotProvided, |raw| classify(raw, Some(template), patient));
        gathered.any_known |= state.is_known();
        if state != KeyState::Data {
            gathered.keys.insert(key.clone(), state);
        }
    }
    let declared = |key: &str| bound.templates.keys().any(|known| known.eq_ignore_ascii_case(key));
    for (_, raw) in call.prefetch.iter().flatten().filter(|(key, _)| !declared(key)) {
        gathered.any_known |= matches!(classify(raw, None, patient), KeyState::Data | KeyState::Partial);
    }
    gathered
}

/// What a client sent under a key, whatever the case of its letters.
fn sent<'a>(call: &Envelope<'a>, key: &str) -> Option<&'a RawValue> {
    let prefetch = call.prefetch.as_ref()?;
    let exact = prefetch.iter().find(|(name, _)| name == key);
    exact.or_else(|| prefetch.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))).map(|(_, raw)| *raw)
}
