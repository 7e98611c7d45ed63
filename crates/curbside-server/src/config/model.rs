//! What an operator sets, read and checked.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::store;

/// What an operator sets. [`Config::default`] is what `curbside serve` does without a file.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// How clients reach the server: what audiences of tokens are checked against. Without a slash at the end.
    pub public_url: String,
    /// Longest time to an answer, from the moment the body is there.
    pub deadline: Duration,
    /// Largest body, in bytes, also after decompression.
    pub max_body: usize,
    /// Most calls that are answered at once.
    pub concurrency: usize,
    /// Most calls that wait for their turn.
    pub queue: usize,
    /// Most cards of an answer.
    pub max_cards: usize,
    /// How often a client may call; where none is listed, how often a tenant is called. `None` means as often as it likes.
    pub rate: Option<Rate>,
    /// The zone in which days begin and end.
    pub tz: String,
    /// Origins that browsers may call from; none means any.
    pub cors_origins: Vec<String>,
    /// Whether discovery too needs a token.
    pub auth_discovery: bool,
    /// Certificate and key, where the server itself speaks TLS.
    pub tls: Option<Tls>,
    /// Whether TLS ends at a proxy before the server, so that plain HTTP may be spoken on other than loopback.
    pub trust_proxy_tls: bool,
    /// Whether an open server, or plain HTTP, on other than loopback is meant.
    pub insecure: bool,
    /// Where state is kept.
    pub store: store::Url,
    /// How long decisions are kept.
    pub retention: Duration,
    /// Where recorded requests go, where they are recorded.
    pub record: Option<PathBuf>,
    /// Whether they are recorded as they came, names and all.
    pub record_raw: bool,
    /// URL of an OpenTelemetry collector that speaks OTLP over HTTP, without a slash at the end.
    pub traces: Option<String>,
    /// Where rules that were in force are kept; `None` beside a SQLite store, else nowhere.
    pub history: Option<PathBuf>,
    /// How often it is looked whether rules changed on disk.
    pub watch_every: Duration,
    /// How plug-ins and packs run.
    pub sandbox: Sandbox,
    /// The rules of callers without a tenant.
    pub rules: Tenant,
    /// The rules of tenants, by name.
    pub tenants: BTreeMap<String, Tenant>,
    /// Who may call; nobody listed means anybody.
    pub clients: Vec<Client>,
    /// FHIR servers that may be asked where no client is listed.
    pub fhir: FhirServers,
}

/// FHIR servers that may be asked for what prefetch lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FhirServers {
    /// Base URLs, without a slash at the end.
    pub bases: Vec<String>,
    /// Whether they may be asked without a token: for test servers.
    pub anonymous: bool,
}

/// Which rules, and how they are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenant {
    /// Packs, or folders of packs.
    pub packs: Vec<PathBuf>,
    /// Plug-ins: files.
    pub plugins: Vec<PathBuf>,
    /// Parameters by pack and name.
    pub parameters: BTreeMap<String, BTreeMap<String, String>>,
}

/// How plug-ins and packs run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sandbox {
    /// Folder of compiled code; by default the user's cache folder.
    pub cache: Option<PathBuf>,
    /// Public keys, PEM files; where there are any, nothing unsigned runs.
    pub trusted_keys: Vec<PathBuf>,
}

/// Certificate chain and private key, PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// An EHR that may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// How logs call it.
    pub name: String,
    /// The issuer of its tokens.
    pub iss: String,
    /// Where its keys are.
    pub keys: Keys,
    /// What its tokens' `jku` must say, where they have one; always the URL of [`Keys::Url`].
    pub jku: Option<String>,
    /// Audiences it uses instead of our URL.
    pub audiences: Vec<String>,
    /// FHIR servers that may be asked in its name.
    pub fhir: FhirServers,
    /// Whose rules it gets.
    pub tenant: Option<String>,
    /// What the `tenant` claim may say; none means it is not looked at.
    pub tenant_claims: Vec<String>,
    /// Services it may call; none means all.
    pub services: Vec<String>,
    /// Whether it takes actions that it carries out without asking anybody.
    pub system_actions: bool,
    /// Hosts that links of cards may lead to; `None` means any.
    pub link_hosts: Option<Vec<String>>,
    /// Our client id at its authorization server: what `fhirAuthorization.subject` must say.
    pub subject: Option<String>,
    /// How often it may call, where that is not [`Config::rate`].
    pub rate: Option<Rate>,
}

/// So many calls in a time, be they spread over it or at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many.
    pub calls: NonZeroU32,
    /// In which time.
    pub per: Duration,
}

/// Where a client's keys are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// A file with a JWK Set.
    File(PathBuf),
    /// A URL of a JWK Set.
    Url(String),
}

/// Why the demonstration client proves nothing, and where it may be listed.
pub(super) const DEMONSTRATION: &str = "the keys of the CDS Hooks sandbox are public: anybody could call in its name";
pub(super) const DEMONSTRATION_HELP: &str = "list it only on a loopback address whose public_url is not https";

/// Whether a URL is the CDS Hooks sandbox's.
pub(super) fn is_demonstration(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(|host| host.trim_end_matches('.') == "sandbox.cds-hooks.org"))
}

impl Default for Keys {
    fn default() -> Self {
        Self::File(PathBuf::new())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8181),
            public_url: "http://127.0.0.1:8181".into(),
            deadline: Duration::from_millis(500),
            max_body: 10 << 20,
            concurrency: 64,
            queue: 128,
            max_cards: curbside_engine::MAX_CARDS,
            rate: None,
            tz: "UTC".into(),
            cors_origins: Vec::new(),
            auth_discovery: false,
            tls: None,
            trust_proxy_tls: false,
            insecure: false,
            store: store::Url::Sqlite("curbside.db".into()),
            retention: Duration::from_secs(365 * 86_400),
            record: None,
            record_raw: false,
            traces: None,
            history: None,
            watch_every: Duration::from_secs(2),
            sandbox: Sandbox::default(),
            rules: Tenant { packs: vec!["rules".into()], ..Tenant::default() },
            tenants: BTreeMap::new(),
            clients: Vec::new(),
            fhir: FhirServers::default(),
        }
    }
}

impl Config {
    /// Where rules that were in force are kept.
    #[must_use]
    pub fn history_folder(&self) -> Option<PathBuf> {
        self.history.clone().or_else(|| match &self.store {
            store::Url::Sqlite(path) => Some(path.with_extension("rules")),
            store::Url::Postgres(_) => None,
        })
    }

    /// Whether others than this machine can call: directly, or through what stands at the public URL.
    pub(crate) fn is_reachable(&self) -> bool {
        let is_https = self.public_url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        is_https || !self.listen.ip().is_loopback()
    }

    /// What of it would not be safe, and what to do about it.
    pub(crate) fn is_safe(&self) -> Result<(), String> {
        let listen = self.listen;
        let is_local = listen.ip().is_loopback();
        if !is_local && self.clients.is_empty() && !self.insecure {
            return Err(format!(
                "{listen} can be reached from elsewhere and no client is listed, so anybody could call: list the EHRs that may under [[clients]], or say --insecure"
            ));
        }
        if !is_local && self.tls.is_none() && !self.trust_proxy_tls && !self.insecure {
            return Err(format!(
                "{listen} can be reached from elsewhere and would speak plain HTTP, so records could be read on the way: give tls_certificate and tls_key under [server], say trust_proxy_tls = true there if a proxy before it speaks TLS, listen on 127.0.0.1, or say --insecure"
            ));
        }
        let jku = |client: &Client| match &client.keys {
            Keys::Url(url) => is_demonstration(url),
            Keys::File(_) => client.jku.as_deref().is_some_and(is_demonstration),
        };
        match self.clients.iter().find(|client| is_demonstration(&client.iss) || jku(client)) {
            Some(client) if self.is_reachable() => Err(format!("client `{}`: {DEMONSTRATION}; {DEMONSTRATION_HELP}", client.name)),
            _ => Ok(()),
        }
    }

    /// The path of the public URL: empty, or begins with a slash and has none at the end.
    pub(crate) fn base_path(&self) -> &str {
        let behind = self.public_url.split_once("://").map_or("", |(_, rest)| rest);
        behind.find('/').and_then(|at| behind.get(at..)).unwrap_or_default().trim_end_matches('/')
    }
}
