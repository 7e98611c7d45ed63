//! The examples of the page about cases are cases, and pass.

use curbside_cases::{load, run};

use crate::files;

#[test]
fn the_examples_of_the_page_pass() {
    let texts = files::files(&files::root().join("docs/language"));
    let page = &texts["cases.md"];
    let blocks: Vec<&str> = page.split("```yaml case\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 3);
    let suite = load(blocks.iter().enumerate().map(|(at, block)| (format!("example-{at}.yaml"), (*block).to_owned())));
    let engine = files::trd();
    let mut failures: Vec<String> = suite.found.clone().sorted().iter().map(|finding| finding.message.clone()).collect();
    for case in &suite.cases {
        let report = run(case, &engine, None);
        failures.extend(report.broken.iter().map(|finding| finding.message.clone()));
        failures.extend(
            report
                .mismatches
                .iter()
                .map(|mismatch| format!("{}: {}: expected {}, got {}", case.name.value, mismatch.about, mismatch.expected, mismatch.got)),
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(suite.cases.len(), 7);
}

#[test]
fn every_kind_of_fact_has_a_row() {
    let texts = files::files(&files::root().join("docs/language"));
    for kind in curbside_cases::given::Fact::KINDS {
        assert!(texts["cases.md"].contains(&format!("| `{kind}` |")), "docs/language/cases.md has no row for `{kind}`");
    }
}
