//! Keys that sign and verify, as files.

use std::path::Path;

use curbside_sandbox::{PublicKey, SecretKey};

use crate::exit::Failure;

/// Reads a public key in PEM.
pub(crate) fn public(path: &Path) -> Result<PublicKey, Failure> {
    PublicKey::from_pem(&text(path)?).map_err(|error| {
        Failure::usage(format!("{}: {error}", path.display())).help("`openssl pkey -in KEY.pem -pubout` writes the public half of a key")
    })
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
