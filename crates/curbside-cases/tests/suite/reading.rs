//! What an author of cases is told, as a table: text in, findings out.

use std::collections::BTreeMap;

use curbside_cases::{Suite, load, run};

use crate::files;

fn suite(text: &str) -> Suite {
    load([("tests/a.yaml".to_owned(), text.to_owned())])
}

fn findings(text: &str) -> Vec<String> {
    let suite = suite(text);
    let engine = files::engine(files::files(&files::root().join("crates/curbside-cases/tests/pressure")));
    let mut found = suite.found.clone();
    for case in &suite.cases {
        found.extend(run(case, &engine, None).broken);
    }
    found
        .sorted()
        .iter()
        .map(|finding| {
            let at = suite.sources.position(finding.span);
            let help = finding.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{}:{} {}{help}", at.line, at.column, finding.message)
        })
        .collect()
}

#[test]
fn all_errors_of_a_file_are_shown_at_once() {
    let text = "\
case: a
att: 2026-11-23
hook: patient-view
patient: {age: 34 years, sex: femal}
given:
  - condition: {code: icd10|I10, onset: soon}
  - conditon: {code: icd10cm|I10}
expect: {high-pressure: maybe}
";
    assert_eq!(
        findings(text),
        [
            "2:1 unknown key `att` (did you mean `at`?)",
            "4:31 unknown `femal` (did you mean `female`?)",
            "6:23 unknown code system `icd10` (one of: atc, cpt, cvx, icd10cm, icd9cm, loinc, ndc, rxnorm, snomed, ucum)",
            "6:41 `soon` is no date (write it like `2026-11-23`, `2026-11`, `2026-11-23T08:30:00Z`, `today`, `6 weeks ago` or `in 2 days`)",
            "7:5 unknown `conditon` (did you mean `condition`?)",
            "8:25 unknown `maybe` (one of: met, not-met, unknown)",
        ]
    );
}

#[test]
fn what_a_case_lacks_is_said() {
    assert_eq!(
        findings("case: a\nexpect: {high-pressure: met}\n"),
        ["1:7 `at` is missing: on which day does it play? (write `at: 2026-11-23`; a case gives the same answer on every day)"]
    );
    assert_eq!(
        findings("case: a\nat: 2026-11-23\n"),
        [
            "1:7 the case expects nothing, so it can never fail (add `expect: {RULE: met}`, or let `curbside test --update` write what the rules say)"
        ]
    );
    assert_eq!(
        findings("at: 2026-11-23\ncases:\n  - {case: a, exact_cards: []}\n  - {case: a, exact_cards: []}\n"),
        ["4:12 there are two cases named `a`"]
    );
    assert_eq!(
        findings("case: a\nat: 2026-11-23\nbundle: p.json\nexact_cards: []\n"),
        ["3:9 there is no file `p.json` (the path is relative to the case)"]
    );
}

#[test]
fn names_that_the_pack_does_not_know_are_said() {
    let text = "\
case: a
at: 2026-11-23
given:
  - medication: {drug: aspirin}
  - score: {instrument: phq9, value: 3}
  - observation: {value: 3}
  - booking: {length: long}
  - resource: {id: x}
exact_cards: []
";
    assert_eq!(
        findings(text),
        [
            "4:24 no drug set knows `aspirin` (write its code (`rxnorm|…`), or `{text: aspirin}` for words alone)",
            "5:25 unknown instrument `phq9`",
            "6:5 `code` is missing: what was measured?",
            "7:23 `long` is no length of time (write `120 minutes` or `2 hours`)",
            "8:5 `resourceType` is missing (write it like `resourceType: Procedure`)",
        ]
    );
}

#[test]
fn words_that_nobody_knows_are_said() {
    let text = "\
hook: patient-veiw
at: 2026-11-23
cases:
  - case: a
    given:
      - observation: {code: loinc|8480-6, value: '150 pct'}
      - resource: {resourceType: Proceedure}
    exact_cards: []
  - {case: b, hook: org.example.own-hook, exact_cards: []}
  - {case: c, exact_cards: []}
";
    assert_eq!(
        findings(text),
        [
            "1:7 unknown hook `patient-veiw` (did you mean `patient-view`?)",
            "6:50 unknown unit `pct` (units are UCUM, like `%`, `mg/dL`, `mm[Hg]`; a record with a unit that is none is given as a `resource`)",
            "7:9 `Proceedure` is no resource type (did you mean `Procedure`?)",
        ]
    );
}

#[test]
fn layers_are_checked() {
    let text = "\
fixtures:
  a: {with: b}
  b: {with: a}
  c: {given: [condition: {id: x, code: icd10cm|I10}]}
at: 2026-11-23
cases:
  - {case: one, with: nobody, exact_cards: []}
  - {case: two, with: c, without: y, exact_cards: []}
  - {case: three, with: c, given: [procedure: {id: x}], exact_cards: []}
  - {case: four, given: [condition: {id: x}, condition: {id: x}], exact_cards: []}
  - {case: five, with: a, exact_cards: []}
";
    assert_eq!(
        findings(text),
        [
            "2:13 fixture `b` is made of itself",
            "7:23 unknown fixture `nobody` (one of: a, b, c)",
            "8:35 no earlier fact has the id `y` (did you mean `x`?)",
            "9:36 `x` is a procedure here and was a condition",
            "10:46 two facts have the id `x`",
        ]
    );
}

#[test]
fn later_layers_change_earlier_ones() {
    let shared = "fixtures:\n  adult:\n    patient: {birth_date: 1990-01-01, sex: male}\n    given:\n      - observation: {id: bp, code: loinc|8480-6, value: '150 mm[Hg]', at: 2026-11-01}\n";
    let text = "\
at: 2026-11-23
with: adult
cases:
  - case: as it stands
    expect: {high-pressure: met, urgent-pressure: not-met}
    facts: {grade: high}
    cards: {high-pressure: {indicator: info, summary: high}}
  - case: changed
    given: [observation: {id: bp, code: loinc|8480-6, value: '185 mm[Hg]'}]
    facts: {grade: severe}
    cards: {urgent-pressure: critical}
  - case: left out
    without: bp
    expect: {high-pressure: unknown}
    facts: {grade: unknown}
  - case: another patient
    patient: {birth_date: 2010-01-01}
    exact_cards: []
  - case: another patient, by the age
    patient: {age: 16 years}
    exact_cards: []
";
    let suite =
        load(BTreeMap::from([("tests/fixtures/f.yaml".to_owned(), shared.to_owned()), ("tests/a.yaml".to_owned(), text.to_owned())]));
    let engine = files::engine(files::files(&files::root().join("crates/curbside-cases/tests/pressure")));
    assert_eq!(suite.cases.len(), 5);
    for case in &suite.cases {
        let report = run(case, &engine, None);
        assert!(report.passes(), "{}: {report:?}", case.name.value);
    }
}

#[test]
fn what_differs_says_which_way_and_why() {
    let text = "\
case: wrong in every way
at: 2026-11-23
patient: {age: 40 years}
given:
  - observation: {code: loinc|8480-6, value: '185 mm[Hg]', at: today}
expect: {high-pressure: not-met, urgent-presure: met}
cards: {high-pressure: warning}
exact_cards: [high-pressure]
facts: {grade: high, hypertension: true}
";
    let suite = suite(text);
    let engine = files::engine(files::files(&files::root().join("crates/curbside-cases/tests/pressure")));
    let report = run(&suite.cases[0], &engine, None);
    let said: Vec<String> = report
        .mismatches
        .iter()
        .map(|mismatch| {
            let line = suite.sources.position(mismatch.span).line;
            format!("{line} {} {}: expected {}, got {}", mismatch.direction.as_str(), mismatch.about, mismatch.expected, mismatch.got)
        })
        .collect();
    assert_eq!(
        said,
        [
            "1 noisy card urgent-pressure: expected no critical card that the case does not speak of, got critical",
            "6 noisy high-pressure: expected not-met, got met",
            "6 missing urgent-presure: expected met, got no such rule (did you mean `urgent-pressure`?)",
            "7 missing card high-pressure: expected warning, got info",
            "8 noisy cards: expected [high-pressure], got [urgent-pressure: critical, high-pressure: info]",
            "9 different fact grade: expected high, got severe",
            "9 missing fact hypertension: expected true, got false",
        ]
    );
    let why: Vec<String> = report.mismatches[1]
        .why
        .iter()
        .map(|step| format!("{}{} {} {}", "  ".repeat(step.depth), step.criterion, step.truth.as_str(), step.place))
        .collect();
    assert_eq!(why[0], "age true high-pressure.yaml:6", "{why:#?}");
    assert!(why.iter().any(|step| step.trim_start() == "grade true pack.yaml:12"), "{why:#?}");
    assert!(why.iter().any(|step| step.trim_start() == "observation true pack.yaml:14"), "{why:#?}");
}
