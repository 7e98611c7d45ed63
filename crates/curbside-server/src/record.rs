//! Requests kept for later: to try other rules on them, or to give an answer again.
//!
//! What is kept is the call as the rules saw it, fetched data included and tokens left out, one JSON file for each,
//! named by its decision id. Unless it is asked for raw, what names people is taken out and ids are changed alike
//! everywhere; dates, codes and values stay, for they are what rules decide on. It is still health data.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Members whose content may name somebody, wherever they stand.
const NAMES: &[&str] = &[
    "name",
    "telecom",
    "address",
    "photo",
    "contact",
    "contactPoint",
    "text",
    "div",
    "note",
    "comment",
    "comments",
    "userComment",
    "author",
    "recorder",
    "asserter",
    "performer",
    "requester",
    "subscriberId",
    "policyHolder",
    "attachment",
    "contentAttachment",
    "description",
    "patientInstruction",
    "conclusion",
    "extension",
    "modifierExtension",
];

/// Members whose text is an id, or ends in one.
const IDS: &[&str] = &["id", "reference", "fullUrl", "patientId", "encounterId", "userId", "hookInstance", "performerId"];

/// Keeps a call.
pub(crate) fn keep(folder: &Path, decision: &str, call: &str, raw: bool, key: &str) -> io::Result<()> {
    let text = if raw { call.to_owned() } else { redacted(call, key)? };
    fs::create_dir_all(folder)?;
    let (path, draft) = (folder.join(format!("{decision}.json")), folder.join(format!(".{decision}.draft")));
    fs::write(&draft, text)?;
    fs::rename(draft, path)
}

fn redacted(call: &str, key: &str) -> io::Result<String> {
    let mut value: Value = serde_json::from_str(call)?;
    // The host's own word to the engine stands in an extension.
    let input = value.pointer("/extension/org.curbside.input").cloned();
    redact(&mut value, key);
    if let (Some(input), Some(call)) = (input, value.as_object_mut()) {
        call.insert("extension".into(), serde_json::json!({ "org.curbside.input": input }));
    }
    Ok(value.to_string())
}

fn redact(value: &mut Value, key: &str) {
    match value {
        Value::Object(members) => {
            // The value of an identifier names a person in one system or another.
            if members.contains_key("identifier") {
                members.remove("identifier");
            }
            members.retain(|name, _| !NAMES.contains(&name.as_str()));
            for (name, value) in members.iter_mut() {
                match value {
                    Value::String(text) if IDS.contains(&name.as_str()) => *text = pseudonym(text, key),
                    Value::String(text) if name == "birthDate" => *text = month(text),
                    Value::String(_) if name == "display" => *value = Value::String("(left out)".into()),
                    other => redact(other, key),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match item {
                    // `selections` and their like are references.
                    Value::String(text) if text.contains('/') => *text = pseudonym(text, key),
                    other => redact(other, key),
                }
            }
        }
        _ => {}
    }
}

/// An id by another name, the same for the same id; what stands before it stays.
fn pseudonym(text: &str, key: &str) -> String {
    let (before, id) = match text.rsplit_once('/') {
        Some((before, id)) => (before.rsplit('/').next().map(|kind| format!("{kind}/")).unwrap_or_default(), id),
        None => match text.rsplit_once(':') {
            Some((before, id)) => (format!("{before}:"), id),
            None => (String::new(), text),
        },
    };
    let (mark, id) = if let Some(id) = id.strip_prefix('#') { ("#", id) } else { ("", id) };
    if id.is_empty() {
        return text.to_owned();
    }
    let digest = crate::wire::envelope::hexadecimal(&Sha256::digest(format!("{key}\n{id}").as_bytes()));
    let short = digest.get(7..27).unwrap_or_default();
    format!("{before}{mark}r{short}")
}

/// The month of a date of birth: enough to tell an age, on all but a few days.
fn month(date: &str) -> String {
    date.get(..7).unwrap_or(date).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_people_is_left_out_and_references_still_meet() {
        let call = r#"{"hook":"patient-view","hookInstance":"abc","context":{"patientId":"p1","userId":"Practitioner/dr"},
            "prefetch":{"patient":{"resourceType":"Patient","id":"p1","birthDate":"1979-03-14","name":[{"family":"Canary"}],"identifier":[{"value":"Canary"}]},
            "c":{"resourceType":"Condition","subject":{"reference":"https://ehr/fhir/Patient/p1","display":"Canary"},"code":{"text":"Canary","coding":[{"code":"F33.2"}]},
            "note":[{"text":"Canary"}],"onsetDateTime":"2025-03-01"}},
            "extension":{"com.x":"Canary","org.curbside.input":{"tz":"UTC","parameters":{}}}}"#;
        let text = redacted(call, "key").unwrap();
        assert!(!text.contains("Canary") && !text.contains("p1") && !text.contains("1979-03-14"), "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        let id = value["context"]["patientId"].as_str().unwrap();
        assert_eq!(value["prefetch"]["patient"]["id"], id);
        assert_eq!(value["prefetch"]["c"]["subject"]["reference"], format!("Patient/{id}"));
        assert_eq!(value["prefetch"]["c"]["code"]["coding"][0]["code"], "F33.2");
        assert_eq!(value["prefetch"]["c"]["onsetDateTime"], "2025-03-01");
        assert_eq!(value["extension"]["org.curbside.input"]["tz"], "UTC");
        assert_ne!(redacted(call, "another").unwrap(), text);
    }
}
