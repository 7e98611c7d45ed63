//! The rules in force: those of everybody and those of each tenant.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::registry::Registry;

/// The rules in force.
#[derive(Debug)]
pub(crate) struct Live {
    everybody: Registry,
    tenants: BTreeMap<String, Registry>,
    /// Digest of all they were made of.
    pub(crate) digest: String,
}

impl Live {
    pub(crate) const fn new(everybody: Registry, tenants: BTreeMap<String, Registry>, digest: String) -> Self {
        Self { everybody, tenants, digest }
    }

    /// The rules of a tenant; of everybody where none is named.
    pub(crate) fn of(&self, tenant: Option<&str>) -> Option<&Registry> {
        match tenant {
            None => Some(&self.everybody),
            Some(name) => self.tenants.get(name),
        }
    }

    /// Whether a path names a service. Without a tenant in the path it may be any tenant's: who calls is
    /// not known yet.
    pub(crate) fn knows(&self, tenant: Option<&str>, service: &str) -> bool {
        let offers = |registry: &Registry| registry.service(service).is_some();
        match tenant {
            Some(name) => self.tenants.get(name).is_some_and(offers),
            None => offers(&self.everybody) || self.tenants.values().any(offers),
        }
    }

    /// What is in force, for operators.
    pub(crate) fn status(&self) -> Map<String, Value> {
        let of = |registry: &Registry| -> Vec<Value> {
            registry.identities().map(|used| json!({"id": used.id, "version": used.version, "digest": used.digest})).collect()
        };
        let mut status = Map::from_iter([("digest".into(), json!(self.digest)), ("packs".into(), of(&self.everybody).into())]);
        if !self.tenants.is_empty() {
            let tenants: Map<String, Value> = self.tenants.iter().map(|(name, registry)| (name.clone(), of(registry).into())).collect();
            status.insert("tenants".into(), tenants.into());
        }
        status
    }

    /// The rules of everybody.
    pub(crate) const fn everybody(&self) -> &Registry {
        &self.everybody
    }
}
