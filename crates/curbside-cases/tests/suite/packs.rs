//! Every case of every pack passes: those in `rules/`, and `tests/language`, a pack that holds what
//! the language itself promises.

use std::path::{Path, PathBuf};

use curbside_cases::{load, run};

use crate::files;

#[test]
fn every_case_of_every_pack_passes() {
    #[expect(clippy::disallowed_methods, reason = "tests read the files of the checkout")]
    let rules = std::fs::read_dir(files::root().join("rules")).unwrap();
    let mut packs: Vec<PathBuf> = rules.map(|entry| entry.unwrap().path()).filter(|path| path.join("pack.yaml").is_file()).collect();
    packs.push(files::root().join("crates/curbside-cases/tests/language"));
    let failures: Vec<String> = packs.iter().flat_map(|pack| failures(pack)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn failures(pack: &Path) -> Vec<String> {
    let suite = load(files::files(&pack.join("tests")));
    let place = |span| format!("{}/tests/{}", pack.display(), suite.sources.place(span));
    let mut failures: Vec<String> =
        suite.found.clone().sorted().iter().map(|finding| format!("{}: {}", place(finding.span), finding.message)).collect();
    let engine = files::engine(files::files(pack));
    for case in &suite.cases {
        let report = run(case, &engine, None);
        failures.extend(report.broken.iter().map(|finding| format!("{}: {}", place(finding.span), finding.message)));
        failures.extend(report.mismatches.iter().map(|mismatch| {
            let place = place(mismatch.span);
            format!("{place}: {}: {}: expected {}, got {}", case.name.value, mismatch.about, mismatch.expected, mismatch.got)
        }));
    }
    if suite.cases.is_empty() {
        failures.push(format!("{}: no cases", pack.display()));
    }
    failures
}
