//! Every case of the TRD pack passes.

use curbside_cases::{load, run};

use crate::files;

#[test]
fn every_case_of_the_trd_pack_passes() {
    let suite = load(files::files(&files::root().join("rules/trd/tests")));
    let broken: Vec<String> =
        suite.found.sorted().iter().map(|finding| format!("{}: {}", suite.sources.place(finding.span), finding.message)).collect();
    assert_eq!(broken, [""; 0]);
    let engine = files::trd();
    let mut failures = Vec::new();
    for case in &suite.cases {
        let report = run(case, &engine, None);
        failures.extend(report.broken.iter().map(|finding| format!("{}: {}", suite.sources.place(finding.span), finding.message)));
        failures.extend(report.mismatches.iter().map(|mismatch| {
            let place = suite.sources.place(mismatch.span);
            format!("{place}: {}: {}: expected {}, got {}", case.name.value, mismatch.about, mismatch.expected, mismatch.got)
        }));
    }
    assert!(suite.cases.len() >= 10);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
