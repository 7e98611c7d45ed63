//! `curbside plugin new`: a plug-in in Rust that works, to be made one's own.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Files of a new plug-in: where they go, and what is in them.
const FILES: [(&str, &str); 4] = [
    ("Cargo.toml", include_str!("../../templates/plugin/Cargo.toml.txt")),
    ("src/lib.rs", include_str!("../../templates/plugin/lib.rs.txt")),
    ("wit/cds.wit", curbside_sandbox::CONTRACT),
    ("README.md", include_str!("../../templates/plugin/README.md")),
];

/// Start a plug-in: logic of one's own, in the sandbox
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside plugin new renal-dosing")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A folder with a plug-in in Rust that answers with a card
    #[command(after_help = "Examples:\n  curbside plugin new renal-dosing\n  curbside plugin new renal-dosing --folder plugins")]
    New {
        /// Its name: small letters, digits and hyphens
        name: String,
        /// The folder that its folder is put into
        #[arg(long, value_name = "DIR", default_value = ".")]
        folder: PathBuf,
    },
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let What::New { name, folder } = &self.what;
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(good) || name.len() > 64 {
            return Err(
                Failure::usage(format!("`{name}` is no name for a plug-in")).help("use small letters, digits and hyphens, a letter first")
            );
        }
        let target = folder.join(name);
        if target.exists() {
            return Err(Failure::usage(format!("{} is there already", target.display())));
        }
        for (path, text) in FILES {
            let text = text.replace("__NAME__", name).replace("__UNDERSCORED__", &name.replace('-', "_"));
            write(&target.join(path), &text)?;
        }
        report::words(&format!("{}: a plug-in in Rust; its README.md says how to build and try it\n", target.display()));
        Ok(Status::Ran)
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    path.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
    std::fs::write(path, text).map_err(failed)
}
