//! What is to be in force: the files of packs and plug-ins of everybody and of each tenant, as they were at one
//! moment, with what a site sets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbside_source::did_you_mean;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::source::{PackSource, RulesError};
use crate::config::{Config, Tenant};
use crate::wire::envelope::{hexadecimal, sha256};

/// What is to be in force.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RuleSet {
    pub(crate) everybody: Group,
    pub(crate) tenants: BTreeMap<String, Group>,
}

/// The packs and plug-ins of one tenant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) packs: Vec<PackSource>,
    pub(crate) plugins: Vec<PluginSource>,
}

/// A `.wasm` file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PluginSource {
    pub(crate) origin: PathBuf,
    /// `sha256:…` of the file.
    pub(crate) digest: String,
    #[serde(skip)]
    pub(crate) bytes: Arc<[u8]>,
}

impl RuleSet {
    /// Reads what the configuration names.
    pub(crate) fn read(config: &Config) -> Result<Self, RulesError> {
        let group = |(name, tenant): (&String, &Tenant)| Ok((name.clone(), Group::read(tenant)?));
        Ok(Self { everybody: Group::read(&config.rules)?, tenants: config.tenants.iter().map(group).collect::<Result<_, RulesError>>()? })
    }

    /// `sha256:…` of all of it; where it was read from does not count.
    pub(crate) fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        let mut add = |text: &str| {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for (name, group) in std::iter::once(("", &self.everybody)).chain(self.tenants.iter().map(|(name, group)| (name.as_str(), group))) {
            add(name);
            for pack in &group.packs {
                add("pack");
                pack.files.iter().chain(&pack.parameters).for_each(|(name, text)| {
                    add(name);
                    add(text);
                });
            }
            for plugin in &group.plugins {
                add("plugin");
                add(&plugin.digest);
            }
        }
        hexadecimal(&hasher.finalize())
    }

    /// Every group.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group> {
        std::iter::once(&self.everybody).chain(self.tenants.values())
    }
}

impl Group {
    fn read(tenant: &Tenant) -> Result<Self, RulesError> {
        let mut group = Self::default();
        for path in &tenant.packs {
            if is_wasm(path) {
                group.plugins.push(PluginSource::read(path)?);
            } else {
                group.packs.extend(PackSource::all_at(path)?);
            }
        }
        for path in &tenant.plugins {
            group.plugins.push(PluginSource::read(path)?);
        }
        let mut known = BTreeSet::new();
        for pack in &mut group.packs {
            let id = pack.id();
            pack.parameters = tenant.parameters.get(&id).cloned().unwrap_or_default();
            known.insert(id);
        }
        match tenant.parameters.keys().find(|name| !known.contains(*name)) {
            None => Ok(group),
            Some(name) => {
                let help = did_you_mean(name, known.iter().map(String::as_str)).map(|help| format!(" ({help})")).unwrap_or_default();
                Err(RulesError::Settings(format!("parameters are set for pack `{name}`, which is not among the rules{help}")))
            }
        }
    }
}

fn is_wasm(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "wasm")
}

impl PluginSource {
    pub(crate) fn read(path: &Path) -> Result<Self, RulesError> {
        #[expect(clippy::disallowed_methods, reason = "the server reads its plug-ins")]
        let bytes = fs::read(path).map_err(|error| RulesError::Read(path.to_owned(), error))?;
        Ok(Self { origin: path.to_owned(), digest: sha256(&bytes), bytes: bytes.into() })
    }

    /// Its name: that of its file.
    pub(crate) fn name(&self) -> String {
        self.origin.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

impl PackSource {
    /// The id that its `pack.yaml` gives; loading says what is wrong where it gives none.
    fn id(&self) -> String {
        let text = self.files.get("pack.yaml").map_or("", String::as_str);
        let line = text.lines().find_map(|line| line.strip_prefix("pack:"));
        line.map(|rest| rest.split('#').next().unwrap_or_default().trim().trim_matches(['"', '\'']).to_owned()).unwrap_or_default()
    }
}
