//! `curbside fhirpath`, run as a person runs it.

#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

const BUNDLE: &str = r#"{"resourceType": "Bundle", "type": "collection", "entry": [
  {"resource": {"resourceType": "Patient", "id": "p1", "birthDate": "1980-02", "name": [{"given": ["Ada", "B."]}]}},
  {"resource": {"resourceType": "Observation", "id": "o1", "status": "final", "code": {"text": "weight"},
    "subject": {"reference": "Patient/p1"}, "valueQuantity": {"value": 71.50, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}}}
]}"#;

fn run(arguments: &[&str]) -> Output {
    // Once: a test that reads it must not find it half written by another.
    static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fhirpath.json");
        fs::write(&file, BUNDLE).unwrap();
        file
    });
    let (expression, rest) = arguments.split_first().unwrap();
    Command::new(env!("CARGO_BIN_EXE_curbside")).arg("fhirpath").arg(expression).arg(&*FILE).args(rest).output().unwrap()
}

#[test]
fn values_have_their_types_and_paths() {
    for (arguments, expected) in [
        (
            &["entry.resource.ofType(Patient).name.given"][..],
            r#"[{"type":"string","value":"Ada","path":"Bundle.entry[0].resource.name[0].given[0]"},
 {"type":"string","value":"B.","path":"Bundle.entry[0].resource.name[0].given[1]"}]"#,
        ),
        (
            &["value.ofType(Quantity).value", "--context", "Observation/o1"],
            r#"[{"type":"decimal","value":71.50,"path":"Bundle.entry[1].resource.value.value"}]"#,
        ),
        (
            &["value as Quantity + 1 'kg'", "--context", "entry.resource.ofType(Observation)"],
            r#"[{"type":"Quantity","value":{"value":72.50,"unit":"kg"},"path":null}]"#,
        ),
        (&["subject.resolve().id", "--context", "Observation/o1"], r#"[{"type":"id","value":"p1","path":"Bundle.entry[0].resource.id"}]"#),
        (&["today() + 1 day", "--at", "2026-11-30"], r#"[{"type":"date","value":"2026-12-01","path":null}]"#),
        (&["birthDate", "--context", "Patient/p1"], r#"[{"type":"date","value":"1980-02","path":"Bundle.entry[0].resource.birthDate"}]"#),
        (&["birthDate < @1980-02-15", "--context", "Patient/p1", "--format", "json"], "[]"),
    ] {
        let output = run(arguments);
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim_end(),
            expected,
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn what_is_refused_is_refused_with_its_class() {
    for (expression, words) in [
        ("entry.resource.ofType(Patient).nmae", &["semantic", "has no element `nmae`", "did you mean `name`?"][..]),
        ("entry.resource.ofType(Observation).valueQuantity", &["semantic", "write `value.ofType(Quantity)`"]),
        ("entry.where(", &["syntax"]),
        ("entry.resource.single()", &["execution", "must be one item, not 2"]),
    ] {
        let output = run(&[expression]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{expression}");
        assert!(output.stdout.is_empty());
        for word in words {
            assert!(said.contains(word), "{expression}: {said}");
        }
    }
}

#[test]
fn types_and_steps_are_told_beside_the_values() {
    let output = run(&["value.trace('weight').exists()", "--context", "Observation/o1", "--types", "--trace"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines[0], "type: System.Boolean");
    assert!(said.contains("value.trace('weight').exists(): 1 [true]") && said.contains("trace weight: [{\"value\": 71.50"), "{said}");
}
