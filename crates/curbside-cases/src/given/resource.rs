//! FHIR resources as they stand.

use std::borrow::Cow;

use curbside_rules::shared::fhir_words::{is_type, type_like};
use curbside_source::{Diagnostic, Spanned};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::Deserializer;
use serde_json::Value;

use super::writer::{Place, Writer};

/// A FHIR resource, as JSON in YAML. Without an id it gets one, without a subject it is about the
/// patient of the case. A later one with the same id replaces it.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The id of the resource.
    pub id: Option<Spanned<String>>,
    json: Value,
}

impl Resource {
    /// This instead of what was said before.
    #[must_use]
    pub fn over(&self, _: &Self) -> Self {
        self.clone()
    }

    pub(crate) fn write(&self, place: &Spanned<()>, writer: &mut Writer<'_>) {
        let Some(kind) = self.json.get("resourceType").and_then(Value::as_str) else {
            let missing = Diagnostic::error("missing-key", place.span, "`resourceType` is missing");
            writer.error(missing.help("write it like `resourceType: Procedure`"));
            return;
        };
        if !is_type(kind) {
            let unknown = Diagnostic::error("unknown-type", place.span, format!("`{kind}` is no resource type"));
            writer.error(unknown.maybe_help(type_like(kind)));
            return;
        }
        let id = writer.id(self.id.as_ref(), &[kind]);
        writer.put(Place::Record, &id, self.json.clone());
    }
}

impl<'de> Deserialize<'de> for Resource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let id = json.get("id").and_then(Value::as_str).map(|id| Spanned::unplaced(id.to_owned()));
        Ok(Self { id, json })
    }
}

impl JsonSchema for Resource {
    fn schema_name() -> Cow<'static, str> {
        "ResourceFact".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "A FHIR resource as it stands; a missing subject is the patient of the case",
            "properties": {"resourceType": {"type": "string"}},
            "required": ["resourceType"],
        })
    }
}
