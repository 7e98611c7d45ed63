//! `curbside mutate`: which edits of the rules no case notices.

use std::fmt::Write as _;
use std::path::PathBuf;

use curbside_cases::mutate::{Mutant, mutants};
use curbside_cases::run;
use curbside_engine::{Engine, Pack};
use curbside_rules::Settings;
use indicatif::{ProgressBar, ProgressDrawTarget};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::cases::Tested;
use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Edit each rule and report the edits that no case notices
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside mutate rules/trd\n  curbside mutate rules/trd --only contra-")]
pub(crate) struct Arguments {
    /// A pack, or a folder of packs
    #[arg(default_value = "rules")]
    folder: PathBuf,
    /// Only files whose path has these words
    #[arg(long, value_name = "WORDS")]
    only: Option<String>,
    /// Fail where a smaller share of edits is noticed
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

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// A case noticed it.
    Noticed,
    /// No case did.
    Survived,
    /// The pack no longer checks: nobody could make this edit unseen.
    Refused,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let mut status = Status::Ran;
        let (mut out, mut documents) = (String::new(), Vec::new());
        for tested in Tested::load(&self.folder)? {
            let Some(pack) = tested.pack() else { continue };
            if !tested.run().iter().all(curbside_cases::Report::passes) {
                return Err(Failure::new(Status::Failed, "cases fail as the rules stand").help("`curbside test` shows them"));
            }
            let only = |mutant: &Mutant| self.only.as_ref().is_none_or(|words| mutant.file.contains(words.as_str()));
            let mutants: Vec<Mutant> = mutants(pack).into_iter().filter(only).collect();
            let bar = ProgressBar::with_draw_target(u64::try_from(mutants.len()).ok(), ProgressDrawTarget::stderr());
            let fates: Vec<Fate> = mutants.par_iter().map(|mutant| fate(mutant, pack, &tested)).inspect(|_| bar.inc(1)).collect();
            bar.finish_and_clear();
            let count = |fate: Fate| fates.iter().filter(|other| **other == fate).count();
            let (noticed, survived) = (count(Fate::Noticed), count(Fate::Survived));
            let percent = (noticed * 100).checked_div(noticed + survived).unwrap_or(100);
            if self.threshold.is_some_and(|threshold| percent < usize::from(threshold)) {
                status = Status::Failed;
            }
            let mut list = Vec::new();
            for (mutant, _) in mutants.iter().zip(&fates).filter(|(_, fate)| **fate == Fate::Survived) {
                let place = tested.place(&pack.sources.place(mutant.span));
                let _ = writeln!(out, "{place}: no case notices: {}", mutant.edit);
                list.push(json!({"place": place, "edit": mutant.edit}));
            }
            let folder = tested.folder.display();
            let refused = count(Fate::Refused);
            let _ =
                writeln!(out, "{folder}: {noticed} of {} edits are noticed ({percent} %), {refused} more do not check", noticed + survived);
            documents
                .push(json!({"pack": folder.to_string(), "noticed": noticed, "survived": list, "refused": refused, "percent": percent}));
        }
        match self.format {
            Format::Text => report::page(&out),
            Format::Json => report::data(&format!("{}\n", Value::from(documents))),
        }
        Ok(status)
    }
}

fn fate(mutant: &Mutant, pack: &Pack, tested: &Tested) -> Fate {
    let Some(pack) = Pack::load(mutant.files(pack), &Settings::default()).pack else { return Fate::Refused };
    let engine = Engine::new(vec![pack]);
    let passes = |case: &curbside_cases::Case| run(case, &engine, tested.bundle(case)).passes();
    if tested.suite.cases.iter().all(passes) { Fate::Survived } else { Fate::Noticed }
}
