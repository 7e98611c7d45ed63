//! What a record says and nobody can read leaves open what it would tell; what it says well and does not count decides.

use serde_json::{Value, json};

use crate::files;

/// A member of the resource of this id, and its new value; of `+`, a resource more.
type Edit = (&'static str, &'static str, &'static str);

const LATEST: &str = "phq9-2026-11-16";
const TRIAL: &str = "s-plus";

/// Of a patient whose latest PHQ-9 shows remission: what is changed, and what becomes of a rule.
const SCORES: &[(Edit, &str, &str)] = &[
    ((LATEST, "/status", r#""final""#), "trd-eligible", "not-met"),
    ((LATEST, "/valueQuantity/value", "16"), "trd-eligible", "met"),
    // Malformed.
    ((LATEST, "/valueQuantity/value", r#""3""#), "trd-eligible", "unknown"),
    ((LATEST, "/valueQuantity/unit", "5"), "trd-eligible", "unknown"),
    ((LATEST, "/valueQuantity", "[3]"), "trd-eligible", "unknown"),
    ((LATEST, "/dataAbsentReason", "5"), "trd-eligible", "unknown"),
    ((LATEST, "/code", "5"), "trd-eligible", "unknown"),
    ((LATEST, "/code", r#""44261-6""#), "trd-eligible", "unknown"),
    ((LATEST, "/code", "null"), "trd-eligible", "unknown"),
    ((LATEST, "/status", "5"), "trd-eligible", "unknown"),
    // Well-formed, and no total.
    ((LATEST, "/valueQuantity/value", "300"), "trd-eligible", "met"),
    ((LATEST, "/valueQuantity/comparator", r#""<""#), "trd-eligible", "met"),
    ((LATEST, "/dataAbsentReason", r#"{"text":"refused"}"#), "trd-eligible", "met"),
    ((LATEST, "/status", r#""cancelled""#), "trd-eligible", "met"),
    // The item that asks about self-harm.
    (("item9-2026-11-16", "/valueQuantity/value", "1"), "suicide-risk-flag", "met"),
    (("item9-2026-11-16", "/valueQuantity/value", r#""1""#), "suicide-risk-flag", "unknown"),
    (("item9-2026-11-16", "/code", "5"), "suicide-risk-flag", "unknown"),
];

/// Of a patient who is eligible: what is changed, and what becomes of that.
const OTHERS: &[(Edit, &str)] = &[
    // What was not taken is no trial; what may not have been is none for certain.
    ((TRIAL, "/taken", r#""y""#), "met"),
    ((TRIAL, "/taken", r#""n""#), "not-met"),
    ((TRIAL, "/taken", r#""unk""#), "unknown"),
    ((TRIAL, "/taken", r#""na""#), "unknown"),
    ((TRIAL, "/taken", r#""maybe""#), "unknown"),
    ((TRIAL, "/wasNotTaken", "true"), "not-met"),
    ((TRIAL, "/reasonNotTaken", r#"[{"text":"never began"}]"#), "unknown"),
    ((TRIAL, "/adherence", r#"{"code":{"coding":[{"code":"not-taking"}]}}"#), "not-met"),
    ((TRIAL, "/adherence", r#"{"code":{"coding":[{"code":"stopped-as-directed"}]}}"#), "met"),
    ((TRIAL, "/adherence", r#"{"code":{"coding":[{"code":"unknown"}]}}"#), "unknown"),
    // What changes the meaning of a part.
    ((TRIAL, "/dosage/0/modifierExtension", r#"[{"url":"x"}]"#), "unknown"),
    ((TRIAL, "/contained", r#"[{"resourceType":"Medication","modifierExtension":[{"url":"x"}]}]"#), "unknown"),
    ((TRIAL, "/effectivePeriod", r#"["2025-10-01","2025-12-15"]"#), "unknown"),
    ((TRIAL, "/medication", r#"{"concept":{"text":"fluoxetine"}}"#), "unknown"),
    // A status that FHIR does not have, or two of them.
    (("mdd", "/verificationStatus", r#"{"coding":[{"code":"doubtful"}]}"#), "unknown"),
    (("mdd", "/verificationStatus", r#"{"text":"Refuted"}"#), "unknown"),
    (("mdd", "/verificationStatus", "5"), "unknown"),
    (("mdd", "/verificationStatus", r#""confirmed""#), "met"),
    (("mdd", "/clinicalStatus", r#"{"coding":[{"code":"active"},{"code":"resolved"}]}"#), "unknown"),
    (("mdd", "/onsetDateTime", "5"), "unknown"),
    // What is of no type may be anything.
    (("+", "", "{}"), "unknown"),
    (("+", "", r#"{"resourceType":"Basic","id":"x"}"#), "met"),
    (("p", "/birthDate", r#""2110-01-01""#), "unknown"),
];

#[test]
fn a_score_that_cannot_be_read_is_not_one_that_is_not_there() {
    let engine = files::trd();
    for (edit, rule, expected) in SCORES {
        assert_eq!(outcome(&engine, &[*edit], rule), *expected, "{edit:?}");
    }
}

#[test]
fn what_cannot_be_read_of_a_record_leaves_open_what_it_decides() {
    let engine = files::trd();
    for (edit, expected) in OTHERS {
        assert_eq!(outcome(&engine, &[(LATEST, "/valueQuantity/value", "16"), *edit], "trd-eligible"), *expected, "{edit:?}");
    }
}

#[test]
fn numbers_that_no_one_can_hold_and_members_given_twice_are_unreadable() {
    let engine = files::trd();
    let request = request(&[]);
    let latest = r#""id":"phq9-2026-11-16""#;
    let (before, behind) = request.split_once(latest).unwrap();
    for (from, to) in [(r#""value":3"#, r#""value":1e400"#), (r#""code":{"coding""#, r#""code":null,"code":{"coding""#)] {
        let text = [before, latest, &behind.replacen(from, to, 1)].concat();
        assert_eq!(decided(&engine, &text, "trd-eligible"), "unknown", "{to}");
    }
}

fn request(edits: &[Edit]) -> String {
    let texts = files::files(&files::root().join("crates/curbside-cases/tests/unreadable"));
    let mut request: Value = serde_json::from_str(&texts["remission.json"]).unwrap();
    let entries = request["prefetch"]["record"]["entry"].as_array_mut().unwrap();
    for (id, pointer, value) in edits {
        let value: Value = serde_json::from_str(value).unwrap();
        if *id == "+" {
            entries.push(json!({ "resource": value }));
            continue;
        }
        let resource = entries.iter_mut().map(|entry| &mut entry["resource"]).find(|resource| resource["id"] == *id).unwrap();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        // Members first, so that the resource's own id stays in front.
        resource.pointer_mut(parent).unwrap()[member] = value;
    }
    request.to_string()
}

fn outcome(engine: &curbside_engine::Engine, edits: &[Edit], rule: &str) -> String {
    decided(engine, &request(edits), rule)
}

fn decided(engine: &curbside_engine::Engine, request: &str, rule: &str) -> String {
    let answer: Value = serde_json::from_str(&engine.call("", request, "2026-11-23").unwrap()).unwrap();
    let decisions = answer["extension"]["org.curbside.result"]["decisions"].as_array().unwrap();
    let decision = decisions.iter().find(|decision| decision["rule"] == rule).unwrap();
    decision["outcome"].as_str().unwrap().to_owned()
}
