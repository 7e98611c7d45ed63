//! Packs, read from the checkout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use curbside_engine::{Engine, Pack};
use curbside_rules::Settings;

/// An engine of the TRD pack.
pub(super) fn trd() -> anyhow::Result<Engine> {
    engine(&trd_folder())
}

/// The folder of the TRD pack.
pub(super) fn trd_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../rules/trd")
}

/// An engine of the pack in a folder.
pub(super) fn engine(folder: &Path) -> anyhow::Result<Engine> {
    let loaded = Pack::load(files(folder)?, &Settings::default());
    match loaded.pack {
        Some(pack) => Ok(Engine::new(vec![pack])),
        None => bail!("{} does not check; see `curbside check`", folder.display()),
    }
}

/// The files of the pack in a folder.
pub(super) fn files(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    gather(folder, folder, &mut files).with_context(|| format!("no pack at {}", folder.display()))?;
    Ok(files)
}

#[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
fn gather(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(root, &path, files)?;
        } else if path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|known| end == *known)) {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            files.insert(name, std::fs::read_to_string(&path)?);
        }
    }
    Ok(())
}
