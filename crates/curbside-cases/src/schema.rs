//! The JSON Schema of case files.

use curbside_rules::schema::{NamedSchema, of};
use schemars::{JsonSchema, Schema, json_schema};
use serde::Deserialize;

use crate::file::{CaseFile, CaseText};

/// What a case file may hold.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used; files are read by the key at their top")]
enum File {
    /// One case.
    One(CaseText),
    /// Several cases, or fixtures.
    Several(CaseFile),
}

/// `case.schema.json`
#[must_use]
pub fn schema() -> NamedSchema {
    NamedSchema { file: "case.schema.json", schema: of::<File>("Cases of a pack") }
}

/// A struct for which the value of one of its keys is short.
pub(crate) fn short_for(schema: &mut Schema, key: &str) {
    let short = schema.get("properties").and_then(|properties| properties.get(key)).cloned();
    if let Some(short) = short {
        *schema = json_schema!({"anyOf": [short, schema.clone()]});
    }
}
