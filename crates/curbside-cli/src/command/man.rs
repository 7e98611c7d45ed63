//! `curbside man`: the manual page.

use std::fs;
use std::path::PathBuf;

use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Print the manual page, or write one for every subcommand
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside man | man -l -\n  curbside man --write /usr/local/share/man/man1")]
pub(crate) struct Arguments {
    /// Write a page for the command and each subcommand into a folder
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let failed = |error: std::io::Error| Failure::new(Status::Failed, format!("the manual page: {error}"));
        match &self.write {
            Some(folder) => {
                fs::create_dir_all(folder).map_err(failed)?;
                clap_mangen::generate_to(super::command(), folder).map_err(failed)?;
            }
            None => {
                let mut page = Vec::new();
                clap_mangen::Man::new(super::command()).render(&mut page).map_err(failed)?;
                report::data(&String::from_utf8_lossy(&page));
            }
        }
        Ok(Status::Ran)
    }
}
