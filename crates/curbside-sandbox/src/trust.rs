//! Whose plug-ins run: Ed25519 signatures over a whole file, its manifest included.
//!
//! The signature is the file's last section, so a signed plug-in is still one file. It signs everything before it.
//! A file that carries a signature must carry a right one, whoever made it; where keys are configured it must be one
//! of theirs. A [`Verified`] file can be made here alone, and only verified files are ever loaded.

use std::fmt;
use std::sync::OnceLock;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

use crate::sections;

const SECTION: &str = "curbside.signature";
const DOMAIN: &[u8] = b"curbside signature 1\n";
const KEY_BYTES: usize = 32;

/// A key that signs.
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// A new one, from the operating system's randomness.
    ///
    /// # Errors
    ///
    /// Where the system gives none.
    pub fn generate() -> std::io::Result<Self> {
        let mut seed = [0; KEY_BYTES];
        getrandom::fill(&mut seed).map_err(std::io::Error::from)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// Reads a PKCS #8 PEM, as `openssl genpkey -algorithm ed25519` writes it.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn from_pem(pem: &str) -> Result<Self, TrustError> {
        SigningKey::from_pkcs8_pem(pem).map(Self).map_err(|error| TrustError::Key(error.to_string()))
    }

    /// Writes a PKCS #8 PEM.
    ///
    /// # Errors
    ///
    /// Never for a key that exists.
    pub fn to_pem(&self) -> Result<String, TrustError> {
        self.0.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.to_string()).map_err(|error| TrustError::Key(error.to_string()))
    }

    /// The key that verifies what this one signs.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs a component; an earlier signature is replaced.
    ///
    /// # Errors
    ///
    /// Where the file is no component.
    pub fn sign(&self, wasm: &[u8]) -> Result<Vec<u8>, TrustError> {
        let content = split(wasm)?.0;
        let signature = self.0.sign(&message(content));
        let mut body = self.0.verifying_key().to_bytes().to_vec();
        body.extend_from_slice(&signature.to_bytes());
        let mut signed = content.to_vec();
        signed.extend(sections::custom(SECTION, &body));
        Ok(signed)
    }
}

/// A key that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Reads a PEM, as `openssl pkey -pubout` writes it.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn from_pem(pem: &str) -> Result<Self, TrustError> {
        VerifyingKey::from_public_key_pem(pem).map(Self).map_err(|error| TrustError::Key(error.to_string()))
    }

    /// Writes a PEM.
    ///
    /// # Errors
    ///
    /// Never for a key that exists.
    pub fn to_pem(&self) -> Result<String, TrustError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|error| TrustError::Key(error.to_string()))
    }

    /// The first 16 hexadecimal digits of the key's SHA-256, for messages.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes())).chars().take(16).collect()
    }
}

/// Whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    keys: Vec<PublicKey>,
    required: bool,
}

impl Trust {
    /// Only what one of these keys signed; without a key, nothing at all.
    #[must_use]
    pub fn only(keys: Vec<PublicKey>) -> Self {
        Self { keys, required: true }
    }

    /// Whether what this key signs may run.
    #[must_use]
    pub fn trusts(&self, key: &PublicKey) -> bool {
        !self.required || self.keys.contains(key)
    }

    /// Whether anything unsigned may run: a folder of rules, a plug-in without a signature.
    #[must_use]
    pub fn allows_unsigned(&self) -> bool {
        !self.required
    }

    /// Checks a file's signature.
    ///
    /// # Errors
    ///
    /// Where a signature is missing that must be there, is wrong, or is by a key that does not count.
    pub fn verify<'a>(&self, wasm: &'a [u8]) -> Result<Verified<'a>, TrustError> {
        let (content, signature) = match split(wasm) {
            Ok(parts) => parts,
            // A broken file is refused by the loader, which says what is wrong with it.
            Err(TrustError::NoComponent) if !self.required => (wasm, None),
            Err(error) => return Err(error),
        };
        let signer = signature.map(|signature| signer(content, signature)).transpose()?;
        if self.required {
            let key = signer.as_ref().ok_or(TrustError::Unsigned)?;
            if !self.keys.contains(key) {
                return Err(TrustError::UnknownKey(key.id()));
            }
        }
        Ok(Verified { content, digest: OnceLock::new(), signer })
    }
}

/// A file whose signature, or the lack of one, is in order.
#[derive(Clone, Debug)]
pub struct Verified<'a> {
    pub(crate) content: &'a [u8],
    digest: OnceLock<String>,
    pub(crate) signer: Option<PublicKey>,
}

impl Verified<'_> {
    /// SHA-256 of the content, in hexadecimal digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| hex(&Sha256::digest(self.content)))
    }

    /// Spares the work of [`Verified::digest`] where its value is known.
    pub(crate) fn set_digest(&self, digest: &str) {
        self.digest.get_or_init(|| digest.to_owned());
    }

    /// Who signed it.
    #[must_use]
    pub fn signer(&self) -> Option<&PublicKey> {
        self.signer.as_ref()
    }
}

/// The content and the body of the signature.
fn split(wasm: &[u8]) -> Result<(&[u8], Option<&[u8]>), TrustError> {
    let sections = sections::read(wasm).ok_or(TrustError::NoComponent)?;
    let mut signatures = sections.iter().filter(|section| section.name == Some(SECTION));
    let Some(signature) = signatures.next() else {
        return Ok((wasm, None));
    };
    if signatures.next().is_some() || signature.range.end != wasm.len() {
        return Err(TrustError::Misplaced);
    }
    let content = wasm.get(..signature.range.start).ok_or(TrustError::NoComponent)?;
    Ok((content, Some(signature.body)))
}

/// Who made a signature that is right.
fn signer(content: &[u8], signature: &[u8]) -> Result<PublicKey, TrustError> {
    let (key, signature) = signature.split_first_chunk::<KEY_BYTES>().ok_or(TrustError::Wrong)?;
    let key = VerifyingKey::from_bytes(key).map_err(|_| TrustError::Wrong)?;
    let signature = Signature::from_slice(signature).map_err(|_| TrustError::Wrong)?;
    key.verify_strict(&message(content), &signature).map_err(|_| TrustError::Wrong)?;
    Ok(PublicKey(key))
}

fn message(content: &[u8]) -> Vec<u8> {
    [DOMAIN, Sha256::digest(content).as_slice()].concat()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a file is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustError {
    /// No key can be read from this.
    Key(String),
    /// Only a component can be signed.
    NoComponent,
    /// It carries no signature, and keys are configured.
    Unsigned,
    /// The signature is not of this file.
    Wrong,
    /// A signature that is not the last section, or a second one.
    Misplaced,
    /// Signed, by a key that is not among the configured ones.
    UnknownKey(String),
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(why) => write!(f, "not an Ed25519 key in PEM: {why}"),
            Self::NoComponent => f.write_str("not a WebAssembly component, so it carries no signature"),
            Self::Unsigned => f.write_str("not signed; only what a configured key signed may run"),
            Self::Wrong => f.write_str("the signature is not of this file: it was changed after it was signed, or the signature is broken"),
            Self::Misplaced => f.write_str("something stands behind the signature, or there are two"),
            Self::UnknownKey(id) => write!(f, "signed by key {id}, which is not among the configured ones"),
        }
    }
}

impl std::error::Error for TrustError {}
