//! What a plug-in says of itself: the discovery document, with the limits and the value sets that it asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The discovery document of a plug-in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// The services it offers.
    pub services: Vec<Service>,
    /// Canonical URLs of the value sets it asks the host about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub value_sets: Vec<String>,
    /// The limits it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limits: Option<Asked>,
}

/// A service, as CDS Hooks discovery has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The hook that calls it.
    pub hook: String,
    /// Its name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it does.
    pub description: String,
    /// Its id in URLs.
    pub id: String,
    /// What the client is asked to send along: FHIR queries by key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub prefetch: BTreeMap<String, String>,
    /// What the client must know before it uses the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_requirements: Option<String>,
    /// Extensions, as they stand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<serde_json::Map<String, serde_json::Value>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fuel: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wall_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_bytes: Option<u64>,
}

impl Description {
    /// Reads and checks one; the error says what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let description: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        for (index, service) in description.services.iter().enumerate() {
            let Service { id, hook, description: words, .. } = service;
            if !well_formed(id) {
                return Err(format!(
                    "`{id}` is no service id: up to 64 of a-z, 0-9, `.`, `_`, `-`, a letter or digit first, and not `feedback`"
                ));
            }
            if hook.is_empty() || words.is_empty() {
                return Err(format!("service `{id}` needs a hook and a description"));
            }
            if description.services.iter().take(index).any(|other| other.id == *id && other.hook == *hook) {
                return Err(format!("service `{id}` is there twice for the hook `{hook}`"));
            }
        }
        Ok(description)
    }

    /// Whether there is a service with this id.
    #[must_use]
    pub fn offers(&self, id: &str) -> bool {
        self.services.iter().any(|service| service.id == id)
    }

    /// What it asks for, within the ceiling; else what is usual.
    pub(crate) fn limits(&self, usual: &Limits, ceiling: &Limits) -> Limits {
        let asked = self.limits.unwrap_or_default();
        let grant = |asked: Option<u64>, usual: u64, most: u64| asked.map_or(usual, |asked| asked.min(most.max(usual)));
        Limits {
            memory_bytes: grant(asked.memory_bytes, usual.memory_bytes, ceiling.memory_bytes),
            fuel: grant(asked.fuel, usual.fuel, ceiling.fuel),
            output_bytes: grant(asked.output_bytes, usual.output_bytes, ceiling.output_bytes),
            wall: asked.wall_ms.map_or(usual.wall, |asked| Duration::from_millis(asked).min(ceiling.wall.max(usual.wall))),
            ..*usual
        }
    }
}

/// Whether a text can be the id of a service.
fn well_formed(id: &str) -> bool {
    let first = id.chars().next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit());
    let rest = id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c));
    first && rest && id.len() <= 64 && id != "feedback"
}
