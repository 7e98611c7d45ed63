//! Generated charts, good ones and broken ones.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::pair::{AS_OF, everything};

/// A text that a FHIR date may be, partial and broken ones included.
fn date() -> impl Strategy<Value = String> {
    prop_oneof![
        (2015..2027_i32, 1..13_u8, 1..29_u8).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")),
        (2015..2027_i32, 1..13_u8).prop_map(|(year, month)| format!("{year}-{month:02}")),
        (2015..2027_i32).prop_map(|year| year.to_string()),
        (2024..2027_i32, 1..13_u8, 1..29_u8, 0..24_u8).prop_map(|(y, m, d, h)| format!("{y}-{m:02}-{d:02}T{h:02}:30:00+02:00")),
        Just("not a date".to_owned()),
    ]
}

fn coding(codes: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = Value> {
    prop::sample::select(codes).prop_map(|(system, code)| json!({"coding": [{"system": system, "code": code}]}))
}

const CONDITIONS: &[(&str, &str)] = &[
    ("http://hl7.org/fhir/sid/icd-10-cm", "F33.1"),
    ("http://hl7.org/fhir/sid/icd-10-cm", "F32.2"),
    ("http://hl7.org/fhir/sid/icd-10-cm", "F31.9"),
    ("http://hl7.org/fhir/sid/icd-10-cm", "I60.9"),
    ("http://snomed.info/sct", "370143000"),
    ("urn:local", "x"),
];
const DRUGS: &[(&str, &str)] = &[
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "36437"),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "39786"),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "2119365"),
    ("http://www.whocc.no/atc", "N06AB06"),
    ("http://www.whocc.no/atc", "N06AX27"),
];
const SCORES: &[(&str, &str)] = &[("http://loinc.org", "44261-6"), ("http://loinc.org", "85354-9"), ("http://loinc.org", "29463-7")];

fn resource() -> impl Strategy<Value = Value> {
    let status = prop::sample::select(&["active", "resolved", "inactive", "entered-in-error"][..]);
    let order = prop::sample::select(&["active", "completed", "stopped", "draft", "unknown"][..]);
    prop_oneof![
        (coding(CONDITIONS), date(), status).prop_map(|(code, onset, status)| json!({
            "resourceType": "Condition", "subject": {"reference": "Patient/p"}, "code": code, "onsetDateTime": onset,
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": status}]},
            "verificationStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": "confirmed"}]}})),
        (coding(DRUGS), date(), date(), order, 1..400_u32).prop_map(|(code, from, to, status, dose)| json!({
            "resourceType": "MedicationStatement", "subject": {"reference": "Patient/p"}, "medicationCodeableConcept": code, "status": status,
            "effectivePeriod": {"start": from, "end": to},
            "dosage": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}]}]})),
        (coding(SCORES), date(), -5..200_i32).prop_map(|(code, at, value)| json!({
            "resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p"}, "code": code, "effectiveDateTime": at,
            "valueQuantity": {"value": value, "system": "http://unitsofmeasure.org", "code": "{score}"}})),
        Just(json!({"resourceType": "Observation"})),
        Just(json!({"resourceType": "Nonsense", "id": 5})),
    ]
}

fn record() -> impl Strategy<Value = String> {
    (date(), prop::collection::vec(resource(), 0..14)).prop_map(|(birth, resources)| {
        let mut entries = vec![json!({"resource": {"resourceType": "Patient", "id": "p", "birthDate": birth}})];
        entries.extend(resources.into_iter().enumerate().map(|(index, mut resource)| {
            resource["id"] = json!(format!("r{index}"));
            json!({"resource": resource})
        }));
        json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn charts(record in record()) {
        everything().same_of_record("a generated chart", &record);
    }

    #[test]
    fn requests_that_are_no_requests(text in r#"[{}\[\]":,a-z0-9]{0,40}"#) {
        everything().same("generated text", "", &text, AS_OF).ok();
    }

    #[test]
    fn records_cut_short(record in record(), end in 0.0..1.0_f64) {
        let bytes = (record.len() as f64 * end) as usize;
        let cut: String = record.chars().take(bytes).collect();
        everything().same("a record cut short", "", &format!(r#"{{"hook":"patient-view","prefetch":{{"record":{cut}"#), AS_OF).ok();
    }
}
