//! The results as JUnit XML, one test case a case.

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::Results;

pub(super) fn document(all: &[Results]) -> Result<String, String> {
    let mut document = Document::new("curbside test");
    for Results { tested, reports } in all {
        let sources = &tested.suite.sources;
        let mut suite = TestSuite::new(tested.folder.display().to_string());
        for (case, result) in tested.suite.cases.iter().zip(reports) {
            let mut status = if result.passes() { TestCaseStatus::success() } else { TestCaseStatus::non_success(NonSuccessKind::Failure) };
            let mut lines: Vec<String> =
                result.broken.iter().map(|finding| format!("{}: {}", sources.place(finding.span), finding.message)).collect();
            for mismatch in &result.mismatches {
                let place = sources.place(mismatch.span);
                lines.push(format!(
                    "{place}: {} {}: expected {}, got {}",
                    mismatch.direction.as_str(),
                    mismatch.about,
                    mismatch.expected,
                    mismatch.got
                ));
                for step in &mismatch.why {
                    let indent = "  ".repeat(step.depth + 1);
                    lines.push(format!(
                        "{indent}{} {}: {} ({})",
                        step.criterion,
                        step.truth.as_str(),
                        step.says,
                        tested.place(&step.place)
                    ));
                }
            }
            if let Some(first) = lines.first() {
                status.set_message(first.clone());
                status.set_description(lines.join("\n"));
            }
            let mut entry = TestCase::new(case.name.value.clone(), status);
            entry.set_classname(sources.place(case.name.span));
            suite.add_test_case(entry);
        }
        document.add_test_suite(suite);
    }
    document.to_string().map_err(|error| error.to_string())
}
