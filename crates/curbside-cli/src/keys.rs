//! Keys that sign and verify, as files.

use std::path::{Path, PathBuf};

use curbside_sandbox::{PublicKey, SecretKey, Trust};

use crate::exit::{Failure, Status};

/// Whose signatures count.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct KeyArguments {
    /// Run only what this Ed25519 key signed: a public key in PEM [also: $CURBSIDE_TRUSTED_KEYS, files separated by `:`]
    #[arg(long = "trusted-key", value_name = "FILE")]
    pub(crate) trusted_keys: Vec<PathBuf>,
}

impl KeyArguments {
    /// Whose signatures count.
    pub(crate) fn trust(&self) -> Result<Trust, Failure> {
        trusted(&self.trusted_keys)
    }

    /// Refuses a folder where keys are configured: it carries no signature.
    pub(crate) fn allow_folder(&self, folder: &Path) -> Result<(), Failure> {
        if self.trust()?.allows_unsigned() {
            return Ok(());
        }
        Err(Failure::new(Status::Failed, format!("{} is a folder, which carries no signature", folder.display()))
            .help("`curbside build --sign KEY` makes a signed `.wasm` of it; only what a trusted key signed may run"))
    }
}

/// Reads a public key in PEM.
pub(crate) fn public(path: &Path) -> Result<PublicKey, Failure> {
    PublicKey::from_pem(&text(path)?).map_err(|error| {
        Failure::usage(format!("{}: {error}", path.display())).help("`openssl pkey -in KEY.pem -pubout` writes the public half of a key")
    })
}

/// Whose signatures count: those of these keys, and of those that the environment names for every command.
pub(crate) fn trusted(files: &[PathBuf]) -> Result<Trust, Failure> {
    #[expect(clippy::disallowed_methods, reason = "an operator may configure keys for every command at once")]
    let environment = std::env::var_os("CURBSIDE_TRUSTED_KEYS").filter(|paths| !paths.is_empty());
    let named = environment.iter().flat_map(std::env::split_paths);
    let keys = files.iter().cloned().chain(named).map(|path| public(&path)).collect::<Result<Vec<_>, _>>()?;
    Ok(if keys.is_empty() { Trust::default() } else { Trust::only(keys) })
}

/// Reads a secret key in PEM.
pub(crate) fn secret(path: &Path) -> Result<SecretKey, Failure> {
    SecretKey::from_pem(&text(path)?).map_err(|error| {
        Failure::usage(format!("{}: {error}", path.display()))
            .help("`openssl genpkey -algorithm ed25519 -out KEY.pem` makes one, and so does `curbside sign --new-key KEY.pem`")
    })
}

fn text(path: &Path) -> Result<String, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let text = std::fs::read_to_string(path);
    text.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Writes a secret key: a new file that its owner alone can read.
pub(crate) fn write_secret(path: &Path, pem: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(pem.as_bytes())
}
