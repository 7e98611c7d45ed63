//! HL7's FHIRPath suite for R4. Every case stands in `hl7-r4.txt`: `pass`, `refused` with the class, or `fails` with the
//! reason why it cannot pass. A case that does otherwise than its line says fails the test.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panic")]
#![expect(clippy::disallowed_methods, reason = "a test reads files")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use curbside_fhirpath::{Environment, Expression, Record, Scope, Value};
use serde::Deserialize;

const LIST: &str = include_str!("hl7-r4.txt");

#[derive(Deserialize)]
struct Case {
    group: String,
    name: String,
    input: Option<String>,
    expression: String,
    invalid: Option<String>,
    outputs: Vec<Output>,
    predicate: Option<String>,
    ordered: Option<String>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "type")]
    kind: Option<String>,
    value: String,
}

fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/fhirpath-r4")
}

/// `group/name`, with a number where a name comes twice.
fn keys(cases: &[Case]) -> Vec<String> {
    let mut seen = BTreeMap::new();
    let key = |case: &Case| {
        let key = format!("{}/{}", case.group, case.name);
        let times = seen.entry(key.clone()).and_modify(|times| *times += 1).or_insert(1);
        if *times == 1 { key } else { format!("{key}#{times}") }
    };
    cases.iter().map(key).collect()
}

/// What came out, in the words of the list.
fn verdict(case: &Case) -> String {
    let text = case.input.as_ref().map(|input| std::fs::read_to_string(suite().join("input").join(input)).unwrap());
    let record = text.as_deref().map(|text| Record::parse(text).unwrap());
    let scope = record.as_ref().and_then(Record::resource_type).map_or_else(Scope::anywhere, Scope::on);
    let expression = match Expression::prepare(&case.expression, &scope) {
        Ok(expression) => expression,
        Err(errors) if case.invalid.is_some() => return format!("refused {}", errors.class()),
        Err(errors) => return format!("fails: {errors}"),
    };
    let environment = Environment::new("2026-11-23T10:00:00+00:00").unwrap();
    let outcome = match &record {
        Some(record) => expression.evaluate(record, &environment),
        None => expression.evaluate_on(curbside_fhirpath::Collection::Empty, &environment),
    };
    let values = match outcome {
        Ok(outcome) => outcome.values,
        Err(error) if case.invalid.is_some() => return format!("refused {}", error.class),
        Err(error) => return format!("fails: {error}"),
    };
    if case.invalid.is_some() {
        return format!("fails: should be refused, yields {values:?}");
    }
    if case.predicate.as_deref() == Some("true") {
        let truth = values.first().is_some_and(|value| value.boolean().unwrap_or(true));
        return if case.outputs[0].value == truth.to_string() { "pass".to_owned() } else { format!("fails: yields {truth}") };
    }
    let mut got: Vec<(String, String)> = values.iter().map(shown).collect();
    let mut expected: Vec<(String, String)> = case
        .outputs
        .iter()
        .map(|output| (output.kind.clone().unwrap_or_default(), output.value.trim_start_matches('@').trim_start_matches('T').to_owned()))
        .collect();
    if case.ordered.as_deref() == Some("false") {
        got.sort();
        expected.sort();
    }
    let same = got.len() == expected.len()
        && got
            .iter()
            .zip(&expected)
            .all(|((kind, text), (wanted_kind, wanted))| (wanted_kind.is_empty() || kind == wanted_kind) && text == wanted);
    if same { "pass".to_owned() } else { format!("fails: expected {expected:?}, yields {got:?}") }
}

fn shown(value: &Value<'_>) -> (String, String) {
    (value.type_name(), value.show().unwrap_or_else(|| value.json()).into_owned())
}

#[test]
fn every_case_does_what_its_line_says() {
    let Ok(cases) = std::fs::read_to_string(suite().join("cases.json")) else {
        eprintln!("SKIPPED: the FHIRPath suite is not at {}; nothing was compared", suite().display());
        return;
    };
    let cases: Vec<Case> = serde_json::from_str(&cases).unwrap();
    let verdicts: Vec<(String, String)> = keys(&cases).into_iter().zip(cases.iter().map(verdict)).collect();
    let fresh: String = verdicts.iter().map(|(key, verdict)| format!("{key} {}\n", verdict.lines().next().unwrap())).collect();
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hl7-r4.txt");
    std::fs::write(&file, fresh).unwrap();
    let listed: BTreeMap<&str, &str> = LIST.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(' ')).collect();
    let mut wrong = Vec::new();
    for (key, verdict) in &verdicts {
        match listed.get(key.as_str()) {
            Some(line) if *line == verdict => {}
            // The reason is argued in the list; that it still fails is all that is asked.
            Some(line) if line.starts_with("fails: ") && verdict.starts_with("fails: ") => {}
            Some(line) => wrong.push(format!("{key}\n  listed: {line}\n  now:    {verdict}")),
            None => wrong.push(format!("{key}\n  not listed\n  now:    {verdict}")),
        }
    }
    let gone = listed.keys().filter(|key| !verdicts.iter().any(|(known, _)| known == *key));
    wrong.extend(gone.map(|key| format!("{key}\n  listed, but not in the suite")));
    assert!(
        wrong.is_empty(),
        "{} of {} cases do otherwise (all as they are now: {}):\n{}",
        wrong.len(),
        verdicts.len(),
        file.display(),
        wrong.join("\n")
    );
    let failing = listed.values().filter(|line| line.starts_with("fails: ")).count();
    assert!(verdicts.len() >= 935 && failing <= 1, "{failing} of {} cases fail", verdicts.len());
}
