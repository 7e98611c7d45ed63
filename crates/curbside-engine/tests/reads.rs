//! What a service needs of a record is read and asked for, whatever in its rules needs it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;

use curbside_engine::{Engine, Pack};
use curbside_rules::Settings;

const PACK: &str = "pack: p\ntitle: P\nversion: 1.0.0\nsources: {s: {title: A source}}
services: [{id: asked, hook: appointment-book, description: Asked, rules: [asked]}]\n";
const WEIGHT: &str = "resourceType: ValueSet\nname: body-weight\ncompose: {include: [{system: loinc, concept: [{code: 29463-7}]}]}\n";
const DEPRESSION: &str = "resourceType: ValueSet\nname: depression\ncompose: {include: [{system: icd10cm, concept: [{code: F33.2}]}]}\n";
const DRUGS: &str = "drug_set: drugs\ntitle: Drugs\ningredients: {esketamine: {atc: [N06AX27]}}\n";

const CALL: &str = r#"{"hook":"appointment-book","context":{"userId":"Practitioner/1","patientId":"p","appointments":{"resourceType":"Bundle","type":"collection","entry":[
    {"resource":{"resourceType":"Appointment","id":"a","status":"proposed","start":"2027-03-01T09:00:00Z","end":"2027-03-01T10:00:00Z",
        "participant":[{"actor":{"reference":"Patient/p"},"status":"accepted"}]}}]}},
    "prefetch":{"record":{"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","id":"p","birthDate":"2009-01-01"}},
        {"resource":{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"recordedDate":"2026-01-01",
            "clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]},
            "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"F33.2"}]}}},
        {"resource":{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","subject":{"reference":"Patient/p"},
            "medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"N06AX27"}]},"authoredOn":"2026-10-01",
            "reasonReference":[{"reference":"Condition/c"}]}},
        {"resource":{"resourceType":"Observation","id":"w","status":"final","subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-11-20",
            "code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"valueQuantity":{"value":70,"unit":"kg"}}}]}}}"#;

/// The answer of a pack with one rule, and the prefetch keys of its one service.
fn ask(rule: &str) -> (String, Vec<String>) {
    let rule = format!("title: Asked\nsource: [{{claim: it is asked, from: s}}]\n{rule}\n");
    let files = [
        ("pack.yaml", PACK),
        ("asked.yaml", &rule),
        ("value-sets/body-weight.yaml", WEIGHT),
        ("value-sets/depression.yaml", DEPRESSION),
        ("value-sets/drugs.yaml", DRUGS),
    ];
    let files: BTreeMap<String, String> = files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let loaded = Pack::load(files, &Settings::default());
    let found: Vec<String> = loaded.found.iter().map(|finding| finding.message.clone()).collect();
    let engine = Engine::new(vec![loaded.pack.unwrap_or_else(|| panic!("{found:?}"))]);
    let answer = engine.call("asked", CALL, "2026-11-23").unwrap();
    let mut offers = engine.describe().services;
    (answer, offers.remove(0).prefetch.into_keys().collect())
}

#[test]
fn what_a_text_shows() {
    let (answer, keys) = ask("define: {weighed: {observation: {in: body-weight}}}
when: {age: {at_least: {value: 1 year, source: s}}}\ncard: {indicator: info, summary: Child, detail: \"Weighed: {{ weighed.value }}\"}");
    assert!(answer.contains("Weighed: 70 kg"), "{answer}");
    assert_eq!(keys, ["observations", "patient"]);
}

#[test]
fn conditions_that_are_reasons() {
    let (answer, keys) = ask("when: {medication: {in: drugs, reason: depression}}\ncard: {indicator: info, summary: Treated}");
    assert!(answer.contains(r#""summary":"Treated""#), "{answer}");
    assert!(keys.iter().any(|key| key == "conditions"), "{keys:?}");
}

#[test]
fn the_appointment_that_is_proposed() {
    let (answer, keys) =
        ask("when: {age: {at_least: {value: 18 years, source: s}, at: proposed}}\ncard: {indicator: info, summary: Adult then}");
    assert!(answer.contains(r#""summary":"Adult then""#), "{answer}");
    assert!(keys.iter().any(|key| key == "appointments"), "{keys:?}");
}
