//! Whether what suggestions create is FHIR: an EHR would refuse anything else, with the card on the clinician's screen.

use curbside_engine::Pack;
use curbside_source::Diagnostic;
use serde_json::Value;

/// What stands for a text that is a template: it may stand where FHIR has a text, a date or an id.
const FILLED: &str = "2026-01-31";

/// The resources of a pack's suggestions that are none.
pub(super) fn findings(pack: &Pack) -> Vec<Diagnostic> {
    let cards = pack.plan.rules.iter().flat_map(|rule| &rule.versions).flat_map(|version| &version.cards);
    let created = cards.flat_map(|card| &card.suggestions).filter_map(|suggestion| suggestion.model.create.as_ref());
    created
        .filter_map(|create| {
            let resource = curbside_cards::completed(filled(&create.value), "example", Some("example"));
            let wrong = resource.map_or(Err("it says no `resourceType`".to_owned()), |resource| curbside_fhir::check(&resource)).err()?;
            let message = format!("what the suggestion creates is no FHIR resource: {wrong}");
            let help = format!("it is checked as FHIR R4B, with a patient and an encounter filled in and `{FILLED}` for each template");
            Some(Diagnostic::error("created-resource", create.span, message).help(help))
        })
        .collect()
}

fn filled(value: &Value) -> Value {
    match value {
        Value::String(text) if text.contains("{{") || text.contains("{%") => Value::String(FILLED.to_owned()),
        Value::Array(items) => items.iter().map(filled).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), filled(member))).collect(),
        other => other.clone(),
    }
}
