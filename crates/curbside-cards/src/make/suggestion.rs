//! What a card suggests doing.

use curbside_chart::Kind;
use curbside_rules::Truth;
use curbside_rules::compile::{CardPlan, SuggestionPlan};
use minijinja::value::Value;
use serde_json::{Map, json};

use super::{Maker, in_the_way};
use crate::markdown::escape;
use crate::wire::{Action, Suggestion};

impl Maker<'_, '_> {
    /// The suggestions of a card, and for each that is withheld a sentence that says why.
    pub(super) fn suggestions(&self, plan: &CardPlan, values: &Value) -> (Vec<Suggestion>, Vec<String>) {
        let (mut suggestions, mut withheld) = (Vec::new(), Vec::new());
        for (number, suggestion) in plan.suggestions.iter().enumerate() {
            let cx = self.evaluation.cx();
            if suggestion.condition.as_ref().is_some_and(|node| node.decide(cx).truth != Truth::True) {
                continue;
            }
            if let Some(node) = &suggestion.unless {
                let verdict = node.decide(cx);
                if verdict.truth != Truth::False {
                    let mut facts = Vec::new();
                    in_the_way(&verdict, &node.name, &mut facts);
                    let facts: Vec<String> = facts
                        .into_iter()
                        .map(|(name, truth, says)| format!("{} is {truth} ({})", escape(&name.replace('_', "-")), escape(&says)))
                        .collect();
                    withheld.push(format!("Not suggested: {}, because {}.", escape(&suggestion.model.label.value), facts.join("; ")));
                    continue;
                }
            }
            let actions = self.actions(suggestion, values);
            if !actions.is_empty() {
                suggestions.push(Suggestion {
                    label: suggestion.model.label.value.clone(),
                    uuid: self.uuid(&format!("suggestion {number}")),
                    is_recommended: suggestion.model.recommended,
                    actions,
                });
            }
        }
        (suggestions, withheld)
    }

    fn actions(&self, suggestion: &SuggestionPlan, values: &Value) -> Vec<Action> {
        let mut actions = Vec::new();
        if suggestion.model.remove.is_some() {
            actions.extend(
                self.draft_orders()
                    .into_iter()
                    .map(|name| Action::Delete { description: format!("Remove the draft order {name}"), resource_id: name }),
            );
        }
        if let Some(create) = &suggestion.model.create {
            let chart = self.evaluation.chart();
            let completed = |patient| completed(self.filled(&create.value, values), patient, chart.hook.encounter_id.as_deref());
            if let Some(resource) = chart.patient_id().and_then(completed) {
                actions.push(Action::Create { description: suggestion.model.label.value.clone(), resource });
            }
        }
        actions
    }

    /// The draft orders that the decision rests on, by name.
    fn draft_orders(&self) -> Vec<String> {
        let chart = self.evaluation.chart();
        let mut records = self.decision.because.evidence.clone();
        records.sort_unstable();
        records.dedup();
        let is_order = |kind: Kind| matches!(kind, Kind::MedicationRequest | Kind::ServiceRequest);
        records
            .into_iter()
            .filter(|record| is_order(record.kind) && chart.place(*record).is_some_and(|place| chart.hook.member(place).is_some()))
            // What has no id that can stand in a reference cannot be named.
            .filter_map(|record| chart.name(record).filter(|name| name.id.as_deref().is_some_and(is_id)).map(ToString::to_string))
            .collect()
    }

    /// A resource with its texts filled in.
    fn filled(&self, value: &serde_json::Value, values: &Value) -> serde_json::Value {
        match value {
            serde_json::Value::String(text) => serde_json::Value::String(self.texts.inline(text, values).unwrap_or_default()),
            serde_json::Value::Array(items) => items.iter().map(|item| self.filled(item, values)).collect(),
            serde_json::Value::Object(members) => {
                members.iter().map(|(name, member)| (name.clone(), self.filled(member, values))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }
}

/// Whether this is an `id` as FHIR has them, or as senders give drafts that no server has named yet: nothing in it has a
/// meaning in an address or in HTML.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte))
}

/// A resource that a suggestion creates, with the patient it is for, and the encounter where there is one. `None` of what
/// is no resource.
#[must_use]
pub fn completed(resource: serde_json::Value, patient: &str, encounter: Option<&str>) -> Option<serde_json::Value> {
    let serde_json::Value::Object(mut members) = resource else { return None };
    let kind = members.get("resourceType")?.as_str()?.to_owned();
    let subject = match kind.as_str() {
        "Task" => "for",
        "AllergyIntolerance" | "Claim" | "CoverageEligibilityRequest" | "Immunization" => "patient",
        "Coverage" => "beneficiary",
        _ => "subject",
    };
    members.entry(subject).or_insert_with(|| json!({"reference": format!("Patient/{patient}")}));
    let has_encounter =
        matches!(kind.as_str(), "ServiceRequest" | "MedicationRequest" | "Task" | "CommunicationRequest" | "DeviceRequest" | "Observation");
    if let (true, Some(encounter)) = (has_encounter, encounter) {
        let bare = encounter.strip_prefix("Encounter/").unwrap_or(encounter);
        members.entry("encounter").or_insert_with(|| json!({"reference": format!("Encounter/{bare}")}));
    }
    Some(members.into())
}
