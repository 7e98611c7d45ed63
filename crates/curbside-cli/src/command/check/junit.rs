//! Findings as JUnit XML, which CI reads: a pack is a suite, a file with findings is a case.

use std::collections::BTreeMap;

use curbside_rules::check::{Finding, Report, Reports};
use curbside_source::Level;
use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus, TestSuite};

use super::level;

/// The document.
pub(super) fn document(reports: &Reports) -> Result<String, String> {
    let mut document = Document::new("curbside check");
    document.add_test_suites(reports.packs.iter().map(suite));
    document.to_string().map_err(|error| error.to_string())
}

fn suite(report: &Report) -> TestSuite {
    let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::from([("pack.yaml", Vec::new())]);
    for finding in &report.findings {
        files.entry(&finding.place.file).or_default().push(finding);
    }
    let mut suite = TestSuite::new(report.folder.as_str());
    suite.add_test_cases(files.into_iter().map(|(file, findings)| case(file, &findings)));
    suite
}

fn case(file: &str, findings: &[&Finding]) -> TestCase {
    let (errors, rest): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(|finding| level(&finding.level) == Level::Error);
    let lines = |findings: &[&Finding]| findings.iter().map(|finding| words(finding)).collect::<Vec<_>>().join("\n");
    let mut case = TestCase::new(file, TestCaseStatus::success());
    if let Some(first) = errors.first() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(first.code.as_str()).set_message(first.message.as_str()).set_description(lines(&errors));
        case.status = status;
    }
    if !rest.is_empty() {
        case.set_system_out(lines(&rest));
    }
    case
}

fn words(finding: &Finding) -> String {
    let help = finding.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
    let place = &finding.place;
    format!("{}:{}:{}: {}[{}]: {}{help}", place.file, place.line, place.column, finding.level, finding.code, finding.message)
}
