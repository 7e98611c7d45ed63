//! The cache of compiled code. What is in it runs natively, so it is read only where nobody else can write:
//! the folder and its files belong to the user we run as and are closed to others, every file names what it was compiled
//! from and carries the hash of its content. A file that does not hold is compiled anew.
//!
//! A file is compiled code as wasmtime maps it, and behind it what we say of it: the digest of what it was compiled from,
//! its key, the hash of all that, and a mark. Files are replaced, never written to: code that runs is mapped from them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::Mmap;
use wasmtime::component::Component;

use crate::engine::Engine;

const MAGIC: &[u8] = b"curbside compiled 2\n";
/// SHA-256 in hexadecimal digits.
const DIGEST_BYTES: usize = 64;

/// What was compiled before.
pub(crate) struct Cached {
    /// Ready to be instantiated.
    pub(crate) component: Component,
    /// SHA-256 of what it was compiled from, in hexadecimal digits.
    pub(crate) digest: String,
}

/// The compiled form under a key, where it is there and holds.
#[expect(unsafe_code, reason = "compiled code is code: only its owner can write to the cache, and every file is verified")]
pub(crate) fn get(folder: &Path, key: &str, engine: &Engine) -> Option<Cached> {
    private(folder)?;
    let file = OpenOptions::new().read(true).custom_flags(no_follow()).open(path(folder, key)).ok()?;
    // Asked of the file that was opened, not of a name that may point elsewhere by now.
    ours(&file.metadata().ok()?)?;
    // SAFETY: nobody else can write to the file, and we only ever replace it.
    let bytes = unsafe { Mmap::map(&file) }.ok()?;
    let digest = verify(&bytes, key)?;
    // The name of the open file: wasmtime maps that very one.
    let name = format!("/dev/fd/{}", file.as_raw_fd());
    // SAFETY: `put` wrote it, from what `compile` made with the same settings.
    let component = unsafe { Component::deserialize_file(&engine.wasmtime, name) }.ok()?;
    Some(Cached { component, digest })
}

/// The digest of what a file was compiled from, where the file holds.
fn verify(bytes: &[u8], key: &str) -> Option<String> {
    let (content, hash) = bytes.strip_suffix(MAGIC)?.split_last_chunk::<{ blake3::OUT_LEN }>()?;
    let (_, digest) = content.strip_suffix(key.as_bytes())?.split_last_chunk::<DIGEST_BYTES>()?;
    let found = blake3::Hasher::new().update_rayon(content).finalize();
    (found.as_bytes() == hash).then(|| String::from_utf8(digest.to_vec()).ok())?
}

/// Keeps a compiled form: written beside and renamed, so that a reader sees all of it or nothing, and two writers do
/// not meet. Where the folder cannot be written the next start compiles again; that is all.
pub(crate) fn put(folder: &Path, key: &str, digest: &str, native: &[u8]) {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let beside = folder.join(format!("{key}.{}.{}.tmp", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
    let write = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        let content = [native, digest.as_bytes(), key.as_bytes()];
        let mut hasher = blake3::Hasher::new();
        for part in content {
            file.write_all(part)?;
            hasher.update_rayon(part);
        }
        file.write_all(hasher.finalize().as_bytes())?;
        file.write_all(MAGIC)?;
        file.sync_data()?;
        fs::rename(&beside, path(folder, key))
    };
    if write().is_err() {
        fs::remove_file(&beside).ok();
    }
}

fn path(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.bin"))
}

fn private(folder: &Path) -> Option<()> {
    ours(&fs::symlink_metadata(folder).ok()?)
}

/// Ours, and closed to everybody else's writing.
fn ours(metadata: &fs::Metadata) -> Option<()> {
    let owner = rustix::process::geteuid().as_raw();
    (metadata.uid() == owner && metadata.mode() & 0o022 == 0 && !metadata.is_symlink()).then_some(())
}

fn no_follow() -> i32 {
    i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default()
}
