//! The shape of `curbside.toml`, before it is known whether it makes sense.

use std::collections::BTreeMap;

use curbside_source::Spanned;
use serde::Deserialize;

/// Texts with their places.
pub(super) type Texts = Vec<Spanned<String>>;
/// Parameters by pack and name.
pub(super) type Parameters = BTreeMap<Spanned<String>, BTreeMap<Spanned<String>, Spanned<String>>>;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct File {
    pub(super) server: ServerTable,
    pub(super) store: StoreTable,
    pub(super) rules: RulesTable,
    pub(super) parameters: Parameters,
    pub(super) clients: Vec<ClientTable>,
    pub(super) tenants: BTreeMap<Spanned<String>, TenantTable>,
    pub(super) sandbox: SandboxTable,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ServerTable {
    pub(super) listen: Option<Spanned<String>>,
    pub(super) public_url: Option<Spanned<String>>,
    pub(super) deadline: Option<Spanned<String>>,
    pub(super) max_body: Option<Spanned<String>>,
    pub(super) concurrency: Option<Spanned<u32>>,
    pub(super) queue: Option<Spanned<u32>>,
    pub(super) max_cards: Option<Spanned<u32>>,
    pub(super) rate: Option<Spanned<String>>,
    pub(super) tz: Option<Spanned<String>>,
    pub(super) cors_origins: Texts,
    pub(super) auth_discovery: bool,
    pub(super) tls_certificate: Option<Spanned<String>>,
    pub(super) tls_key: Option<Spanned<String>>,
    pub(super) trust_proxy_tls: bool,
    pub(super) fhir_servers: Texts,
    pub(super) fhir_anonymous: bool,
    pub(super) record: Option<Spanned<String>>,
    pub(super) traces: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct StoreTable {
    pub(super) url: Option<Spanned<String>>,
    pub(super) retention: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RulesTable {
    pub(super) packs: Option<Texts>,
    pub(super) plugins: Texts,
    pub(super) trusted_keys: Texts,
    pub(super) history: Option<Spanned<String>>,
}

#[derive(Deserialize)]
pub(super) struct ClientTable {
    pub(super) name: Spanned<String>,
    pub(super) iss: Spanned<String>,
    #[serde(default)]
    pub(super) jwks: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) jku: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) audiences: Vec<String>,
    #[serde(default)]
    pub(super) fhir_servers: Texts,
    #[serde(default)]
    pub(super) fhir_anonymous: bool,
    #[serde(default)]
    pub(super) tenant: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) tenant_claims: Vec<String>,
    #[serde(default)]
    pub(super) services: Vec<String>,
    #[serde(default)]
    pub(super) system_actions: bool,
    #[serde(default)]
    pub(super) link_hosts: Option<Vec<String>>,
    #[serde(default)]
    pub(super) subject: Option<String>,
    #[serde(default)]
    pub(super) rate: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TenantTable {
    pub(super) packs: Texts,
    pub(super) plugins: Texts,
    pub(super) parameters: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct SandboxTable {
    pub(super) cache: Option<Spanned<String>>,
}
