//! The results for people: what differs, and the criteria that made it so.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use curbside_cases::{Direction, Mismatch, Report};

use super::Results;
use crate::cases::Tested;
use crate::report;

const RED: Style = AnsiColor::Red.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

/// Deepest criterion that is shown: deeper ones say the same again.
const DEEPEST: usize = 6;

pub(crate) fn page(all: &[Results]) -> String {
    let mut out = String::new();
    for results in all {
        pack(results, &mut out);
    }
    out
}

fn pack(Results { tested, reports }: &Results, out: &mut String) {
    for (case, result) in tested.suite.cases.iter().zip(reports).filter(|(_, result)| !result.passes()) {
        let sources = &tested.suite.sources;
        let _ = writeln!(out, "{RED}FAIL{RED:#} {}  {DIM}{}{DIM:#}", case.name.value, sources.place(case.name.span));
        for finding in &result.broken {
            out.push_str(&report::finding(finding, sources, ""));
        }
        for mismatch in &result.mismatches {
            show(mismatch, tested, out);
        }
        out.push('\n');
    }
    let failed = reports.iter().filter(|result| !result.passes()).count();
    let _ = match failed {
        0 => writeln!(out, "{GREEN}pass{GREEN:#} {}: {} cases", tested.folder.display(), reports.len()),
        _ => writeln!(out, "{RED}FAIL{RED:#} {}: {failed} of {} cases, {}", tested.folder.display(), reports.len(), verdicts(reports)),
    };
}

/// How many expectations went which way.
fn verdicts(reports: &[Report]) -> String {
    let count = |direction| reports.iter().flat_map(|result| &result.mismatches).filter(|mismatch| mismatch.direction == direction).count();
    let broken = reports.iter().filter(|result| !result.broken.is_empty()).count();
    let counts = [
        (count(Direction::Noisy), "noisy"),
        (count(Direction::Missing), "missing"),
        (count(Direction::Different), "different"),
        (broken, "not run"),
    ];
    counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

fn show(mismatch: &Mismatch, tested: &Tested, out: &mut String) {
    let Mismatch { direction, about, expected, got, span, why } = mismatch;
    let place = tested.suite.sources.place(*span);
    let _ = writeln!(out, "  {YELLOW}{}{YELLOW:#} {about}: expected {expected}, got {got}  {DIM}{place}{DIM:#}", direction.as_str());
    for step in why.iter().filter(|step| step.depth < DEEPEST) {
        let said = step.label.as_deref().unwrap_or(step.truth.as_str());
        let says = if step.says.is_empty() { String::new() } else { format!(": {}", step.says) };
        let indent = "  ".repeat(step.depth);
        let _ = writeln!(out, "      {indent}{} {said}{says}  {DIM}{}{DIM:#}", step.criterion, tested.place(&step.place));
    }
}
