//! The criterion `expr` on a record: what it answers, on what evidence, and what it misses.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panic")]

use curbside_cards::Occasion;
use curbside_chart::input::{MAX_BYTES, read};
use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Ask, Engine, MAX_STEPS, Pack, Question};
use curbside_rules::Settings;
use curbside_rules::model::Outcome::{self, Met, NotMet, Unknown};

const RECORD: &str = r#"{"resourceType": "Bundle", "type": "collection", "entry": [
  {"resource": {"resourceType": "Patient", "id": "p", "birthDate": "1980-02-03", "gender": "female"}},
  {"resource": {"resourceType": "Observation", "id": "weight", "status": "final", "subject": {"reference": "Patient/p"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "valueQuantity": {"value": 71.5, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}}},
  {"resource": {"resourceType": "Observation", "id": "pressure", "status": "final", "subject": {"reference": "Patient/p"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]}}},
  {"resource": {"resourceType": "Condition", "id": "asthma", "subject": {"reference": "Patient/p"},
    "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J45.909"}]}}}
]}"#;

const PACK: &str = "pack: demo
title: Demo
version: 1.0.0
parameters: {heavy: {type: amount, default: 70000 g, about: heavy}, many: {type: count, default: 2, about: many}}
services: [{id: s, hook: patient-view, title: S, description: S, rules: [r]}]
";
const SET: &str =
    "resourceType: ValueSet\nname: asthma\ncompose: {include: [{system: icd10cm, filter: [{property: concept, op: is-a, value: J45}]}]}\n";

fn ask(expression: &str) -> (Outcome, Vec<String>, Vec<String>) {
    let rule = format!("title: R\nwhen: {{expr: \"{expression}\"}}\ncard: {{indicator: info, summary: S, detail: D}}\n");
    let files = [("pack.yaml", PACK), ("r.yaml", &rule), ("value-sets/asthma.yaml", SET)];
    let loaded = Pack::load(files.map(|(name, text)| (name.to_owned(), text.to_owned())), &Settings::default());
    let pack = loaded.pack.unwrap_or_else(|| panic!("{expression}: {:?}", loaded.found));
    let document = read(RECORD.as_bytes(), MAX_BYTES).unwrap();
    let occasion = Occasion::of(None, RECORD.as_bytes());
    let as_of = AsOf::parse("2026-11-23", &Zone::UTC).unwrap();
    let question = Question {
        document: &document,
        patient: None,
        as_of,
        zone: &Zone::UTC,
        ask: Ask::Hook("patient-view"),
        occasion: &occasion,
        max_cards: 8,
        max_steps: MAX_STEPS,
    };
    let answer = Engine::new(vec![pack]).answer(&question).unwrap();
    let decision = answer.decisions.into_iter().next().unwrap();
    (decision.outcome, decision.evidence.clone(), decision.missing.iter().map(|missing| missing.what.to_string()).collect())
}

#[test]
fn it_answers_with_evidence_and_never_turns_nothing_into_no() {
    let none: &[&str] = &[];
    for (expression, outcome, evidence, missing) in [
        (
            "Observation.where(code.coding.exists(code = '29463-7')).value.ofType(Quantity).exists($this > %parameters.heavy)",
            Met,
            &["Observation/weight"][..],
            none,
        ),
        (
            "Observation.where(code.coding.exists(code = '29463-7')).value.ofType(Quantity).exists($this > 80 'kg')",
            NotMet,
            &["Observation/weight"],
            none,
        ),
        ("Observation.count() > %parameters.many", NotMet, none, none),
        ("Condition.code.exists(memberOf('asthma'))", Met, &["Condition/asthma"], none),
        ("%patient.birthDate <= today() - 18 years and %resource.gender = 'female'", Met, &["Patient/p"], none),
        (
            "Observation.where(code.coding.exists(code = '85354-9')).first().value.ofType(Quantity) > 140 'mm[Hg]'",
            Unknown,
            &["Observation/pressure"],
            &["Observation/pressure value"],
        ),
        ("%patient.deceased.ofType(boolean)", Unknown, &["Patient/p"], &["Patient/p deceased"]),
        // Two observations where one is needed: the question has no answer on this record.
        ("Observation.single().status = 'final'", Unknown, none, &["an answer of the expression"]),
        ("%context.exists()", NotMet, none, none),
    ] {
        let (found, rests_on, misses) = ask(expression);
        assert_eq!(found, outcome, "{expression}: {rests_on:?} {misses:?}");
        assert_eq!(rests_on, evidence, "{expression}");
        if outcome == Unknown {
            assert_eq!(misses, missing, "{expression}");
        }
    }
}
