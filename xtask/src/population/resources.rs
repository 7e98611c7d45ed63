//! What a record is full of: conditions, drugs, measurements, visits, claims.

use serde_json::{Value, json};

use super::random::Random;
use super::sender::{Bundle, Sender};

const CONDITIONS: [(&str, &str, &str); 6] = [
    ("59621000", "I10", "Essential hypertension"),
    ("44054006", "E11.9", "Diabetes mellitus type 2"),
    ("195967001", "J45.909", "Asthma"),
    ("40055000", "J32.9", "Chronic sinusitis"),
    ("55822004", "E78.5", "Hyperlipidemia"),
    ("21897009", "F41.1", "Generalized anxiety disorder"),
];
const DRUGS: [(&str, &str); 6] = [
    ("6809", "metformin"),
    ("29046", "lisinopril"),
    ("36567", "simvastatin"),
    ("7646", "omeprazole"),
    ("10582", "levothyroxine"),
    ("161", "acetaminophen"),
];
const MEASUREMENTS: [(&str, &str, &str, u64, u64); 6] = [
    ("8302-2", "Body height", "cm", 150, 195),
    ("29463-7", "Body weight", "kg", 45, 130),
    ("8867-4", "Heart rate", "/min", 50, 110),
    ("4548-4", "Hemoglobin A1c", "%", 4, 11),
    ("2339-0", "Glucose", "mg/dL", 60, 220),
    ("2093-3", "Total cholesterol", "mg/dL", 120, 300),
];
/// What is written where no clinical status is known: nothing.
const STATUSES: [&str; 5] = ["active", "active", "resolved", "inactive", "remission"];

pub(super) fn condition(bundle: &mut Bundle, random: &mut Random, code: &Value, status: &str, onset: &str) {
    let mut body = json!({"code": code, "subject": bundle.subject()});
    if bundle.sender != Sender::Hospital {
        let coded = |name: &str, code: &str| json!({"coding": [{"system": format!("http://terminology.hl7.org/CodeSystem/condition-{name}"), "code": code}]});
        body["clinicalStatus"] = coded("clinical", status);
        body["verificationStatus"] = coded("ver-status", if random.percent(97) { "confirmed" } else { "entered-in-error" });
        // A year, a month or a day: as precise as somebody remembered.
        let length = *random.pick(&[4, 7, 10, 10, 10]);
        body["onsetDateTime"] = onset[..length].into();
    }
    bundle.add(random, "Condition", body);
}

pub(super) fn some_condition(bundle: &mut Bundle, random: &mut Random) {
    let (snomed, icd10, display) = *random.pick(&CONDITIONS);
    let code = bundle.diagnosis(snomed, icd10, display);
    let (status, onset) = (*random.pick(&STATUSES), random.date(2005, 2025));
    condition(bundle, random, &code, status, &onset);
}

pub(super) fn some_drug(bundle: &mut Bundle, random: &mut Random) {
    let (code, name) = *random.pick(&DRUGS);
    let start = random.date(2018, 2026);
    drug(bundle, random, code, name, None, &start, None);
}

/// A prescription in the way of its sender; the dose in mg a day, where it is said at all.
pub(super) fn drug(
    bundle: &mut Bundle,
    random: &mut Random,
    code: &str,
    name: &str,
    dose: Option<u64>,
    start: &str,
    end: Option<(&str, &str)>,
) {
    let concept =
        json!({"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": code, "display": name}], "text": name});
    let subject = bundle.subject();
    let mut body = json!({"status": if end.is_some() { "stopped" } else { *random.pick(&["active", "completed", "stopped"]) }, "intent": "order", "subject": subject, "authoredOn": start});
    match bundle.sender {
        Sender::Hospital => {
            let medication = bundle.add(random, "Medication", json!({"code": concept, "identifier": [{"value": name}]}));
            body["medicationReference"] = json!({"reference": format!("Medication/{medication}")});
            body["dosageInstruction"] = json!([{"text": format!("{name} tablet"), "doseAndRate": [{"doseQuantity": {"value": random.from(1, 4), "unit": *random.pick(&["TAB", "mg", "mL", "UNIT"])}}]}]);
        }
        Sender::Generator | Sender::Practice => body["medicationCodeableConcept"] = concept.clone(),
    }
    if let Some(dose) = dose {
        body["dosageInstruction"] = json!([{"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}, "doseAndRate": [{"doseQuantity": {"value": dose, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}}]}]);
    } else if bundle.sender == Sender::Generator && random.percent(30) {
        // A dose without a unit.
        body["dosageInstruction"] = json!([{"asNeededBoolean": false, "timing": {"repeat": {"frequency": 1, "period": 1.0, "periodUnit": "d"}}, "doseAndRate": [{"doseQuantity": {"value": 1.0}}]}]);
    }
    if let Some((end, reason)) = end {
        body["dispenseRequest"] = json!({"validityPeriod": {"start": start, "end": end}});
        body["statusReason"] = json!({"text": reason});
    }
    bundle.add(random, "MedicationRequest", body);
    if bundle.sender == Sender::Practice && random.percent(60) {
        let supply = json!({"value": 30, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"});
        let dispense = json!({"status": "completed", "medicationCodeableConcept": concept, "subject": bundle.subject(), "whenHandedOver": start, "daysSupply": supply});
        bundle.add(random, "MedicationDispense", dispense);
    }
}

pub(super) fn measurement(bundle: &mut Bundle, random: &mut Random) {
    let (code, display, unit, low, high) = *random.pick(&MEASUREMENTS);
    let value = json!({"value": random.from(low, high), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit});
    let when = format!("{}T{:02}:15:00.000-05:00", random.date(2016, 2026), random.from(8, 18));
    let mut body = observation(bundle, code, display, &when);
    body["valueQuantity"] = value;
    if random.percent(1) {
        body["modifierExtension"] = json!([{"url": "http://synthetic.example.org/StructureDefinition/doubtful", "valueBoolean": true}]);
    }
    bundle.add(random, "Observation", body);
}

pub(super) fn pressure(bundle: &mut Bundle, random: &mut Random) {
    let part = |code: &str, value: u64| json!({"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": {"value": value, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}});
    let when = random.date(2020, 2026);
    let mut body = observation(bundle, "85354-9", "Blood pressure", &when);
    body["component"] = json!([part("8480-6", random.from(95, 180)), part("8462-4", random.from(55, 110))]);
    bundle.add(random, "Observation", body);
}

/// A PHQ-9 total score.
pub(super) fn score(bundle: &mut Bundle, random: &mut Random, when: &str, points: u64) {
    let mut body = observation(bundle, "44261-6", "PHQ-9 total score", when);
    body["valueQuantity"] = json!({"value": points, "unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"});
    bundle.add(random, "Observation", body);
}

fn observation(bundle: &Bundle, code: &str, display: &str, when: &str) -> Value {
    json!({
        "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code, "display": display}], "text": display},
        "subject": bundle.subject(),
        "effectiveDateTime": when
    })
}

pub(super) fn visit(bundle: &mut Bundle, random: &mut Random) {
    let day = random.date(2016, 2026);
    let who = match bundle.sender {
        Sender::Generator => format!("Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99{:08}", random.from(0, 99_999_999)),
        Sender::Hospital | Sender::Practice => "Practitioner/synthetic".to_owned(),
    };
    let body = json!({
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": bundle.subject(),
        "participant": [{"individual": {"reference": who}}],
        "period": {"start": format!("{day}T09:00:00Z"), "end": format!("{day}T09:30:00Z")}
    });
    let id = bundle.add(random, "Encounter", body);
    if bundle.sender == Sender::Generator {
        claim(bundle, random, &id);
    }
}

/// Half of the bytes of a generated record.
fn claim(bundle: &mut Bundle, random: &mut Random, encounter: &str) {
    let item = |number: u64| json!({"sequence": number, "productOrService": {"coding": [{"system": "http://snomed.info/sct", "code": "162673000", "display": "General examination of patient (procedure)"}]}, "net": {"value": 129.16, "currency": "USD"}, "encounter": [{"reference": format!("urn:uuid:{encounter}")}]});
    let items: Vec<Value> = (1..=random.from(1, 4)).map(item).collect();
    let body = json!({"status": "active", "use": "claim", "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/claim-type", "code": "institutional"}]}, "patient": bundle.subject(), "created": "2024-01-01", "item": items, "total": {"value": 129.16, "currency": "USD"}});
    bundle.add(random, "ExplanationOfBenefit", body);
}
