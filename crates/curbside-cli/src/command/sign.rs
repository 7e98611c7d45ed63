//! `curbside sign` and `curbside verify`: whose plug-ins run.

use std::path::{Path, PathBuf};

use curbside_sandbox::SecretKey;

use crate::exit::{Failure, Outcome, Status};
use crate::{keys, report, sandboxed};

/// Sign a plug-in with an Ed25519 key, or make a key
///
/// The signature covers the whole file and is kept in it; an earlier one is replaced. Keys are those of
/// `openssl genpkey -algorithm ed25519`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside sign --new-key key.pem
  curbside sign trd.wasm --key key.pem
  curbside verify trd.wasm --key key.pub.pem")]
pub(crate) struct Arguments {
    /// The plug-in; it is signed in place
    #[arg(required_unless_present = "new_key")]
    file: Option<PathBuf>,
    /// The secret key, in PEM
    #[arg(long, value_name = "KEY", required_unless_present = "new_key")]
    key: Option<PathBuf>,
    /// Make a key: this file, readable by its owner alone, and its public half beside it
    #[arg(long, value_name = "KEY", conflicts_with_all = ["file", "key"])]
    new_key: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        if let Some(path) = &self.new_key {
            return make_key(path);
        }
        let (Some(file), Some(key)) = (&self.file, &self.key) else { return Err(Failure::usage("a plug-in and a key, please")) };
        let key = keys::secret(key)?;
        let signed =
            key.sign(&sandboxed::read(file)?).map_err(|error| Failure::new(Status::Failed, format!("{}: {error}", file.display())))?;
        std::fs::write(file, signed).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        report::words(&format!("{}: signed by key {}\n", file.display(), key.public().id()));
        Ok(Status::Ran)
    }
}

fn make_key(path: &Path) -> Outcome {
    let failed = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let key = SecretKey::generate().map_err(|error| failed(&error))?;
    let public = path.with_extension("pub.pem");
    keys::write_secret(path, &key.to_pem().map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    std::fs::write(&public, key.public().to_pem().map_err(|error| failed(&error))?).map_err(|error| failed(&error))?;
    report::words(&format!("{} signs, {} verifies: key {}\n", path.display(), public.display(), key.public().id()));
    Ok(Status::Ran)
}
