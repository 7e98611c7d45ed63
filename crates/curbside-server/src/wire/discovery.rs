//! The answer to discovery.

use std::collections::BTreeMap;

use serde::Serialize;

use super::hooks::Hook;

/// Version of the standard that the services speak.
const STANDARD: &str = "2.0.1";

/// A service as discovery describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    pub(crate) hook: String,
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) usage_requirements: Option<String>,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hook_version: Option<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) prefetch: BTreeMap<String, String>,
}

impl Service {
    pub(crate) fn new(id: &str, hook: &str, title: Option<&str>, description: &str, prefetch: &BTreeMap<String, String>) -> Self {
        let title = title.filter(|title| !title.trim().is_empty()).unwrap_or(id);
        Self {
            hook: hook.to_owned(),
            id: id.to_owned(),
            title: Some(title.to_owned()),
            description: if description.trim().is_empty() { title.to_owned() } else { description.trim().to_owned() },
            usage_requirements: None,
            version: STANDARD,
            hook_version: Hook::named(hook).map(|hook| hook.version),
            prefetch: prefetch.clone(),
        }
    }
}

/// The body of the answer.
pub(crate) fn body(services: &[Service]) -> String {
    #[derive(Serialize)]
    struct Discovery<'a> {
        services: &'a [Service],
    }
    serde_json::to_string(&Discovery { services }).unwrap_or_else(|_| r#"{"services":[]}"#.to_owned())
}
