//! What the text of a card shows is read and asked for, also where nothing in the rule's criteria reads it.

use std::collections::BTreeMap;

use curbside_engine::exchange::wrap;
use curbside_engine::{CallInput, Engine, Pack};
use curbside_rules::Settings;

const PACK: &str = "pack: weight\ntitle: Weight\nversion: 1.0.0\nsources: {s: {title: A source}}
services: [{id: adults, hook: patient-view, description: Adults, rules: [adult]}, {id: cases, hook: order-sign, description: Cases, rules: [case]}]\n";
const ADULT: &str = "title: Adult\nsource: [{claim: adults are weighed, from: s}]
define: {weighed: {observation: {in: body-weight}}}
when: {age: {at_least: {value: 18 years, source: s}}}\ncard: {indicator: info, summary: Adult, detail: \"Weighed: {{ weighed.value }}\"}\n";
const CASE: &str = "title: Case\nsource: [{claim: cases are adults, from: s}]
when: {age: {at_least: {value: 18 years, source: s}}}\ncard: {indicator: info, summary: Case}\n";
const SET: &str = "resourceType: ValueSet\nname: body-weight\ncompose: {include: [{system: loinc, concept: [{code: 29463-7}]}]}\n";

#[test]
fn what_a_text_shows_is_read_and_asked_for() {
    let files = [("pack.yaml", PACK), ("adult.yaml", ADULT), ("case.yaml", CASE), ("value-sets/body-weight.yaml", SET)];
    let files: BTreeMap<String, String> = files.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect();
    let loaded = Pack::load(files, &Settings::default());
    let found: Vec<String> = loaded.found.iter().map(|finding| finding.message.clone()).collect();
    let engine = Engine::new(vec![loaded.pack.unwrap_or_else(|| panic!("{found:?}"))]);
    let record = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","id":"p","birthDate":"1980-01-01"}},
        {"resource":{"resourceType":"Observation","id":"w","status":"final","subject":{"reference":"Patient/p"},"effectiveDateTime":"2026-11-20",
            "code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"valueQuantity":{"value":70,"unit":"kg"}}}]}"#;
    let input = CallInput { occasion: Some("test".to_owned()), ..CallInput::default() };
    let answer = engine.call("", &wrap(record, Some("patient-view"), &input).unwrap(), "2026-11-23").unwrap();
    assert!(answer.contains("Weighed: 70 kg"), "{answer}");
    let offered: Vec<bool> = engine.describe().services.iter().map(|offer| offer.prefetch.contains_key("observations")).collect();
    assert_eq!(offered, [true, false]);
}
