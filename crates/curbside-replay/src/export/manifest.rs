//! The manifest of a bulk export: its moment, its files, what was deleted and what went wrong.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::input::lines::{Lines, whole};
use crate::input::open::{BytesRead, open};

/// Largest manifest that is looked at.
const MOST_BYTES: usize = 64 << 20;

/// What the manifest of an export says.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// The moment whose state the export shows.
    pub(crate) transaction_time: Option<String>,
    /// Names of its files of resources.
    output: HashSet<String>,
    /// Names of the files that say what was deleted.
    deleted: HashSet<String>,
    /// How many files of errors it names.
    pub(crate) errors: usize,
    /// Files beside it that hold no FHIR.
    pub(crate) left_out: Vec<PathBuf>,
    found: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    transaction_time: String,
    output: Vec<File>,
    #[serde(default)]
    deleted: Vec<File>,
    #[serde(default)]
    error: Vec<File>,
    #[serde(default)]
    outcome: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    url: String,
    continues_in_file: Option<String>,
}

impl File {
    /// The names under which it may have been saved.
    fn names(&self) -> impl Iterator<Item = String> {
        std::iter::once(&self.url).chain(&self.continues_in_file).map(|url| {
            let path = url.split(['?', '#']).next().unwrap_or(url);
            stem(path.rsplit('/').next().unwrap_or(path)).to_owned()
        })
    }
}

/// A file's name without the ending of its compression.
fn stem(name: &str) -> &str {
    [".gz", ".zst"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name)
}

fn named(path: &Path, names: &HashSet<String>) -> bool {
    path.file_name().is_some_and(|name| names.contains(stem(&name.to_string_lossy())))
}

impl Manifest {
    /// Reads a file that may be a manifest.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let bytes = whole(open(path, &BytesRead::default()).ok()?, MOST_BYTES).ok()?;
        let written: Written = serde_json::from_slice(&bytes).ok()?;
        let names = |files: &[File]| files.iter().flat_map(File::names).collect();
        Some(Self {
            transaction_time: Some(written.transaction_time),
            output: names(&written.output),
            deleted: names(&written.deleted),
            errors: written.error.len() + written.outcome.len(),
            left_out: Vec::new(),
            found: true,
        })
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        !self.found
    }

    pub(crate) fn lists(&self, path: &Path) -> bool {
        named(path, &self.output)
    }

    pub(crate) fn deletes(&self, path: &Path) -> bool {
        named(path, &self.deleted)
    }

    /// The resources, as `Type/id`, that the files beside an export say were deleted.
    pub(crate) fn deletions(&self, folder: &Path) -> HashSet<String> {
        #[derive(Deserialize)]
        struct Bundle {
            #[serde(default)]
            entry: Vec<Entry>,
        }
        #[derive(Deserialize)]
        struct Entry {
            request: Option<Request>,
        }
        #[derive(Deserialize)]
        struct Request {
            method: String,
            url: String,
        }
        let mut gone = HashSet::new();
        let files = crate::input::files_of(folder).into_iter().filter(|path| self.deletes(path));
        for reader in files.filter_map(|path| open(&path, &BytesRead::default()).ok()) {
            let mut lines = Lines::new(reader, MOST_BYTES);
            while let Some(line) = lines.next() {
                let bundle = line.ok().and_then(|line| serde_json::from_slice::<Bundle>(&line).ok());
                let requests = bundle.into_iter().flat_map(|bundle| bundle.entry).filter_map(|entry| entry.request);
                gone.extend(requests.filter(|request| request.method == "DELETE").map(|request| request.url));
            }
        }
        gone
    }
}
