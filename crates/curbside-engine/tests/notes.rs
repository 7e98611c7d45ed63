//! What an answer says of records that it leaves out.

use std::collections::BTreeMap;

use curbside_engine::exchange::wrap;
use curbside_engine::{CallInput, Engine, Pack};
use curbside_rules::Settings;

const PACK: &str = "pack: mood\ntitle: Mood\nversion: 1.0.0\nsources: {scale: {title: The scale}}
services: [{id: mood, hook: patient-view, description: Mood, rules: [low-mood]}]\n";
const SCALE: &str = "instrument: phq9\ntitle: PHQ-9\ncodes: [loinc|44261-6]\nrange: [0, 27]\nsource: scale\n";
const RULE: &str = "title: Low mood\nsource: [{claim: ten is low, from: scale}]
when: {score: {instruments: phq9, value: {at_least: {value: 10, source: scale}}}}\ncard: {indicator: info, summary: Low mood}\n";

/// An observation of a total, of which this is the value.
fn total(id: &str, value: &str) -> String {
    format!(
        r#"{{"resource":{{"resourceType":"Observation","id":"{id}","status":"final","subject":{{"reference":"Patient/p"}},
            "code":{{"coding":[{{"system":"http://loinc.org","code":"44261-6"}}]}},"effectiveDateTime":"2026-11-20",{value}}}}}"#
    )
}

#[test]
fn a_total_that_can_be_none_is_noted() {
    let files = [("pack.yaml", PACK), ("instruments/phq9.yaml", SCALE), ("low-mood.yaml", RULE)];
    let files: BTreeMap<String, String> = files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let loaded = Pack::load(files, &Settings::default());
    let engine = Engine::new(vec![loaded.pack.unwrap()]);
    let entries = [
        total("a", r#""valueQuantity":{"value":28}"#),
        total("b", r#""valueQuantity":{"value":10,"comparator":">"}"#),
        total("c", r#""dataAbsentReason":{"text":"declined"}"#),
        total("d", r#""valueInteger":4"#),
    ];
    let record = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{{"resourceType":"Patient","id":"p"}}}},{}]}}"#,
        entries.join(",")
    );
    let input = CallInput { occasion: Some("test".to_owned()), ..CallInput::default() };
    let answer = engine.call("", &wrap(&record, Some("patient-view"), &input).unwrap(), "2026-11-23").unwrap();
    for (id, why) in [("a", "28 is not from 0 to 27"), ("b", "a bound is no total"), ("c", "it has no value")] {
        let note = format!("Observation/{id} is ignored as a total of PHQ-9: {why}");
        assert!(answer.contains(&note), "{note}: {answer}");
    }
    assert!(!answer.contains("Observation/d is ignored"), "{answer}");
}
