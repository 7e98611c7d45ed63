//! What shorthand becomes: the FHIR resources of each kind of fact.

use curbside_cases::load;
use serde_json::{Value, json};

use crate::files;

/// The request of a case with these facts, about the TRD pack.
fn request(hook: &str, given: &str) -> Value {
    let lines: String = given.lines().map(|line| format!("  {line}\n")).collect();
    let text = format!("case: a\nat: 2026-11-23\nhook: {hook}\npatient: {{age: 34 years, sex: female}}\ngiven:\n{lines}exact_cards: []\n");
    let suite = load([("tests/a.yaml".to_owned(), text)]);
    assert!(!suite.found.has_errors(), "{:?}", suite.found);
    suite.cases[0].request(&files::trd()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// The resources of a bundle without what all of them have.
fn resources(bundle: &Value) -> Vec<Value> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries
        .into_iter()
        .map(|entry| {
            let mut resource = entry["resource"].clone();
            for member in ["subject", "patient", "beneficiary", "participant"] {
                resource.as_object_mut().unwrap().remove(member);
            }
            resource
        })
        .collect()
}

fn record(given: &str) -> Vec<Value> {
    resources(&request("patient-view", given)["prefetch"]["record"]).split_off(1)
}

fn mg(value: i64) -> Value {
    json!({"value": value, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"})
}

#[test]
fn the_patient_has_a_date_of_birth() {
    let patient = &resources(&request("patient-view", "  []")["prefetch"]["record"])[0];
    assert_eq!(*patient, json!({"resourceType": "Patient", "id": "patient", "gender": "female", "birthDate": "1992-11-23"}));
}

#[test]
fn drugs_become_the_resource_that_says_so() {
    let facts = record(
        "- medication: {drug: sertraline, dose: 100 mg/day, from: 2025-05, to: 2025-07-15, stopped_for: not effective}\n\
         - medication: {record: request, drug: venlafaxine, dose: 75 mg, frequency: 2/day, from: 2026-01-05, supply: 86 days}\n\
         - medication: {record: dispense, drug: {text: Trintellix}, from: 2026-01-05, supply: 30 days, prn: true, dose: 10-20 mg}",
    );
    assert_eq!(
        facts[0],
        json!({
            "resourceType": "MedicationStatement", "id": "sertraline", "status": "completed",
            "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "36437", "display": "sertraline"}], "text": "sertraline"},
            "effectivePeriod": {"start": "2025-05", "end": "2025-07-15"},
            "statusReason": [{"coding": [{"system": "http://snomed.info/sct", "code": "435501000124106"}], "text": "not effective"}],
            "dosage": [{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "doseAndRate": [{"doseQuantity": mg(100)}]}],
        })
    );
    assert_eq!(facts[1]["dosageInstruction"][0]["timing"]["repeat"]["frequency"], 2);
    assert_eq!(facts[1]["dispenseRequest"]["expectedSupplyDuration"]["value"], 86);
    assert_eq!(facts[1]["authoredOn"], "2026-01-05");
    assert_eq!(facts[2]["medicationCodeableConcept"], json!({"text": "Trintellix"}));
    assert_eq!(
        facts[2]["dosageInstruction"],
        json!([{"asNeededBoolean": true, "doseAndRate": [{"doseRange": {"low": mg(10), "high": mg(20)}}]}])
    );
}

#[test]
fn a_product_of_several_drugs_is_a_resource_of_its_own() {
    let facts = record(
        "- medication: {ingredients: [{drug: rxnorm|61381, strength: 6 mg}, {drug: fluoxetine, strength: 25 mg}], dose: \"1 {capsule}/day\", from: 2026-01-05, to: 2026-03-31}",
    );
    assert_eq!(facts[0]["ingredient"][1]["strength"]["numerator"], mg(25));
    assert_eq!(facts[1]["medicationReference"]["reference"], "Medication/product");
    assert_eq!(facts[1]["dosage"][0]["doseAndRate"][0]["doseQuantity"]["unit"], "capsule");
}

#[test]
fn findings_and_problems_are_written_as_their_profiles_say() {
    let facts = record(
        "- condition: {code: [icd10cm|F33.1, snomed|66344007], onset: 2025-09-01}\n\
         - condition: {code: icd10cm|I10, status: none, verification: entered-in-error}\n\
         - score: {instrument: phq9, value: 18, at: 7 days ago}\n\
         - blood_pressure: {value: 128/-, at: today}\n\
         - observation: {code: loinc|29463-7, value: 80 kg, at: 2026-11-01}\n\
         - observation: {code: loinc|82810-3, value: snomed|60001007}\n\
         - allergy: {drug: ketamine, type: allergy}\n\
         - preauthorization: {from: 2026-10-01, to: 2027-03-31}\n\
         - resource: {resourceType: FamilyMemberHistory, status: completed}",
    );
    assert_eq!(facts[0]["code"]["coding"][1]["code"], "66344007");
    assert_eq!(facts[0]["clinicalStatus"]["coding"][0]["code"], "active");
    assert_eq!(facts[1].get("clinicalStatus"), None);
    assert_eq!(facts[2]["id"], "phq9-2026-11-16");
    assert_eq!(facts[2]["valueQuantity"]["value"], 18);
    assert_eq!(facts[3]["component"].as_array().map(Vec::len), Some(1));
    assert_eq!(facts[4]["valueQuantity"]["code"], "kg");
    assert_eq!(facts[5]["valueCodeableConcept"]["coding"][0]["code"], "60001007");
    assert_eq!(facts[6]["code"]["coding"][0]["code"], "6130");
    assert_eq!(facts[7]["preAuthPeriod"]["end"], "2027-03-31");
    assert_eq!(facts[8]["resourceType"], "FamilyMemberHistory");
}

#[test]
fn orders_and_bookings_are_the_hooks_context() {
    let given = "- order: {drug: ketamine, dose: 40 mg, route: intravenous, over: 40 minutes, reason: icd10cm|F33.1}\n- order: {id: other, drug: esketamine, setting: none, selected: false}";
    let request_ = request("order-select", given);
    assert_eq!(request_["context"]["selections"], json!(["MedicationRequest/draft-ketamine"]));
    let drafts = resources(&request_["context"]["draftOrders"]);
    assert_eq!(drafts[0]["dosageInstruction"][0]["timing"]["repeat"], json!({"duration": 40, "durationUnit": "min"}));
    assert_eq!(drafts[0]["dosageInstruction"][0]["route"]["coding"][0]["code"], "47625008");
    assert_eq!(drafts[1].get("category"), None);
    let given = "- booking: {drug: esketamine, at: in 2 days, length: 2 hours}\n- booking: {drug: esketamine, at: today, proposed: false}";
    let booked = request("appointment-book", given);
    let proposed = resources(&booked["context"]["appointments"]);
    assert_eq!((&proposed[0]["start"], &proposed[0]["minutesDuration"]), (&json!("2026-11-25T10:00:00Z"), &json!(120)));
    assert_eq!(resources(&booked["prefetch"]["record"])[1]["status"], "booked");
}

#[test]
fn sessions_are_administrations_on_dates() {
    let facts = record(
        "- session: {drug: esketamine, dose: 56 mg, route: nasal, at: [2026-11-23, {from: 2026-10-26, to: 2026-11-16, every: 7 days}]}",
    );
    let dates: Vec<&str> = facts.iter().filter_map(|fact| fact["effectiveDateTime"].as_str()).collect();
    assert_eq!(dates, ["2026-11-23", "2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16"]);
    assert_eq!(
        facts[0]["dosage"],
        json!({"dose": mg(56), "route": {"coding": [{"system": "http://snomed.info/sct", "code": "46713006"}], "text": "nasal"}})
    );
}
