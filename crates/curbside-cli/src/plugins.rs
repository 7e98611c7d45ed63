//! Plug-ins beside packs: what they are asked about a record, and their cards among the others.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use curbside_engine::exchange::Document;
use curbside_sandbox::{Host, Plugin, Quiet, Service};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::ask::Asking;
use crate::exit::Failure;
use crate::rules::Rules;
use crate::sandboxed::failed;

/// A response's cards.
#[derive(Deserialize)]
struct Cards {
    cards: Vec<Box<RawValue>>,
}

/// Asks every plug-in that answers the hook, or the service that was named; adds its cards to the document.
pub(crate) fn ask(rules: &Rules, asking: &Asking<'_>, bytes: &[u8], occasion: &str, document: &mut Document<'_>) -> Result<(), Failure> {
    let (hook, patient) = (document.hook(), document.patient());
    let text = std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{FEFF}');
    for (name, plugin) in &rules.plugins {
        let asked = plugin.describe().services.iter().filter(|service| match asking.service() {
            Some(id) => service.id == id,
            None => service.hook == hook,
        });
        for service in asked {
            let request = request(text, &hook, patient.as_deref(), occasion, service);
            let cards = call(plugin, service, &request, asking)
                .map_err(|failure| Failure { message: format!("{name}: {}", failure.message), ..failure })?;
            document.cards.extend(cards.into_iter().map(Cow::Owned));
        }
    }
    Ok(())
}

fn call(plugin: &Plugin, service: &Service, request: &str, asking: &Asking<'_>) -> Result<Vec<Box<RawValue>>, Failure> {
    let host: Arc<dyn Host> = Arc::new(Quiet);
    let answer = plugin.call(&service.id, request, &asking.as_of.to_string(), &host).map_err(|error| failed(&error))?;
    let Cards { cards } = serde_json::from_str(&answer).map_err(|error| Failure::unreadable(error.to_string()))?;
    Ok(cards)
}

/// A CDS Hooks request about a record: as it came where it is one; else the record under the key `record`, and under the
/// keys that the plug-in declared where they can be answered from the record alone.
fn request(text: &str, hook: &str, patient: Option<&str>, occasion: &str, service: &Service) -> String {
    let record: Value = serde_json::from_str(text).unwrap_or_default();
    if record.get("hook").is_some() {
        return text.to_owned();
    }
    let mut prefetch: BTreeMap<&str, Value> =
        service.prefetch.iter().filter_map(|(key, query)| Some((key.as_str(), answer(&record, query, patient?)?))).collect();
    prefetch.insert("record", record);
    let context = json!({"patientId": patient, "userId": "Practitioner/unknown"});
    json!({"hook": hook, "hookInstance": uuid(occasion), "context": context, "prefetch": prefetch}).to_string()
}

/// What a FHIR query gives over a record: `Patient/{{context.patientId}}`, or every resource of a type of that patient.
/// A query that asks for less is left unanswered: answering it with too much would mislead.
fn answer(record: &Value, query: &str, patient: &str) -> Option<Value> {
    const ID: &str = "{{context.patientId}}";
    let resources = || {
        record.pointer("/entry").and_then(Value::as_array).into_iter().flatten().filter_map(|entry| entry.get("resource")).chain([record])
    };
    if let Some(kind) = query.strip_suffix(&format!("/{ID}")) {
        return resources().find(|resource| resource["resourceType"] == kind && resource["id"] == patient).cloned();
    }
    let (kind, parameters) = query.split_once('?')?;
    if !["patient", "subject"].iter().any(|name| parameters == format!("{name}={ID}") || parameters == format!("{name}=Patient/{ID}")) {
        return None;
    }
    let of_patient = |resource: &&Value| {
        let subject = ["subject", "patient"].iter().find_map(|name| resource.get(name)?.get("reference")?.as_str());
        resource["resourceType"] == kind
            && subject.is_some_and(|subject| subject == format!("Patient/{patient}") || subject.starts_with("urn:uuid:"))
    };
    let entries: Vec<Value> = resources().filter(of_patient).map(|resource| json!({"resource": resource})).collect();
    Some(json!({"resourceType": "Bundle", "type": "searchset", "entry": entries}))
}

/// A UUID of an occasion: the occasion itself, or its digest's first digits in that form.
fn uuid(occasion: &str) -> String {
    let digits: Vec<char> = occasion.chars().filter(char::is_ascii_hexdigit).take(32).collect();
    let mut text = String::new();
    for (index, digit) in digits.iter().enumerate() {
        if [8, 12, 16, 20].contains(&index) {
            text.push('-');
        }
        text.push(*digit);
    }
    text
}
