//! The cache of compiled code. What is in it runs natively, so it is read only where nobody else can write:
//! the folder and its files belong to the user we run as and are closed to others, every file names what it was compiled
//! from and carries the hash of its content. A file that does not hold is compiled anew.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest as _, Sha256};

const MAGIC: &[u8] = b"curbside compiled 1\n";
const HASH_BYTES: usize = 32;

/// The compiled form under a key, where it is there and holds.
pub(crate) fn get(folder: &Path, key: &str) -> Option<Cached> {
    let path = path(folder, key);
    private(folder)?;
    let mut file = OpenOptions::new().read(true).custom_flags(no_follow()).open(&path).ok()?;
    // Asked of the file that was opened, not of a name that may point elsewhere by now.
    ours(&file.metadata().ok()?)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(key.as_bytes())?;
    let (hash, native) = rest.split_first_chunk::<HASH_BYTES>()?;
    let at = bytes.len() - native.len();
    (Sha256::digest(native).as_slice() == hash).then_some(Cached { bytes, at })
}

/// Compiled code as it was read, behind what the file says of it.
pub(crate) struct Cached {
    bytes: Vec<u8>,
    at: usize,
}

impl Cached {
    /// The compiled code.
    pub(crate) fn native(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

/// Keeps a compiled form: written beside and renamed, so that a reader sees all of it or nothing, and two writers do
/// not meet. Where the folder cannot be written the next start compiles again; that is all.
pub(crate) fn put(folder: &Path, key: &str, native: &[u8]) {
    static WRITES: AtomicU64 = AtomicU64::new(0);
    let beside = folder.join(format!("{key}.{}.{}.tmp", std::process::id(), WRITES.fetch_add(1, Ordering::Relaxed)));
    let write = || -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        for part in [MAGIC, key.as_bytes(), &Sha256::digest(native), native] {
            file.write_all(part)?;
        }
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
