//! Packs as the host hands them over, and what they are.

use std::collections::BTreeMap;

use curbside_engine::Pack;
use curbside_rules::Settings;
use serde::{Deserialize, Serialize};

/// What the host hands over.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Handed {
    /// Packs that answer together.
    packs: Vec<Files>,
    /// A site's names for code systems.
    #[serde(default)]
    aliases: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Files {
    /// Texts by path.
    files: BTreeMap<String, String>,
    /// Parameters that a site sets.
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// What a pack is.
#[derive(Serialize)]
pub(crate) struct Identity {
    id: String,
    version: String,
    digest: String,
}

/// Packs, and what they are.
pub(crate) struct Prepared {
    pub(crate) packs: Vec<Pack>,
    pub(crate) list: Vec<Identity>,
}

/// Compiles packs; the error says what the first finding of each broken one is.
pub(crate) fn prepare(json: &str) -> Result<Prepared, String> {
    let handed: Handed = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let mut prepared = Prepared { packs: Vec::new(), list: Vec::new() };
    for Files { files, parameters } in handed.packs {
        let loaded = Pack::load(files, &Settings { parameters, aliases: handed.aliases.clone() });
        let Some(pack) = loaded.pack else {
            let first = loaded.found.iter().map(|finding| finding.message.as_str()).next();
            return Err(first.unwrap_or("the pack does not check").to_owned());
        };
        prepared.list.push(Identity { id: pack.id().to_owned(), version: pack.version().to_owned(), digest: pack.digest.clone() });
        prepared.packs.push(pack);
    }
    Ok(prepared)
}
