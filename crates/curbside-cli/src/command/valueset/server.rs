//! A FHIR terminology server: `ValueSet/$expand`, a page at a time.

use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::expansion::Expansion;

/// How many codes are asked for at once.
const PAGE: usize = 1000;
/// Most codes that a value set of a pack may have.
const MOST: usize = 200_000;
/// Largest answer that is read, in bytes.
const LARGEST: usize = 64 << 20;
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A terminology server.
pub(super) struct Server {
    address: String,
    client: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl Server {
    /// The server at a base address, with headers to send.
    ///
    /// # Errors
    ///
    /// A sentence: no address, no header.
    pub(super) fn new(base: &str, headers: &[String]) -> Result<Self, String> {
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(format!("`{base}` is no address of a server; write https://…"));
        }
        let mut all = HeaderMap::new();
        for header in headers {
            let wrong = || "a header is `NAME: VALUE`".to_owned();
            let (name, value) = header.split_once(':').ok_or_else(wrong)?;
            let mut value = HeaderValue::from_str(value.trim()).map_err(|_| wrong())?;
            value.set_sensitive(true);
            all.insert(HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| wrong())?, value);
        }
        // A second one changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().default_headers(all).timeout(PATIENCE).build().map_err(|error| error.to_string())?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        Ok(Self { address: format!("{}/ValueSet/$expand", base.trim_end_matches('/')), client, runtime })
    }

    /// All codes of a value set.
    ///
    /// # Errors
    ///
    /// A sentence: the server cannot be reached, refuses, or answers something else.
    pub(super) fn expand(&self, set: &Value) -> Result<Expansion, String> {
        let mut all = self.page(set, 0)?;
        while let Some(total) = all.total.filter(|total| *total > all.sent) {
            if total > MOST {
                return Err(format!("{total} codes are more than a pack holds, {MOST}"));
            }
            let page = self.page(set, all.sent)?;
            // A server that does not know pages would send the first one for ever.
            if page.sent == 0 || page.codes.first() == all.codes.first() {
                return Err(format!("the server says {total} codes and sends {}", all.sent));
            }
            all.join(page);
        }
        Ok(all)
    }

    fn page(&self, set: &Value, offset: usize) -> Result<Expansion, String> {
        let asked = json!({
            "resourceType": "Parameters",
            "parameter": [
                {"name": "valueSet", "resource": set},
                {"name": "count", "valueInteger": PAGE},
                {"name": "offset", "valueInteger": offset},
            ],
        });
        let (status, body) = self.runtime.block_on(self.post(asked.to_string()))?;
        let answer: Value = serde_json::from_slice(&body).map_err(|_| format!("the answer (status {status}) is no JSON"))?;
        if let Some(why) = refusal(&answer) {
            return Err(why);
        }
        if !status.is_success() {
            return Err(format!("status {status}"));
        }
        Expansion::read(&answer)
    }

    async fn post(&self, body: String) -> Result<(reqwest::StatusCode, Vec<u8>), String> {
        let request = self.client.post(&self.address).header(CONTENT_TYPE, "application/fhir+json").header(ACCEPT, "application/fhir+json");
        let failed = |error: reqwest::Error| error.without_url().to_string();
        let mut response = request.body(body).send().await.map_err(failed)?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Err(format!("the answer is larger than {} MiB", LARGEST >> 20));
            }
        }
        Ok((response.status(), bytes))
    }
}

/// What a server says when it refuses.
fn refusal(answer: &Value) -> Option<String> {
    if answer.get("resourceType").and_then(Value::as_str) != Some("OperationOutcome") {
        return None;
    }
    let issues = answer.get("issue").and_then(Value::as_array).into_iter().flatten();
    let says: Vec<&str> = issues
        .filter_map(|issue| {
            let text = |name: &str| issue.get(name).and_then(Value::as_str);
            text("diagnostics").or_else(|| issue.get("details")?.get("text")?.as_str()).or_else(|| text("code"))
        })
        .collect();
    Some(format!("the server refuses: {}", says.join("; ")))
}
