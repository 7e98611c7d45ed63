//! First pass: every line to the file of its patient, whatever file it came from.

use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::Path;

use super::block::BlockWriter;
use super::shared::Shared;
use super::{Export, Limits};
use crate::input::lines::Lines;
use crate::input::open::{BytesRead, likely_size, open};
use crate::input::peek::{Owner, Peek};

/// Most temporary files at a time: below what systems allow a process to hold open.
const MOST_FILES: u64 = 480;

/// An export by patient, on disk.
#[derive(Debug)]
pub(super) struct Spill {
    pub(super) parts: Vec<BlockWriter>,
    pub(super) shared: Shared,
    /// What cannot be used, a line of the report each: where it stands, and why. On disk, for one of many lines may be such.
    pub(super) complaints: BlockWriter,
    /// Bytes of a block of a temporary file.
    pub(super) block: usize,
    pub(super) limits: Limits,
}

impl Spill {
    pub(super) fn of(export: &Export, limits: &Limits, read: &BytesRead) -> io::Result<Self> {
        let size: u64 = export.files.iter().map(|path| likely_size(path)).sum();
        let memory = (limits.memory as u64).max(1 << 20);
        // A part takes half of the memory; blocks of all parts together take the other half.
        let count = (size / (memory / 2) + 1).min(MOST_FILES);
        let block = usize::try_from(memory / 2 / count).unwrap_or(usize::MAX).clamp(16 << 10, 1 << 20);
        let parts = (0..count).map(|_| Ok(BlockWriter::new(temporary(limits)?, block))).collect::<io::Result<_>>()?;
        let shared = Shared::new(temporary(limits)?);
        let complaints = BlockWriter::new(temporary(limits)?, block);
        let mut spill = Self { parts, shared, complaints, block, limits: limits.clone() };
        let gone = export.manifest.deletions(&export.folder);
        for (number, path) in export.files.iter().enumerate() {
            spill.file(path, number as u64, &gone, read)?;
        }
        spill.shared.finish()?;
        Ok(spill)
    }

    fn file(&mut self, path: &Path, number: u64, gone: &std::collections::HashSet<String>, read: &BytesRead) -> io::Result<()> {
        let name = path.display();
        let reader = match open(path, read) {
            Ok(reader) => reader,
            Err(error) => {
                return self.complain(&name.to_string(), &error.to_string());
            }
        };
        let mut lines = Lines::new(reader, self.limits.max_bytes);
        while let Some(line) = lines.next() {
            let place = || format!("{name}:{}", lines.number);
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    self.complain(&place(), &error)?;
                    continue;
                }
            };
            let peek = match Peek::of(&line) {
                Ok(peek) => peek,
                Err(why) => {
                    self.complain(&place(), &why)?;
                    continue;
                }
            };
            if !gone.is_empty() && gone.contains(&format!("{}/{}", peek.kind, peek.id)) {
                continue;
            }
            match peek.owner {
                Owner::Patient(ref patient) => self.keep(patient, &peek, number << 40 | lines.number, &line)?,
                Owner::Shared => self.shared.add(&peek.kind, &peek.id, &line)?,
                Owner::Unclear => {
                    self.complain(&place(), &format!("this {} does not say clearly whose it is and is left out", peek.kind))?;
                }
            }
        }
        Ok(())
    }

    /// A line of a patient, with where it stood.
    fn keep(&mut self, patient: &str, peek: &Peek<'_>, place: u64, line: &[u8]) -> io::Result<()> {
        let count = self.parts.len() as u64;
        let Some(part) = self.parts.get_mut(usize::try_from(hash(patient) % count).unwrap_or(0)) else { return Ok(()) };
        for piece in [patient.as_bytes(), peek.kind.as_bytes(), peek.id.as_bytes()] {
            part.piece(piece)?;
        }
        part.number(place);
        part.piece(line)?;
        part.end()
    }

    fn complain(&mut self, name: &str, why: &str) -> io::Result<()> {
        self.complaints.piece(name.as_bytes())?;
        self.complaints.piece(why.as_bytes())?;
        self.complaints.end()
    }
}

/// Where a name goes makes no difference to the result.
pub(super) fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// A temporary file that disappears when it is closed.
pub(super) fn temporary(limits: &Limits) -> io::Result<File> {
    match &limits.temporary {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile(),
    }
}
