//! New expectations are written where the old ones stand, and nothing else is touched; coverage and
//! edits of rules see what the cases see.

use std::collections::BTreeMap;

use curbside_cases::mutate::mutants;
use curbside_cases::{Coverage, Suite, apply, load, run, update};
use curbside_engine::{Engine, Pack};
use curbside_rules::Settings;

use crate::files;

const NAME: &str = "tests/a.yaml";

fn pack() -> BTreeMap<String, String> {
    files::files(&files::root().join("crates/curbside-cases/tests/pressure"))
}

fn updated(text: &str) -> String {
    let suite = load([(NAME.to_owned(), text.to_owned())]);
    let engine = files::engine(pack());
    let edits: Vec<_> =
        suite.cases.iter().flat_map(|case| update(case, &run(case, &engine, None).answer.unwrap(), &suite.sources)).collect();
    let (file, _, text) = suite.sources.files().next().unwrap();
    apply(file, text, &edits)
}

#[test]
fn expectations_are_replaced_in_place() {
    let before = "\
at: 2026-11-23            # a Monday
cases:
  - case: a
    patient: {age: 40 years}
    given: [observation: {code: loinc|8480-6, value: '185 mm[Hg]', at: today}]
    expect: {high-pressure: not-met, urgent-pressure: met}   # first
    cards: {high-pressure: {indicator: warning, summary: severe}}
    exact_cards: [high-pressure]
  - case: b
    patient: {age: 40 years}
    # nothing is known
    expect:
      high-pressure: met    # what now?
    cards:
      high-pressure: none
";
    let after = "\
at: 2026-11-23            # a Monday
cases:
  - case: a
    patient: {age: 40 years}
    given: [observation: {code: loinc|8480-6, value: '185 mm[Hg]', at: today}]
    expect: {high-pressure: met, urgent-pressure: met}   # first
    cards: {high-pressure: {indicator: info, summary: severe}}
    exact_cards: [urgent-pressure: critical, high-pressure: info]
  - case: b
    patient: {age: 40 years}
    # nothing is known
    expect:
      high-pressure: unknown    # what now?
    cards:
      high-pressure: info
";
    assert_eq!(updated(before), after);
    assert_eq!(updated(after), after, "a second time changes nothing");
}

#[test]
fn a_case_without_expectations_is_given_all_of_them() {
    let before = "at: 2026-11-23\ncases:\n  - case: a   # new\n    patient: {age: 40 years}\n    given: [observation: {code: loinc|8480-6, value: '150 mm[Hg]', at: today}]\n";
    let after = "at: 2026-11-23\ncases:\n  - case: a   # new\n    expect: {high-pressure: met}\n    exact_cards: [high-pressure: info]\n    patient: {age: 40 years}\n    given: [observation: {code: loinc|8480-6, value: '150 mm[Hg]', at: today}]\n";
    assert_eq!(updated(before), after);
}

const FEW: &str = "\
at: 2026-11-23
cases:
  - case: high
    patient: {age: 40 years}
    given: [observation: {code: loinc|8480-6, value: '150 mm[Hg]', at: today}]
    expect: {high-pressure: met, urgent-pressure: not-met}
";
const MORE: &str = "  - case: just high
    patient: {age: 18 years}
    given: [observation: {code: loinc|8480-6, value: '140 mm[Hg]', at: today}]
    cards: {high-pressure: {indicator: info, summary: is high}}
  - case: just not high
    patient: {age: 40 years}
    given: [observation: {code: loinc|8480-6, value: '139 mm[Hg]', at: today}]
    expect: {high-pressure: not-met}
  - case: not quite severe
    patient: {age: 40 years}
    given: [observation: {code: loinc|8480-6, value: '179 mm[Hg]', at: today}]
    expect: {high-pressure: met, urgent-pressure: not-met}
    facts: {grade: high}
  - case: severe
    patient: {age: 40 years}
    given: [observation: {code: loinc|8480-6, value: '180 mm[Hg]', at: today}]
    exact_cards: [urgent-pressure: critical, high-pressure: info]
  - case: severe, in a child
    patient: {birth_date: 2008-11-24}
    given: [observation: {code: loinc|8480-6, value: '180 mm[Hg]', at: today}]
    exact_cards: [urgent-pressure: critical]
  - case: nothing is known
    patient: {age: 40 years}
    cards: {high-pressure: {indicator: info, summary: not recorded}}
";

fn suite(text: &str) -> (Suite, Engine) {
    let suite = load([(NAME.to_owned(), text.to_owned())]);
    assert!(!suite.found.has_errors(), "{:?}", suite.found);
    (suite, files::engine(pack()))
}

fn gaps(text: &str) -> Vec<String> {
    let (suite, engine) = suite(text);
    let mut coverage = Coverage::default();
    for case in &suite.cases {
        coverage.add(&Coverage::of(case, &engine, None).unwrap());
    }
    let (gaps, all) = coverage.gaps(&engine);
    // What no rule uses (the definition `hypertension`) is not counted.
    assert_eq!(all, 8);
    gaps.iter().map(|gap| format!("{}: {} {}", engine.packs()[0].sources.place(gap.span), gap.criterion, gap.says())).collect()
}

#[test]
fn criteria_that_no_case_shows_both_ways_are_listed() {
    assert_eq!(
        gaps(FEW),
        [
            "high-pressure.yaml:5: all never false",
            "high-pressure.yaml:6: age never false",
            "high-pressure.yaml:7: any never false",
            "high-pressure.yaml:8: use never false",
            "high-pressure.yaml:9: use never true",
            "pack.yaml:14: observation never true",
            "pack.yaml:15: observation never false",
            "urgent-pressure.yaml:4: use never true",
        ]
    );
    assert_eq!(gaps(&format!("{FEW}{MORE}")), [""; 0]);
}

/// What is said of the edits that no case notices.
fn unseen(text: &str) -> Vec<String> {
    let (suite, engine) = suite(text);
    let pack = &engine.packs()[0];
    let mut list = Vec::new();
    for mutant in mutants(pack) {
        let Some(edited) = Pack::load(mutant.files(pack), &Settings::default()).pack else { continue };
        let engine = Engine::new(vec![edited]);
        if suite.cases.iter().all(|case| run(case, &engine, None).passes()) {
            list.push(format!("{}: {}", pack.sources.place(mutant.span), mutant.edit));
        }
    }
    list
}

#[test]
fn edits_that_no_case_notices_are_listed() {
    let few = unseen(FEW);
    for edit in
        ["high-pressure.yaml:6: 18 years → 19 years", "pack.yaml:15: 140 mm[Hg] → 139 mm[Hg]", "high-pressure.yaml:6: left out of `all`"]
    {
        assert!(few.iter().any(|said| said == edit), "{few:#?}");
    }
    let more = unseen(&format!("{FEW}{MORE}"));
    assert_eq!(more, [""; 0]);
}
