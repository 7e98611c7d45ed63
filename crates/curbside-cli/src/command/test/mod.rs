//! `curbside test`: the cases of packs, and what differs from what they expect.

mod junit;
mod text;

use std::fs;
use std::path::PathBuf;

use curbside_cases::{Report, apply, update};
use serde_json::{Value, json};

use crate::cases::Tested;
use crate::exit::{Failure, Outcome, Status};
use crate::keys::KeyArguments;
use crate::sandboxed::SandboxArguments;
use crate::{packs, report};

pub(super) use text::page;

/// Run the cases of a pack and show what differs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  curbside test\n  curbside test rules/trd --case V03\n  curbside test --update\n  curbside test trd.wasm"
)]
pub(crate) struct Arguments {
    /// A pack, a folder of packs, or a `.wasm` with the cases it was built with
    #[arg(default_value = "rules")]
    folder: PathBuf,
    #[command(flatten)]
    sandbox: SandboxArguments,
    #[command(flatten)]
    keys: KeyArguments,
    /// Only cases whose name has these words
    #[arg(long, value_name = "WORDS")]
    case: Option<String>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
    /// Write what the rules say as the new expectations, in place
    #[arg(long)]
    update: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One document
    Json,
    /// For CI
    Junit,
}

/// A pack with what became of its cases.
pub(crate) struct Results {
    pub(crate) tested: Tested,
    pub(crate) reports: Vec<Report>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        if self.update && packs::is_wasm(&self.folder) {
            return Err(Failure::usage(format!("{} is compiled; expectations are written into the pack's files", self.folder.display())));
        }
        let mut all = Vec::new();
        for mut tested in self.load()? {
            if let Some(words) = &self.case {
                tested.suite.cases.retain(|case| case.name.value.to_lowercase().contains(&words.to_lowercase()));
            }
            all.push(Results { reports: tested.run(), tested });
        }
        if all.iter().all(|results| results.reports.is_empty()) {
            return Err(Failure::new(Status::Failed, format!("{} has no cases to run", self.folder.display()))
                .help("cases stand in the pack's folder `tests/`, see `curbside new rule NAME`"));
        }
        if self.update {
            return update_files(&all);
        }
        match self.format {
            Format::Text => report::page(&page(&all)),
            Format::Json => report::data(&format!("{}\n", document(&all))),
            Format::Junit => report::data(&junit::document(&all).map_err(|error| Failure::new(Status::Failed, error))?),
        }
        let passes = all.iter().flat_map(|results| &results.reports).all(Report::passes);
        Ok(if passes { Status::Ran } else { Status::Failed })
    }
}

impl Arguments {
    fn load(&self) -> Result<Vec<Tested>, Failure> {
        if self.sandbox.sandbox || packs::is_wasm(&self.folder) {
            return Tested::sandboxed(&self.folder, &self.keys);
        }
        self.keys.allow_folder(&self.folder)?;
        Tested::written(&self.folder)
    }
}

fn update_files(all: &[Results]) -> Outcome {
    let mut status = Status::Ran;
    for Results { tested, reports } in all {
        let sources = &tested.suite.sources;
        let mut edits = Vec::new();
        for (case, result) in tested.suite.cases.iter().zip(reports) {
            match &result.answer {
                Some(answer) => edits.extend(update(case, answer, sources)),
                None => {
                    status = Status::Failed;
                    result.broken.iter().for_each(|finding| report::words(&report::finding(finding, sources, "")));
                }
            }
        }
        for (file, name, text) in sources.files() {
            let changed = apply(file, text, &edits);
            if changed != text {
                let count = edits.iter().filter(|edit| edit.span.file == file).count();
                fs::write(name, changed).map_err(|error| Failure::unreadable(format!("{name}: {error}")))?;
                report::words(&format!("{name}: {count} expectations written\n"));
            }
        }
        if edits.is_empty() {
            report::words(&format!("{}: nothing to update\n", tested.folder.display()));
        }
    }
    Ok(status)
}

/// The results as one JSON document.
fn document(all: &[Results]) -> Value {
    let cases = all.iter().flat_map(|Results { tested, reports }| {
        let sources = &tested.suite.sources;
        tested.suite.cases.iter().zip(reports).map(move |(case, result)| {
            let mismatches: Vec<Value> = result
                .mismatches
                .iter()
                .map(|mismatch| {
                    let why = mismatch.why.iter().map(|step| {
                        json!({"criterion": step.criterion, "truth": step.truth.as_str(), "label": step.label, "says": step.says,
                               "place": tested.place(&step.place), "depth": step.depth})
                    });
                    json!({"verdict": mismatch.direction.as_str(), "about": mismatch.about, "expected": mismatch.expected,
                           "got": mismatch.got, "place": sources.place(mismatch.span), "why": why.collect::<Vec<_>>()})
                })
                .collect();
            let broken: Vec<&str> = result.broken.iter().map(|finding| finding.message.as_str()).collect();
            json!({"case": case.name.value, "place": sources.place(case.name.span), "passes": result.passes(),
                   "mismatches": mismatches, "broken": broken})
        })
    });
    let cases: Vec<Value> = cases.collect();
    let failed = cases.iter().filter(|case| case.get("passes") == Some(&Value::Bool(false))).count();
    json!({"cases": cases.len(), "failed": failed, "results": cases})
}
