//! A bulk export: a resource a line, grouped into one record a patient.
//!
//! Memory stays bounded whatever the size of the export. First every line goes to one of many
//! files on disk, chosen by its patient ([`spill`]); a patient's lines are then together in a file that
//! fits in memory. Then each of those files is sorted into records in the order in which the
//! patients stand in the export ([`partition`]), and the sorted files are merged ([`merge`]).
//! Resources that belong to nobody (medications, places) are kept aside and go with whoever refers
//! to them ([`shared`]).

mod block;
mod manifest;
mod merge;
mod partition;
mod shared;
mod spill;

pub(crate) use manifest::Manifest;

use std::path::{Path, PathBuf};

use crate::input::{BytesRead, Item};
use spill::Spill;

/// What reading may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest document, and longest line.
    pub max_bytes: usize,
    /// Memory for grouping an export, in bytes.
    pub memory: usize,
    /// Folder for temporary files; the system's where none is given.
    pub temporary: Option<PathBuf>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 256 << 20, memory: 16 << 20, temporary: None }
    }
}

/// An export.
#[derive(Debug)]
pub(crate) struct Export {
    /// The folder, or the one file.
    pub(crate) folder: PathBuf,
    /// Files of resources.
    pub(crate) files: Vec<PathBuf>,
    pub(crate) manifest: Manifest,
    unlisted: usize,
}

impl Export {
    /// An export of these files: of those that the manifest lists, where it lists any that are there.
    pub(crate) fn new(folder: PathBuf, files: Vec<PathBuf>, manifest: Manifest) -> Self {
        let (listed, unlisted): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| manifest.lists(path));
        let (files, unlisted) = if listed.is_empty() { (unlisted, 0) } else { (listed, unlisted.len()) };
        Self { folder, files, manifest, unlisted }
    }

    /// Whether a file says what was deleted since an earlier export.
    pub(crate) fn is_deletion(&self, path: &Path) -> bool {
        self.manifest.deletes(path)
    }

    /// What a reader should know about it.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let folder = self.folder.display();
        if self.manifest.errors > 0 {
            notes
                .push(format!("{folder}: the export's manifest names {} files of errors; records may be incomplete", self.manifest.errors));
        }
        if self.unlisted > 0 {
            notes.push(format!("{folder}: {} files that the manifest does not list are left out", self.unlisted));
        }
        notes.extend(self.manifest.left_out.iter().map(|path| format!("{}: holds no FHIR and is left out", path.display())));
        notes
    }

    /// What is wrong with it, then its patients in the order in which they stand in it.
    pub(crate) fn records(&self, limits: &Limits, read: &BytesRead) -> Box<dyn Iterator<Item = Item> + Send + '_> {
        let failed = |error: std::io::Error| {
            let item = Item { name: self.folder.display().to_string(), bytes: Err(format!("cannot be grouped by patient: {error}")) };
            Box::new(std::iter::once(item))
        };
        match Spill::of(self, limits, read).and_then(|spill| merge::Merge::of(spill, &self.folder)) {
            Ok(merge) => Box::new(merge),
            Err(error) => failed(error),
        }
    }
}
