//! What must not change an answer does not: the order of the record, records of somebody else, records that were withdrawn.
//! And who knows less of a record does not decide otherwise: a decision may become unknown, it never turns over.

use std::collections::BTreeMap;

use curbside_cards::Occasion;
use curbside_cases::load;
use curbside_chart::input;
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Answer, Ask, Engine, MAX_CARDS, MAX_STEPS, Question};
use curbside_rules::model::Outcome;
use serde_json::{Value, json};

use crate::files;

/// A case as the request of an EHR, and when it is asked.
struct Asked {
    name: String,
    request: Value,
    as_of: AsOf,
    zone: Zone,
}

/// Every case of a pack that is not about a file.
fn cases(pack: &str) -> (Engine, Vec<Asked>) {
    let folder = files::root().join("rules").join(pack);
    let engine = files::engine(files::files(&folder));
    let suite = load(files::files(&folder.join("tests")));
    let asked = suite.cases.iter().filter(|case| case.bundle.is_none()).map(|case| {
        let (as_of, zone) = case.moment().unwrap();
        Asked { name: case.name.value.clone(), request: case.request(&engine).unwrap(), as_of, zone }
    });
    let asked = asked.collect();
    (engine, asked)
}

fn answer(engine: &Engine, asked: &Asked, request: &Value) -> Answer {
    let text = request.to_string();
    let document = input::read(text.as_bytes(), input::MAX_BYTES).unwrap();
    let occasion = Occasion::named("metamorphic");
    let (as_of, zone) = (asked.as_of, &asked.zone);
    let question = Question {
        document: &document,
        patient: None,
        as_of,
        zone,
        ask: Ask::Input,
        occasion: &occasion,
        max_cards: MAX_CARDS,
        max_steps: MAX_STEPS,
    };
    engine.answer(&question).unwrap()
}

fn outcomes(answer: &Answer) -> BTreeMap<String, Outcome> {
    answer.decisions.iter().map(|decision| (decision.rule.clone(), decision.outcome)).collect()
}

/// What a clinician sees, and what was decided.
fn seen(answer: &Answer) -> String {
    serde_json::to_string(&(outcomes(answer), &answer.cards)).unwrap()
}

fn entries(request: &mut Value) -> &mut Vec<Value> {
    request["prefetch"]["record"]["entry"].as_array_mut().unwrap()
}

/// Adds a changed copy of every resource but the patient.
fn with_copies(request: &Value, suffix: &str, change: impl Fn(&mut Value)) -> Value {
    let mut request = request.clone();
    let list = entries(&mut request);
    let copies = list.clone().into_iter().filter(|entry| entry["resource"]["resourceType"] != "Patient").map(|mut entry| {
        let id = format!("{}{suffix}", entry["resource"]["id"].as_str().unwrap());
        entry["fullUrl"] = json!(format!("https://ehr.example/fhir/{}/{id}", entry["resource"]["resourceType"].as_str().unwrap()));
        entry["resource"]["id"] = json!(id);
        change(&mut entry["resource"]);
        entry
    });
    list.extend(copies.collect::<Vec<_>>());
    request
}

/// Says that a resource was entered in error, the way its type does.
fn withdraw(resource: &mut Value) {
    match resource["resourceType"].as_str() {
        Some("Condition" | "AllergyIntolerance") => resource["verificationStatus"] = json!({"coding": [{"code": "entered-in-error"}]}),
        _ => resource["status"] = json!("entered-in-error"),
    }
}

fn give_away(resource: &mut Value) {
    for member in ["subject", "patient", "beneficiary"] {
        if resource.get(member).is_some() {
            resource[member] = json!({"reference": "Patient/somebody-else"});
        }
    }
}

fn is_about_somebody(resource: &Value) -> bool {
    ["subject", "patient", "beneficiary"].iter().any(|member| resource.get(*member).is_some())
}

#[test]
fn what_must_not_change_an_answer_does_not() {
    let mut changed = Vec::new();
    for pack in ["trd", "hypertension"] {
        let (engine, cases) = cases(pack);
        assert!(cases.len() > 40, "{pack}");
        for asked in &cases {
            let base = answer(&engine, asked, &asked.request);
            let mut compare = |what: &str, before: &str, after: &str| {
                if before != after {
                    changed.push(format!("{} {what}: {}", asked.name, difference(before, after)));
                }
            };
            let mut turned = asked.request.clone();
            entries(&mut turned).reverse();
            let turned = answer(&engine, asked, &turned);
            compare("in another order", &whole(&base), &whole(&turned));

            let mut strangers = with_copies(&asked.request, "-other", give_away);
            entries(&mut strangers)
                .retain(|entry| !entry["resource"]["id"].as_str().unwrap().ends_with("-other") || is_about_somebody(&entry["resource"]));
            compare("with somebody else's records", &seen(&base), &seen(&answer(&engine, asked, &strangers)));

            let withdrawn = with_copies(&asked.request, "-void", withdraw);
            compare("with withdrawn records", &seen(&base), &seen(&answer(&engine, asked, &withdrawn)));
        }
    }
    assert!(changed.is_empty(), "{} changed:\n{}", changed.len(), changed.join("\n"));
}

fn whole(answer: &Answer) -> String {
    serde_json::to_string(&(&answer.decisions, &answer.cards)).unwrap()
}

/// The first place where two texts differ.
fn difference(before: &str, after: &str) -> String {
    let at = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count().saturating_sub(60);
    let part = |text: &str| text.chars().skip(at).take(160).collect::<String>();
    format!("\n  {}\n  {}", part(before), part(after))
}

/// Elements whose absence says something of its own, so that leaving them out is not to know less: what they say where they are
/// absent is what the language says of absence.
const SAYS_SOMETHING_BY_ABSENCE: &[(&str, &str)] = &[
    ("AllergyIntolerance.clinicalStatus", "without it an allergy is active"),
    ("AllergyIntolerance.type", "only `intolerance` says that it is no allergy"),
    ("AllergyIntolerance.verificationStatus", "only `refuted` and the like take it back"),
    ("Appointment.identifier", "only a number says that two bookings are one"),
    ("Appointment.reasonCode", "a booking for nothing in particular is no session"),
    ("Appointment.status", "only `cancelled` and the like take it back"),
    ("ClaimResponse.preAuthPeriod", "an authorization without an end goes on"),
    ("ClaimResponse.preAuthRef", "an answer without a number is no authorization"),
    ("Condition.clinicalStatus", "a problem that nobody ended is there"),
    ("Condition.code", "a condition of which nothing is known is no indication"),
    ("Condition.onsetDateTime", "an episode without a beginning takes in every trial"),
    ("Condition.verificationStatus", "only `refuted` and the like take it back"),
    ("Encounter.reasonCode", "a visit for nothing in particular is no session"),
    ("MedicationAdministration.category", "only a category of anaesthesia takes it out"),
    ("MedicationAdministration.reasonCode", "without a reason the prescription's counts"),
    ("MedicationDispense.medicationCodeableConcept", "a dispense of no drug is of none"),
    ("MedicationRequest.medicationCodeableConcept", "a prescription of no drug gives no reason"),
    ("MedicationRequest.reasonCode", "a prescription without a reason gives none"),
    ("MedicationRequest.status", "a prescription without a status gives no reason"),
    ("MedicationStatement.effectivePeriod", "an end that is not there is no score of that time"),
    ("MedicationStatement.medicationCodeableConcept", "a record of no drug does not break a trial"),
    ("MedicationStatement.note", "words are read where they are"),
    ("MedicationStatement.reasonCode", "without a reason the drug set's own counts"),
    ("MedicationStatement.status", "what is recorded as taken without a status was taken"),
    ("MedicationStatement.statusReason", "without a reason the scores decide"),
    ("Observation.code", "an observation of nothing is none of these"),
    ("Observation.component", "a panel without its parts is none"),
    ("Observation.effectiveDateTime", "of several that may be the latest pressure the worst counts"),
    ("Observation.status", "of several at one moment the worse one counts"),
    ("Observation.valueQuantity", "an observation without a value is none"),
    ("Patient.gender", "who is not recorded as female is not asked about a pregnancy"),
];

/// Rules that ask whether others are unknown: to know less can make them true.
const ASK_WHAT_IS_UNKNOWN: &[&str] = &["trd-review-needed", "antidepressant-trial-incomplete"];

/// One in so many records is looked at: all of them take minutes.
const ONE_IN: usize = 7;

#[test]
fn to_know_less_leads_to_unknown_and_never_to_the_opposite() {
    let mut turned = Vec::new();
    let mut number = 0;
    for pack in ["trd", "hypertension"] {
        let (engine, cases) = cases(pack);
        for asked in &cases {
            let base = outcomes(&answer(&engine, asked, &asked.request));
            let mut request = asked.request.clone();
            for at in 0..entries(&mut request).len() {
                number += 1;
                if number % ONE_IN != 0 {
                    continue;
                }
                let whole = entries(&mut request)[at]["resource"].clone();
                let kind = whole["resourceType"].as_str().unwrap();
                for member in whole.as_object().unwrap().keys() {
                    let path = format!("{kind}.{member}");
                    let is_who = ["resourceType", "id", "subject", "patient", "beneficiary"].contains(&member.as_str());
                    if is_who || SAYS_SOMETHING_BY_ABSENCE.iter().any(|(known, _)| *known == path) {
                        continue;
                    }
                    entries(&mut request)[at]["resource"].as_object_mut().unwrap().remove(member);
                    for (rule, outcome) in outcomes(&answer(&engine, asked, &request)) {
                        let before = base[&rule];
                        if outcome != before && outcome != Outcome::Unknown && !ASK_WHAT_IS_UNKNOWN.contains(&rule.as_str()) {
                            turned.push(format!("{}: without {path} {rule} turns from {before} to {outcome}", asked.name));
                        }
                    }
                    entries(&mut request)[at]["resource"] = whole.clone();
                }
            }
        }
    }
    assert!(turned.is_empty(), "{}", turned.join("\n"));
}
