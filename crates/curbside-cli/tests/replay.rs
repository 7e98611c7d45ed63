//! `curbside replay` says what `curbside eval` says.

#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn curbside(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_curbside")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn record(id: &str) -> String {
    let code = r#"{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I67.1"}]}"#;
    let patient = format!(r#"{{"resource": {{"resourceType": "Patient", "id": "{id}", "birthDate": "1980-02-03"}}}}"#);
    let condition = format!(
        r#"{{"resource": {{"resourceType": "Condition", "id": "c-{id}", "subject": {{"reference": "Patient/{id}"}}, "code": {code}}}}}"#
    );
    format!(r#"{{"resourceType": "Bundle", "type": "collection", "entry": [{patient}, {condition}]}}"#)
}

#[test]
fn a_context_is_given_to_every_record() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replay");
    fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    };
    let records = write("records.ndjson", &format!("{}\n{}\n", record("a"), record("b")));
    // A draft in a context need not say whose it is.
    let draft = r#"{"resourceType": "MedicationRequest", "id": "draft", "status": "draft", "intent": "order", "medicationCodeableConcept": {"text": "esketamine 56 mg nasal spray"}}"#;
    let orders = format!(r#"{{"resourceType": "Bundle", "type": "collection", "entry": [{{"resource": {draft}}}]}}"#);
    let context = write("context.json", &format!(r#"{{"hook": "order-sign", "context": {{"draftOrders": {orders}}}}}"#));
    let rules = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../rules/trd").display().to_string();
    let asked = [&records, "--rules", &rules, "--at", "2026-11-23"];
    let run = |command: &[&str], rest: &[&str]| curbside(&[command, &asked, rest].concat());
    let with = run(&["replay"], &["--context", &context, "--output", "-"]);
    assert_eq!(with, run(&["eval"], &["--context", &context, "--format", "json"]));
    assert!(with.contains("order-sign") && with.contains("cardio-cerebrovascular-caution"), "{with}");
    let without = run(&["replay"], &["--output", "-"]);
    assert!(without.contains("patient-view") && !without.contains("order-sign"));
}
