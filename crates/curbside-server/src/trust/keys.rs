//! Public keys of clients: JWK Sets in files or at URLs, kept for a while and fetched again when they rotate.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::clock;
use crate::config::Keys;

/// How long keys are used without asking again.
const FRESH: Duration = Duration::from_secs(600);
/// How long keys are used while they cannot be asked for.
const STALE: Duration = Duration::from_secs(24 * 3600);
/// How often an unknown key makes us ask again.
const FORCED: Duration = Duration::from_secs(60);
/// Longest that asking may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// Largest set that is read, in bytes and keys.
const MAX_BYTES: usize = 256 << 10;
const MAX_KEYS: usize = 100;
/// Smallest RSA modulus, in bytes.
const MIN_MODULUS: usize = 256;

/// The keys of a client.
#[derive(Debug)]
pub(super) struct KeySet {
    source: Keys,
    state: Mutex<State>,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoKey {
    /// The client has no such key.
    Unknown,
    /// The keys cannot be had at the moment.
    Unavailable,
}

#[derive(Debug, Default)]
struct State {
    keys: Vec<Jwk>,
    loaded: Option<Instant>,
    forced: Option<Instant>,
}

#[derive(Clone, Debug, Deserialize)]
struct Jwk {
    kid: String,
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    pub(super) fn new(source: Keys) -> Self {
        Self { source, state: Mutex::default() }
    }

    /// The one key with this id that fits the algorithm.
    pub(super) async fn find(&self, kid: &str, algorithm: Algorithm) -> Result<DecodingKey, NoKey> {
        // Whoever asks waits for the one who is already asking.
        let mut state = self.state.lock().await;
        let now = clock::instant();
        if state.loaded.is_none_or(|at| now.duration_since(at) > FRESH) {
            match self.load().await {
                Some(keys) => (state.keys, state.loaded) = (keys, Some(now)),
                None if state.loaded.is_none_or(|at| now.duration_since(at) > STALE) => return Err(NoKey::Unavailable),
                None => {}
            }
        }
        if !state.keys.iter().any(|key| key.kid == kid) && state.forced.is_none_or(|at| now.duration_since(at) > FORCED) {
            state.forced = Some(now);
            if let Some(keys) = self.load().await {
                (state.keys, state.loaded) = (keys, Some(now));
            }
        }
        let mut fitting = state.keys.iter().filter(|key| key.kid == kid);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => key.decoding_key(algorithm).ok_or(NoKey::Unknown),
            _ => Err(NoKey::Unknown),
        }
    }

    async fn load(&self) -> Option<Vec<Jwk>> {
        let bytes = match &self.source {
            Keys::File(path) => read_file(path)?,
            Keys::Url(url) => tokio::time::timeout(PATIENCE, fetch(url)).await.ok()??,
        };
        parse(&bytes)
    }
}

fn read_file(path: &Path) -> Option<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "the server reads the keys it is given")]
    std::fs::read(path).ok()
}

async fn fetch(url: &str) -> Option<Vec<u8>> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().ok()?;
    let mut response = client.get(url).header("accept", "application/json").send().await.ok()?;
    if response.status() != reqwest::StatusCode::OK {
        return None;
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            return None;
        }
        bytes.extend_from_slice(&chunk);
    }
    Some(bytes)
}

/// The keys of a set; those of kinds that we do not know are passed over.
fn parse(bytes: &[u8]) -> Option<Vec<Jwk>> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(bytes).ok()?;
    if set.keys.len() > MAX_KEYS {
        return None;
    }
    Some(set.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect())
}

impl Jwk {
    fn decoding_key(&self, algorithm: Algorithm) -> Option<DecodingKey> {
        let name = match algorithm {
            Algorithm::ES384 => "ES384",
            _ => "RS384",
        };
        let signs = self.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let verifies = self.key_ops.as_ref().is_none_or(|ops| ops.iter().any(|op| op == "verify"));
        if !signs || !verifies || self.alg.as_deref().is_some_and(|alg| alg != name) {
            return None;
        }
        match (algorithm, self.kty.as_str()) {
            (Algorithm::ES384, "EC") if self.crv.as_deref() == Some("P-384") => {
                DecodingKey::from_ec_components(self.x.as_deref()?, self.y.as_deref()?).ok()
            }
            (Algorithm::RS384, "RSA") => {
                let (n, e) = (self.n.as_deref()?, self.e.as_deref()?);
                let modulus = URL_SAFE_NO_PAD.decode(n).ok()?;
                let exponent = URL_SAFE_NO_PAD.decode(e).ok()?;
                let long = modulus.iter().skip_while(|byte| **byte == 0).count() >= MIN_MODULUS;
                let odd = exponent.last().is_some_and(|byte| byte % 2 == 1) && exponent != [1];
                (long && odd).then(|| DecodingKey::from_rsa_components(n, e).ok()).flatten()
            }
            _ => None,
        }
    }
}
