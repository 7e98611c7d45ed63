//! `curbside check`: everything that is wrong with a pack, at once.

mod created;
mod junit;
mod sarif;

use std::path::{Path, PathBuf};

use curbside_engine::LoadedPack;
use curbside_rules::Settings;
use curbside_rules::check::{LINTS, Report, Reports};
use curbside_rules::model::LintLevel;
use curbside_source::{Diagnostic, Level};

use crate::exit::{Failure, Outcome, Status};
use crate::{packs, report};

/// Find every error and lint of a pack
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside check\n  curbside check rules/trd --release\n  curbside check --format sarif > check.sarif")]
pub(crate) struct Arguments {
    /// A pack, or a folder of packs
    #[arg(default_value = "rules")]
    folder: PathBuf,
    /// How to print it
    #[arg(long, default_value = "text")]
    format: Format,
    /// Fail where something awaits sign-off
    #[arg(long)]
    release: bool,
    /// List the lints and how loud they are, and check nothing
    #[arg(long)]
    lints: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people: each finding with the line it is about
    Text,
    /// For programs
    Json,
    /// For code hosts and editors
    Sarif,
    /// For CI
    Junit,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        if self.lints {
            report::data(&lints());
            return Ok(Status::Ran);
        }
        let mut reports = Reports::default();
        for folder in packs::folders(&self.folder)? {
            let mut loaded = packs::read(&folder, &Settings::default())?;
            let pending = loaded.pack.as_ref().map(|pack| pack.plan.all_pending()).unwrap_or_default();
            if self.release {
                let unsigned = |pending: &curbside_terminology::Pending| {
                    Diagnostic::error("pending-sign-off", pending.span, format!("nobody has signed off {}", pending.what))
                };
                loaded.found.extend(pending.iter().map(unsigned));
            }
            loaded.found.extend(loaded.pack.as_ref().map(created::findings).unwrap_or_default());
            let name = folder.display().to_string();
            let usable = loaded.pack.is_some() && !loaded.found.has_errors();
            if self.format == Format::Text {
                for finding in loaded.found.clone().sorted() {
                    report::page(&report::finding(&finding, &loaded.sources, &name));
                }
            }
            let report = Report::new(&name, usable, loaded.found.clone(), &pending, &loaded.sources);
            report::words(&summary(&folder, &loaded, &report));
            reports.packs.push(report);
        }
        let text = match self.format {
            Format::Text => String::new(),
            Format::Json => line(&reports)?,
            Format::Sarif => line(&sarif::log(&reports))?,
            Format::Junit => junit::document(&reports).map_err(|error| Failure::new(Status::Failed, error))?,
        };
        report::data(&text);
        Ok(if reports.packs.iter().all(|report| report.usable) { Status::Ran } else { Status::Failed })
    }
}

fn line(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
    Ok(format!("{text}\n"))
}

fn summary(folder: &Path, loaded: &LoadedPack, report: &Report) -> String {
    let many = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    if let Some(pack) = &loaded.pack {
        parts.push(many(pack.plan.rules.len(), "rule"));
    }
    parts.push(many(report.counts.errors, "error"));
    parts.push(many(report.counts.warnings, "warning"));
    if report.counts.pending > 0 {
        parts.push(format!("{} to be signed off", report.counts.pending));
    }
    format!("{}: {}\n", folder.display(), parts.join(", "))
}

fn lints() -> String {
    let word = |level: LintLevel| match level {
        LintLevel::Allow => "allow",
        LintLevel::Warn => "warn",
        LintLevel::Deny => "deny",
    };
    LINTS.iter().map(|lint| format!("{:<18} {:<5} {}\n", lint.name, word(lint.level), lint.about)).collect()
}

/// The level of a finding, by its name.
fn level(name: &str) -> Level {
    [Level::Error, Level::Warning].into_iter().find(|level| level.as_str() == name).unwrap_or(Level::Note)
}
