//! `curbside verify`: whether a plug-in is signed by a key that one trusts.

use std::path::PathBuf;

use curbside_sandbox::Trust;

use crate::exit::{Failure, Outcome, Status};
use crate::{keys, report, sandboxed};

/// Check that a plug-in is signed by one of these keys and was not changed since
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  curbside verify trd.wasm --key key.pub.pem")]
pub(crate) struct Arguments {
    /// The plug-in
    file: PathBuf,
    /// A public key, in PEM
    #[arg(long = "key", value_name = "KEY", required = true)]
    keys: Vec<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let keys = self.keys.iter().map(|path| keys::public(path)).collect::<Result<_, _>>()?;
        let wasm = sandboxed::read(&self.file)?;
        let verified = Trust::only(keys).verify(&wasm);
        let verified = verified.map_err(|error| Failure::new(Status::Failed, format!("{}: {error}", self.file.display())))?;
        let signer = verified.signer().map(curbside_sandbox::PublicKey::id).unwrap_or_default();
        report::words(&format!("{}: signed by key {signer}, sha256:{}\n", self.file.display(), verified.digest()));
        Ok(Status::Ran)
    }
}
