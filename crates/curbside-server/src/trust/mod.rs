//! Who calls: client assertions of CDS Hooks, checked before anything of a body is read.
//!
//! Every failure looks the same from outside; the metrics and the log say which it was.

mod audience;
mod keys;
mod limit;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};

use crate::clock;
use crate::config::{Client, Config, FhirServers};
use crate::metrics::{Metrics, ResultLabels};
use crate::store::{Store, Token};
use crate::wire::problem::{Issue, Problem};
use keys::{KeySet, NoKey};
use limit::Limit;
use token::{Claims, Parsed};

/// Longest token that is read.
const MAX_TOKEN: usize = 8 << 10;
/// How far clocks may be apart, in seconds.
const SKEW: i64 = 60;

/// Knows the clients.
#[derive(Debug)]
pub(crate) struct Trust {
    clients: Vec<Arc<Known>>,
    /// Where no client is listed: limits by tenant, the empty name for none.
    open: BTreeMap<String, Limit>,
    public_url: String,
    fhir: Arc<FhirServers>,
    store: Store,
    metrics: Arc<Metrics>,
}

/// A client that may call.
#[derive(Debug)]
struct Known {
    settings: Client,
    keys: KeySet,
    limit: Option<Limit>,
}

/// Who calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    client: Option<Arc<Known>>,
    tenant: Option<String>,
    fhir: Arc<FhirServers>,
}

/// Why a token does not count: a word for the log and the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It does not count.
    Token(&'static str),
    /// Its keys cannot be had at the moment, or it cannot be told whether it was used before.
    Unavailable(&'static str),
    /// It counts, for another tenant.
    Tenant,
    /// It counts, and its issuer calls too often: after how many seconds there is room.
    TooOften(u32),
}

impl Trust {
    pub(crate) fn new(config: &Config, store: &Store, metrics: &Arc<Metrics>) -> Self {
        let known = |client: &Client| {
            let limit = client.rate.or(config.rate).map(Limit::new);
            Arc::new(Known { keys: KeySet::new(client.keys.clone()), settings: client.clone(), limit })
        };
        let names = config.tenants.keys().map(String::as_str).chain([""]);
        Self {
            clients: config.clients.iter().map(known).collect(),
            open: config.rate.iter().flat_map(|rate| names.clone().map(|name| (name.to_owned(), Limit::new(*rate)))).collect(),
            public_url: config.public_url.clone(),
            fhir: Arc::new(config.fhir.clone()),
            store: store.clone(),
            metrics: Arc::clone(metrics),
        }
    }

    /// A caller whom nobody asked for a token.
    pub(crate) fn anybody(&self, tenant: Option<&str>) -> Caller {
        Caller { client: None, tenant: tenant.map(str::to_owned), fhir: Arc::clone(&self.fhir) }
    }

    /// Who calls a path of ours, or that it is not known. Where no client is listed, anybody may.
    pub(crate) async fn check(&self, headers: &HeaderMap, tenant: Option<&str>, path: &str) -> Result<Caller, Problem> {
        if self.clients.is_empty() {
            let limit = self.open.get(tenant.unwrap_or_default());
            return match limit.map_or(Ok(()), Limit::check) {
                Ok(()) => Ok(self.anybody(tenant)),
                Err(seconds) => Err(self.too_often(seconds)),
            };
        }
        let url = match tenant {
            Some(tenant) => format!("{}/t/{tenant}{path}", self.public_url),
            None => format!("{}{path}", self.public_url),
        };
        let result = self.verify(headers, tenant, &url).await;
        let word = match &result {
            Ok(_) => "ok",
            Err(Refusal::Token(word) | Refusal::Unavailable(word)) => word,
            Err(Refusal::Tenant) => "tenant",
            Err(Refusal::TooOften(_)) => "too-often",
        };
        self.metrics.tokens.get_or_create(&ResultLabels::new(word)).inc();
        result.map_err(|refusal| {
            tracing::info!(target: "curbside", reason = word, "token refused");
            match refusal {
                Refusal::Token(_) => Problem::unauthorized(),
                Refusal::Unavailable(_) => Problem::unavailable("The caller cannot be checked at the moment", 5),
                Refusal::Tenant => forbidden("This client has no access to this tenant"),
                Refusal::TooOften(seconds) => self.too_often(seconds),
            }
        })
    }

    fn too_often(&self, seconds: u32) -> Problem {
        self.metrics.refused.get_or_create(&ResultLabels::new("rate")).inc();
        Problem::too_often(seconds)
    }

    async fn verify(&self, headers: &HeaderMap, tenant: Option<&str>, url: &str) -> Result<Caller, Refusal> {
        let parsed = Parsed::read(bearer(headers)?).map_err(Refusal::Token)?;
        let client = self.clients.iter().find(|client| client.settings.iss == parsed.claims.iss).ok_or(Refusal::Token("issuer"))?;
        if let (Some(expected), Some(given)) = (&client.settings.jku, &parsed.header.jku)
            && expected != given
        {
            return Err(Refusal::Token("jku"));
        }
        let key = client.keys.find(&parsed.header.kid, parsed.algorithm).await.map_err(|why| match why {
            NoKey::Unknown => Refusal::Token("key"),
            NoKey::Unavailable => Refusal::Unavailable("keys-unavailable"),
        })?;
        parsed.verify(&key).map_err(Refusal::Token)?;
        let now = clock::timestamp().as_second();
        parsed.claims.check_times(now, SKEW).map_err(Refusal::Token)?;
        if !audience::fits(&parsed.claims.aud, url, &client.settings.audiences) {
            return Err(Refusal::Token("audience"));
        }
        let allowed = &client.settings.tenant_claims;
        if !allowed.is_empty() && !parsed.claims.tenant.as_ref().is_some_and(|claim| allowed.contains(claim)) {
            return Err(Refusal::Token("tenant-claim"));
        }
        // Before the store is asked, so that a flood does not reach it: such a token may come again.
        client.limit.as_ref().map_or(Ok(()), Limit::check).map_err(Refusal::TooOften)?;
        self.use_once(&parsed.claims).await?;
        let own = client.settings.tenant.as_deref();
        if tenant.is_some() && own.is_some() && tenant != own {
            return Err(Refusal::Tenant);
        }
        let fhir = Arc::new(client.settings.fhir.clone());
        Ok(Caller { client: Some(Arc::clone(client)), tenant: tenant.or(own).map(str::to_owned), fhir })
    }

    /// Last of all, so that a forged token cannot use up somebody else's id.
    async fn use_once(&self, claims: &Claims) -> Result<(), Refusal> {
        let expires = claims.exp.saturating_add(SKEW).saturating_mul(1000);
        let token = Token { issuer: claims.iss.clone(), id: claims.jti.clone(), expires };
        match self.store.first_use(token).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::Token("replay")),
            Err(_) => Err(Refusal::Unavailable("store-unavailable")),
        }
    }
}

/// The one token of a request.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(Refusal::Token("header")) };
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Refusal::Token("header"))?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.len() > MAX_TOKEN {
        return Err(Refusal::Token("header"));
    }
    Ok(token)
}

fn forbidden(text: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, Issue::error("forbidden", text))
}

impl Caller {
    /// Whose rules it gets.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// How the log calls it.
    pub(crate) fn client(&self) -> Option<&str> {
        self.client.as_ref().map(|client| client.settings.name.as_str())
    }

    /// What its cards and feedback are kept under.
    pub(crate) fn key(&self) -> String {
        self.client().unwrap_or_default().to_owned()
    }

    /// FHIR servers that may be asked in its name.
    pub(crate) fn fhir(&self) -> &FhirServers {
        &self.fhir
    }

    /// Whether an access token is meant for us: whoever hands us another's has mixed something up.
    pub(crate) fn check_subject(&self, subject: Option<&str>) -> Result<(), Problem> {
        let expected = self.client.as_ref().and_then(|client| client.settings.subject.as_deref());
        match (expected, subject) {
            (Some(expected), Some(subject)) if expected != subject => Err(forbidden("The access token is meant for another service")),
            _ => Ok(()),
        }
    }

    /// Whether it takes actions that it carries out without asking anybody.
    pub(crate) fn takes_actions(&self) -> bool {
        self.client.as_ref().is_some_and(|client| client.settings.system_actions)
    }

    /// Hosts that links of cards may lead to; `None` means any.
    pub(crate) fn link_hosts(&self) -> Option<&Vec<String>> {
        self.client.as_ref().and_then(|client| client.settings.link_hosts.as_ref())
    }

    /// Whether it may call a service.
    pub(crate) fn may_call(&self, service: &str) -> Result<(), Problem> {
        let listed = self.client.as_ref().map_or(&[][..], |client| &client.settings.services);
        let allowed = listed.is_empty() || listed.iter().any(|id| id == service);
        if allowed { Ok(()) } else { Err(forbidden("This client may not call this service")) }
    }
}
