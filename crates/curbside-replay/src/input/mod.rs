//! From paths to the records of many patients, one document at a time, in a fixed order.

mod documents;
pub(crate) mod lines;
pub(crate) mod open;
pub(crate) mod peek;
mod sniff;
mod walk;

pub use open::BytesRead;
pub use sniff::Peek;

use std::path::{Path, PathBuf};

use crate::Error;
use crate::export::{Export, Limits, Manifest};
use documents::Documents;
use sniff::Holds;

/// One record: a bundle or a CDS Hooks request, or why there is none.
#[derive(Clone, Debug)]
pub struct Item {
    /// How messages call it: the file with the line, or the folder with the patient.
    pub name: String,
    /// Its bytes.
    pub bytes: Result<Vec<u8>, String>,
}

/// Where records come from.
#[derive(Debug)]
pub struct Inputs {
    parts: Vec<Part>,
    limits: Limits,
    /// Bytes on disk.
    pub size: u64,
}

#[derive(Debug)]
enum Part {
    File(PathBuf, Holds),
    Export(Export),
}

impl Inputs {
    /// The records that paths name: a file of one or many, a folder of those, a bulk export, or `-`.
    ///
    /// # Errors
    ///
    /// [`Error`] where a path does not exist or holds nothing that can be read.
    pub fn of(paths: &[PathBuf], limits: Limits) -> Result<Self, Error> {
        let mut parts = Vec::new();
        for path in paths {
            if path.is_dir() {
                folder(path, &mut parts)?;
            } else if path.as_os_str() == "-" {
                parts.push(Part::File(path.clone(), Holds::Documents));
            } else if path.is_file() {
                parts.push(match sniff::sniff(path) {
                    Holds::Resources => Part::Export(Export::new(path.clone(), vec![path.clone()], Manifest::default())),
                    holds => Part::File(path.clone(), holds),
                });
            } else {
                return Err(Error::new(format!("{}: there is no such file", path.display()))
                    .help("give a FHIR Bundle, a CDS Hooks request, NDJSON of those, a folder, a bulk export, or `-`"));
            }
        }
        let size = parts.iter().flat_map(Part::files).filter_map(|path| Some(path.metadata().ok()?.len())).sum();
        Ok(Self { parts, limits, size })
    }

    /// The moment of the first export, from its manifest.
    #[must_use]
    pub fn transaction_time(&self) -> Option<&str> {
        self.parts.iter().find_map(|part| match part {
            Part::Export(export) => export.manifest.transaction_time.as_deref(),
            Part::File(..) => None,
        })
    }

    /// What a reader should know about the inputs as a whole.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let exports = self.parts.iter().filter_map(|part| match part {
            Part::Export(export) => Some(export),
            Part::File(..) => None,
        });
        exports.flat_map(Export::notes).collect()
    }

    /// What identifies the inputs without reading them: names and sizes.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<(String, u64)> {
        let sized = |path: &PathBuf| (path.display().to_string(), path.metadata().map_or(0, |data| data.len()));
        self.parts.iter().flat_map(Part::files).map(sized).collect()
    }

    /// Reads the records, one at a time, always in the same order.
    #[must_use]
    pub fn records(&self, read: BytesRead) -> Box<dyn Iterator<Item = Item> + Send + '_> {
        Box::new(self.parts.iter().flat_map(move |part| -> Box<dyn Iterator<Item = Item> + Send + '_> {
            match part {
                Part::File(path, holds) => Box::new(Documents::open(path, *holds, &read, self.limits.max_bytes)),
                Part::Export(export) => export.records(&self.limits, &read),
            }
        }))
    }
}

impl Part {
    fn files(&self) -> &[PathBuf] {
        match self {
            Self::File(path, _) => std::slice::from_ref(path),
            Self::Export(export) => &export.files,
        }
    }
}

/// What a folder holds: documents, each a part of its own; files of resources are one export.
fn folder(folder: &Path, parts: &mut Vec<Part>) -> Result<(), Error> {
    let files = walk::files(folder).map_err(|error| Error::new(format!("{}: {error}", folder.display())))?;
    let kinds: Vec<(PathBuf, Holds)> = files.into_iter().map(|path| (path.clone(), sniff::sniff(&path))).collect();
    let resources: Vec<PathBuf> = kinds.iter().filter(|(_, holds)| *holds == Holds::Resources).map(|(path, _)| path.clone()).collect();
    if resources.is_empty() {
        let documents: Vec<Part> =
            kinds.into_iter().filter(|(_, holds)| *holds != Holds::Nothing).map(|(path, holds)| Part::File(path, holds)).collect();
        if documents.is_empty() {
            return Err(Error::new(format!("{} holds no FHIR", folder.display())).help("give a folder of bundles, or a bulk export"));
        }
        parts.extend(documents);
        return Ok(());
    }
    let mut manifest = Manifest::default();
    let mut others = Vec::new();
    for (path, holds) in kinds {
        // A file of resources is no manifest, and may be as large as the export.
        if holds == Holds::Resources {
            continue;
        }
        match (holds, Manifest::read(&path)) {
            (_, Some(found)) if manifest.is_empty() => manifest = found,
            (Holds::Nothing, _) => manifest.left_out.push(path),
            (holds, _) => others.push((path, holds)),
        }
    }
    let export = Export::new(folder.to_owned(), resources, manifest);
    others.retain(|(path, _)| !export.is_deletion(path));
    parts.push(Part::Export(export));
    parts.extend(others.into_iter().map(|(path, holds)| Part::File(path, holds)));
    Ok(())
}

/// The files beside the files of an export.
pub(crate) fn files_of(folder: &Path) -> Vec<PathBuf> {
    walk::files(folder).unwrap_or_default()
}
