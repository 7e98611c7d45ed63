//! The corpus of real bundles, read into memory.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use flate2::read::GzDecoder;

/// Folder of the corpus: `CURBSIDE_CORPUS`, else `../shared/corpus` beside the checkout.
pub(crate) fn folder() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "a chore of the repository may read the environment")]
    let named = std::env::var_os("CURBSIDE_CORPUS");
    named.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"), PathBuf::from)
}

/// Every bundle of every set.
pub(crate) fn bundles() -> anyhow::Result<Vec<Vec<u8>>> {
    let folder = folder();
    #[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .with_context(|| format!("no corpus at {}; set CURBSIDE_CORPUS", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".ndjson.gz"))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("no *.ndjson.gz in {}", folder.display());
    }
    let mut bundles = Vec::new();
    for path in files {
        #[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
        let file = File::open(&path)?;
        for line in BufReader::new(GzDecoder::new(file)).split(b'\n') {
            let line = line?;
            if !line.is_empty() {
                bundles.push(line);
            }
        }
    }
    Ok(bundles)
}
