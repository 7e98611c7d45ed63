//! Codes of a case, or the words for them.

use std::borrow::Cow;
use std::fmt;

use curbside_source::{Diagnostic, Spanned};
use curbside_terminology::Code;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::{Value, json};

use super::writer::{Writer, put};

/// What something is: a code (`icd10cm|F33.1`), or words. Words that the display of one code of the
/// pack's value sets has stand for that code; `{text: …}` is words alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concept {
    /// A code.
    Code(Code),
    /// Words that may stand for a code.
    Words(String),
    /// Words alone.
    Text(String),
}

impl Concept {
    fn parse(text: &str) -> Result<Self, String> {
        if text.contains('|') { Code::parse(text).map(Self::Code) } else { Ok(Self::Words(text.to_owned())) }
    }
}

/// The concepts that are meant; `none` leaves out what an earlier layer of a case said.
pub(crate) fn unless_none(concepts: Option<&[Spanned<Concept>]>) -> Option<&[Spanned<Concept>]> {
    concepts.filter(|concepts| !matches!(concepts, [only] if matches!(&only.value, Concept::Words(words) if words == "none")))
}

/// Several concepts as one `CodeableConcept`: their codings, and their words as its text.
pub(crate) fn codeable(concepts: &[Spanned<Concept>], writer: &mut Writer<'_>) -> Value {
    let (mut codings, mut words) = (Vec::new(), Vec::new());
    for concept in concepts {
        match &concept.value {
            Concept::Code(code) => codings.push(coding(&code.system, &code.code)),
            Concept::Text(text) => words.push(text.clone()),
            Concept::Words(text) => {
                words.push(text.clone());
                match writer.codes_displayed(text).as_slice() {
                    [] => {}
                    [(system, code)] => codings.push(coding(system, code)),
                    several => writer.error(ambiguous(text, several, concept)),
                }
            }
        }
    }
    let mut value = json!({});
    if !codings.is_empty() {
        put(&mut value, "coding", codings);
    }
    if !words.is_empty() {
        put(&mut value, "text", words.join(", "));
    }
    value
}

/// Several concepts as a list of `CodeableConcept`s.
pub(crate) fn codeables(concepts: &[Spanned<Concept>], writer: &mut Writer<'_>) -> Value {
    concepts.iter().map(|concept| codeable(std::slice::from_ref(concept), writer)).collect()
}

/// A coding.
pub(crate) fn coding(system: &str, code: &str) -> Value {
    json!({"system": system, "code": code})
}

/// A `CodeableConcept` of one of FHIR's own code systems.
pub(crate) fn terminology(system: &str, code: &str) -> Value {
    json!({"coding": [coding(&format!("http://terminology.hl7.org/CodeSystem/{system}"), code)]})
}

fn ambiguous(text: &str, several: &[(String, String)], concept: &Spanned<Concept>) -> Diagnostic {
    let codes: Vec<String> =
        several.iter().take(6).map(|(system, code)| Code { system: system.clone(), code: code.clone() }.to_string()).collect();
    Diagnostic::error("ambiguous-code", concept.span, format!("`{text}` may mean {} codes", several.len()))
        .help(format!("write the code ({}), or `{{text: {text}}}` for words alone", codes.join(", ")))
}

impl<'de> Deserialize<'de> for Concept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Concept;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code, words, or `{text: …}`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Concept, E> {
                Concept::parse(text).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Concept, A::Error> {
                match (map.next_entry::<String, String>()?, map.next_key::<String>()?) {
                    (Some((key, text)), None) if key == "text" => Ok(Concept::Text(text)),
                    _ => Err(A::Error::custom("words alone are written `{text: …}`")),
                }
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Concept {
    fn schema_name() -> Cow<'static, str> {
        "Concept".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "a code (`icd10cm|F33.1`), words that stand for one, or `{text: …}` for words alone",
            "anyOf": [
                {"type": "string"},
                {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"], "additionalProperties": false}
            ]
        })
    }
}
