//! `curbside coverage`: which criteria no case exercises both ways.

use std::fmt::Write as _;
use std::path::PathBuf;

use curbside_cases::{Coverage, Gap};
use serde_json::{Value, json};

use crate::cases::Tested;
use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Find criteria that no case shows both true and false
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside coverage\n  curbside coverage rules/trd --threshold 90")]
pub(crate) struct Arguments {
    /// A pack, or a folder of packs
    #[arg(default_value = "rules")]
    folder: PathBuf,
    /// Fail where fewer criteria than this are exercised both ways
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    threshold: Option<u8>,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One document
    Json,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let mut status = Status::Ran;
        let (mut out, mut documents) = (String::new(), Vec::new());
        for tested in Tested::load(&self.folder)? {
            let mut coverage = Coverage::default();
            for part in tested.each(|case| Coverage::of(case, &tested.engine, tested.bundle(case))) {
                coverage.add(&part.map_err(|errors| broken(&tested, &errors))?);
            }
            let (gaps, all) = coverage.gaps(&tested.engine);
            let covered = all.saturating_sub(gaps.len());
            // Rounded down: 100 means all of them.
            let percent = (covered * 100).checked_div(all).unwrap_or(100);
            if self.threshold.is_some_and(|threshold| percent < usize::from(threshold)) {
                status = Status::Failed;
            }
            for gap in &gaps {
                let _ = writeln!(out, "{}: {} is {}", place(&tested, gap), gap.criterion, gap.says());
            }
            let folder = tested.folder.display();
            let _ = writeln!(out, "{folder}: {covered} of {all} criteria are exercised both ways ({percent} %)");
            let gaps = gaps.iter().map(|gap| json!({"place": place(&tested, gap), "criterion": gap.criterion, "says": gap.says()}));
            documents.push(json!({"pack": folder.to_string(), "criteria": all, "covered": covered, "percent": percent, "gaps": gaps.collect::<Value>()}));
        }
        match self.format {
            Format::Text => report::page(&out),
            Format::Json => report::data(&format!("{}\n", Value::from(documents))),
        }
        Ok(status)
    }
}

fn place(tested: &Tested, gap: &Gap) -> String {
    tested.place(&tested.pack().map(|pack| pack.sources.place(gap.span)).unwrap_or_default())
}

fn broken(tested: &Tested, errors: &[curbside_source::Diagnostic]) -> Failure {
    errors.iter().for_each(|finding| report::words(&report::finding(finding, &tested.suite.sources, "")));
    Failure::new(Status::Failed, "a case cannot be run").help("`curbside test` shows all of them")
}
