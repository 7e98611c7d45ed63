//! JSON Schemas of the files of a pack, for editors and for checking files from outside.

use schemars::transform::Transform;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};

use crate::model::{DefineFile, PackFile, RuleFile};

/// A schema and the name of its file.
#[derive(Clone, Debug)]
pub struct NamedSchema {
    /// `rule.schema.json`
    pub file: &'static str,
    /// The schema.
    pub schema: Schema,
}

/// The schemas of every kind of file in a pack.
#[must_use]
pub fn schemas() -> Vec<NamedSchema> {
    vec![
        NamedSchema { file: "pack.schema.json", schema: of::<PackFile>("A pack of rules") },
        NamedSchema { file: "rule.schema.json", schema: of::<RuleFile>("A rule") },
        NamedSchema { file: "define.schema.json", schema: of::<DefineFile>("Facts of a pack") },
        NamedSchema { file: "value-set.schema.json", schema: of::<curbside_terminology::ValueSet>("A value set") },
        NamedSchema { file: "drug-set.schema.json", schema: of::<curbside_terminology::DrugSet>("A drug set") },
        NamedSchema { file: "products.schema.json", schema: of::<curbside_terminology::ProductList>("Products of a drug set") },
        NamedSchema { file: "instrument.schema.json", schema: of::<curbside_terminology::Instrument>("An instrument") },
    ]
}

/// The schema of a type, with a title.
#[must_use]
pub fn of<T: JsonSchema>(title: &str) -> Schema {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    Closed.transform(&mut schema);
    schema.insert("title".to_owned(), title.into());
    schema
}

/// Keys that a struct does not have are errors, as they are when it is read; FHIR's own resources
/// may say more.
struct Closed;

impl Transform for Closed {
    fn transform(&mut self, schema: &mut Schema) {
        let is_struct = schema.get("type").is_some_and(|kind| kind == "object") && schema.get("properties").is_some();
        let is_open = schema.get("properties").and_then(|properties| properties.get("resourceType")).is_some();
        if is_struct && schema.get("additionalProperties").is_none() && !is_open {
            schema.insert("additionalProperties".to_owned(), false.into());
        }
        schemars::transform::transform_subschemas(self, schema);
    }
}

/// A text that may be written like a number or a truth.
pub(crate) struct Plain;

impl JsonSchema for Plain {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Plain".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["string", "number", "boolean"]})
    }
}

/// A struct for which the value of `named` is short.
pub(crate) fn short_for_named(schema: &mut Schema) {
    short_for(schema, "named");
}

/// A struct for which the value of `in` is short.
pub(crate) fn short_for_in(schema: &mut Schema) {
    short_for(schema, "in");
}

/// A struct for which the value of `is` is short.
pub(crate) fn short_for_is(schema: &mut Schema) {
    short_for(schema, "is");
}

/// A struct for which the value of `then` is short.
pub(crate) fn short_for_then(schema: &mut Schema) {
    short_for(schema, "then");
}

/// A struct for which the value of `since` is short.
pub(crate) fn short_for_since(schema: &mut Schema) {
    short_for(schema, "since");
}

/// A struct whose `in` may be called `of`.
pub(crate) fn in_or_of(schema: &mut Schema) {
    other_name(schema, "in", "of");
}

/// A struct whose `instruments` may be called `instrument`.
pub(crate) fn instruments_or_instrument(schema: &mut Schema) {
    other_name(schema, "instruments", "instrument");
}

/// A struct whose `below` may be called `less_than`.
pub(crate) fn below_or_less_than(schema: &mut Schema) {
    other_name(schema, "below", "less_than");
}

fn other_name(schema: &mut Schema, name: &str, other: &str) {
    let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) else { return };
    let Some(property) = properties.get(name).cloned() else { return };
    properties.insert(other.to_owned(), property);
    let Some(required) = schema.get_mut("required").and_then(serde_json::Value::as_array_mut) else { return };
    let count = required.len();
    required.retain(|required| required != name);
    if required.len() < count {
        schema.insert("oneOf".to_owned(), serde_json::json!([{"required": [name]}, {"required": [other]}]));
    }
}

fn short_for(schema: &mut Schema, key: &str) {
    let short = schema.get("properties").and_then(|properties| properties.get(key)).cloned();
    let description = schema.remove("description");
    if let Some(short) = short {
        let mut either = json_schema!({"anyOf": [short, schema.clone()]});
        if let Some(description) = description {
            either.insert("description".to_owned(), description);
        }
        *schema = either;
    }
}
