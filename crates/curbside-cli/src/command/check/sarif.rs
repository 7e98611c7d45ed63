//! Findings as SARIF 2.1.0, which code hosts and editors read.

use std::collections::BTreeSet;

use curbside_rules::check::{Finding, LINTS, Place, Report, Reports};
use serde_json::{Value, json};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one run.
pub(super) fn log(reports: &Reports) -> Value {
    let codes: BTreeSet<&str> = reports.packs.iter().flat_map(|report| &report.findings).map(|finding| finding.code.as_str()).collect();
    let rules: Vec<Value> = codes
        .into_iter()
        .map(|code| match LINTS.iter().find(|lint| lint.name == code) {
            Some(lint) => json!({"id": code, "shortDescription": {"text": lint.about}}),
            None => json!({"id": code}),
        })
        .collect();
    let results: Vec<Value> =
        reports.packs.iter().flat_map(|report| report.findings.iter().map(|finding| result(finding, report))).collect();
    let driver = json!({"name": "curbside", "version": env!("CARGO_PKG_VERSION"), "rules": rules});
    json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}]})
}

fn result(finding: &Finding, report: &Report) -> Value {
    let text = match &finding.help {
        Some(help) => format!("{}: {help}", finding.message),
        None => finding.message.clone(),
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": finding.level,
        "message": {"text": text},
        "locations": [location(&finding.place, report)],
    });
    if let (Some(also), Some(members)) = (&finding.also, result.as_object_mut()) {
        members.insert("relatedLocations".to_owned(), json!([location(also, report)]));
    }
    result
}

fn location(place: &Place, report: &Report) -> Value {
    let uri = format!("{}/{}", report.folder.trim_end_matches('/'), place.file);
    let region = json!({"startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column});
    let mut location = json!({"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}});
    if let (Some(label), Some(members)) = (&place.label, location.as_object_mut()) {
        members.insert("message".to_owned(), json!({"text": label}));
    }
    location
}
