//! `curbside check`: everything that is wrong with a pack, at once.

use std::path::PathBuf;

use curbside_rules::Settings;
use curbside_source::Level;

use crate::exit::{Outcome, Status};
use crate::{packs, report};

/// Find every error and lint of a pack
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside check\n  curbside check rules/trd")]
pub(crate) struct Arguments {
    /// A pack, or a folder of packs
    #[arg(default_value = "rules")]
    folder: PathBuf,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let mut status = Status::Ran;
        for folder in packs::folders(&self.folder)? {
            let loaded = packs::read(&folder, &Settings::default())?;
            packs::say(&loaded, &folder, Level::Note);
            match &loaded.pack {
                Some(pack) => report::words(&format!("{}: {} rules, no errors\n", folder.display(), pack.plan.rules.len())),
                None => status = Status::Failed,
            }
        }
        Ok(status)
    }
}
