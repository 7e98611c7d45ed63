//! One synthetic patient, from who they are to what is odd about their record.

use serde_json::{Value, json};

use super::random::Random;
use super::resources::{condition, drug, measurement, pressure, score, some_condition, some_drug, visit};
use super::sender::{Bundle, Sender};

const ANTIDEPRESSANTS: [(&str, &str, u64); 5] = [
    ("36437", "sertraline", 100),
    ("4493", "fluoxetine", 40),
    ("39786", "venlafaxine", 150),
    ("42347", "bupropion", 300),
    ("72625", "duloxetine", 60),
];
const ICD10: [&str; 2] = ["F33.1", "F32.9"];
/// How a trial is said to have ended.
const REASONS: [&str; 4] = ["not effective", "lack of efficacy", "patient request", "side effects"];

/// The record of a patient.
pub(super) fn record(seed: u64, number: u64) -> Bundle {
    let random = &mut Random::of(seed, number);
    let sender = *random.pick(&[Sender::Generator, Sender::Hospital, Sender::Practice]);
    let patient = match sender {
        Sender::Generator => random.uuid(),
        Sender::Hospital | Sender::Practice => format!("synthetic-{number}"),
    };
    let mut bundle = Bundle::new(sender, patient);
    who(&mut bundle, random, number);
    for _ in 0..random.from(1, 6) {
        some_condition(&mut bundle, random);
    }
    for _ in 0..random.from(0, 6) {
        some_drug(&mut bundle, random);
    }
    for _ in 0..random.from(5, 40) {
        measurement(&mut bundle, random);
    }
    for _ in 0..random.from(0, 4) {
        pressure(&mut bundle, random);
    }
    for _ in 0..random.from(2, 12) {
        visit(&mut bundle, random);
    }
    if random.percent(12) {
        depression(&mut bundle, random);
    }
    oddities(&mut bundle, random);
    bundle
}

fn who(bundle: &mut Bundle, random: &mut Random, number: u64) {
    let mut body = json!({
        "identifier": [{"system": "urn:curbside:synthetic", "value": number.to_string()}],
        "name": [{"use": "official", "family": format!("Synthetic-{number}"), "given": ["Test"]}],
        "gender": *random.pick(&["female", "male", "female", "male", "other", "unknown"])
    });
    let born = random.date(1935, 2016);
    match random.from(0, 99) {
        0 => {}
        1..=4 => body["birthDate"] = born[..4].into(),
        5..=7 => body["birthDate"] = born[..7].into(),
        _ => body["birthDate"] = born.into(),
    }
    match random.from(0, 99) {
        0..=1 => body["deceasedBoolean"] = true.into(),
        2 => body["deceasedDateTime"] = random.date(2024, 2026).into(),
        _ => {}
    }
    let id = bundle.patient.clone();
    bundle.add_as(&id, "Patient", body);
}

/// A depressive episode, with trials of antidepressants and scores around them.
fn depression(bundle: &mut Bundle, random: &mut Random) {
    let code = bundle.diagnosis("370143000", ICD10[usize::from(random.percent(50))], "Major depressive disorder");
    condition(bundle, random, &code, "active", "2025-01-10");
    let first = random.from(0, 4);
    for trial in 0..random.from(0, 3) {
        let at = usize::try_from((first + trial) % 5).unwrap_or(0);
        let (code, name, dose) = ANTIDEPRESSANTS[at];
        let (month, days) = (2 + trial * 3, random.from(1, 28));
        let (start, end) = (format!("2025-{month:02}-{days:02}"), format!("2025-{:02}-{days:02}", month + random.from(1, 2)));
        score(bundle, random, &start, 18);
        score(bundle, random, &end, random.clone().from(4, 20));
        let dose = random.percent(60).then_some(dose);
        let reason = *random.pick(&REASONS);
        drug(bundle, random, code, name, dose, &start, Some((&end, reason)));
    }
}

/// What somebody once sent.
fn oddities(bundle: &mut Bundle, random: &mut Random) {
    if random.percent(5) {
        // Somebody else's.
        let code = bundle.diagnosis("370143000", "F33.1", "Major depressive disorder");
        bundle.add(random, "Condition", json!({"code": code, "subject": {"reference": "Patient/somebody-else"}}));
    }
    if random.percent(5) {
        // The same thing twice, the newer version first.
        let version = |updated: &str, status: &str| json!({"meta": {"lastUpdated": updated}, "status": status, "intent": "order", "subject": bundle.subject(), "medicationCodeableConcept": {"text": "sertraline 50 mg"}});
        let (new, old) = (version("2026-02-01T00:00:00Z", "stopped"), version("2026-01-01T00:00:00Z", "active"));
        bundle.add_as("twice", "MedicationRequest", new);
        bundle.add_as("twice", "MedicationRequest", old);
    }
    if random.percent(3) {
        let contained = json!([{"resourceType": "Medication", "id": "m", "code": {"text": "lithium carbonate"}}]);
        let body = json!({"contained": contained, "status": "active", "intent": "order", "subject": bundle.subject(), "medicationReference": {"reference": "#m"}});
        bundle.add(random, "MedicationRequest", body);
    }
    if random.percent(3) {
        // A list where one value belongs, a number where text does.
        let odd: Value = json!({"code": [{"text": "low mood"}], "onsetDateTime": 2025, "subject": bundle.subject()});
        bundle.add(random, "Condition", odd);
    }
    if random.percent(2) {
        bundle.add_raw(&json!({"resourceType": "Bundle", "type": "collection", "entry": []}));
    }
    if random.percent(1) {
        bundle.add_raw(&json!({"id": "no-type"}));
    }
}
