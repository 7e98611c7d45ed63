//! Last pass: the sorted parts become one row of records in the order of the export.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::path::Path;

use super::block::{BlockReader, BlockWriter, Pieces};
use super::partition;
use super::spill::{Spill, temporary};
use crate::input::Item;

/// The records of an export, in the order in which its patients stand in it.
pub(super) struct Merge {
    folder: String,
    /// What could not be used; comes first.
    complaints: Option<Run>,
    runs: Vec<Run>,
    /// The next record of each run: its place, its patient, and which run.
    next: BinaryHeap<Reverse<(u64, Vec<u8>, usize)>>,
    /// Why reading had to end early.
    broken: Option<io::Error>,
}

/// A sorted part that is being read.
struct Run {
    file: BlockReader,
    buffer: Vec<u8>,
    at: usize,
}

impl Merge {
    /// Sorts every part in turn, then merges them.
    pub(super) fn of(spill: Spill, folder: &Path) -> io::Result<Self> {
        let Spill { parts, mut shared, complaints, block, limits } = spill;
        let mut merge = Self {
            folder: folder.display().to_string(),
            complaints: Some(Run::of(complaints)?),
            runs: Vec::new(),
            next: BinaryHeap::new(),
            broken: None,
        };
        let largest = parts.iter().map(BlockWriter::size).max().unwrap_or(0);
        let mut buffer = Vec::with_capacity(usize::try_from(largest).unwrap_or(0));
        for part in parts {
            let mut run = BlockWriter::new(temporary(&limits)?, block);
            partition::sort(part.finish()?, &mut buffer, &mut shared, &mut run)?;
            merge.runs.push(Run::of(run)?);
        }
        for at in 0..merge.runs.len() {
            merge.advance(at)?;
        }
        Ok(merge)
    }

    /// Looks at the next record of a run.
    fn advance(&mut self, run: usize) -> io::Result<()> {
        if let Some((place, patient)) = self.runs.get_mut(run).map(Run::peek).transpose()?.flatten() {
            self.next.push(Reverse((place, patient, run)));
        }
        Ok(())
    }

    /// The next complaint about a line.
    fn complaint(&mut self) -> io::Result<Option<Item>> {
        let Some(run) = &mut self.complaints else { return Ok(None) };
        if !run.fill()? {
            self.complaints = None;
            return Ok(None);
        }
        let mut pieces = run.rest();
        let text = |piece: Option<&[u8]>| String::from_utf8_lossy(piece.unwrap_or_default()).into_owned();
        let item = Item { name: text(pieces.piece()), bytes: Err(text(pieces.piece())) };
        run.at = run.buffer.len() - pieces.0.len();
        Ok(Some(item))
    }
}

impl Run {
    fn of(file: BlockWriter) -> io::Result<Self> {
        Ok(Self { file: file.finish()?, buffer: Vec::new(), at: 0 })
    }

    /// Reads the next block where this one is done; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at < self.buffer.len() {
            return Ok(true);
        }
        self.buffer.clear();
        self.at = 0;
        self.file.next(&mut self.buffer)
    }

    fn peek(&mut self) -> io::Result<Option<(u64, Vec<u8>)>> {
        if !self.fill()? {
            return Ok(None);
        }
        let mut pieces = self.rest();
        Ok(pieces.number().zip(pieces.piece().map(<[u8]>::to_vec)))
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        let mut pieces = self.rest();
        let _ = (pieces.number()?, pieces.piece()?);
        let record = pieces.piece()?.to_vec();
        self.at = self.buffer.len() - pieces.0.len();
        Some(record)
    }

    fn rest(&self) -> Pieces<'_> {
        Pieces(self.buffer.get(self.at..).unwrap_or_default())
    }
}

impl Iterator for Merge {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        if let Some(error) = self.broken.take() {
            self.next.clear();
            return Some(Item { name: self.folder.clone(), bytes: Err(format!("cannot be read further: {error}")) });
        }
        match self.complaint() {
            Ok(None) => {}
            Ok(Some(complaint)) => return Some(complaint),
            Err(error) => {
                (self.complaints, self.broken) = (None, Some(error));
                return self.next();
            }
        }
        let Reverse((place, patient, at)) = self.next.pop()?;
        let record = self.runs.get_mut(at).and_then(Run::take).unwrap_or_default();
        self.broken = self.advance(at).err();
        let name = format!("{}: Patient/{}", self.folder, String::from_utf8_lossy(&patient));
        let bytes = if place == 0 { Err(String::from_utf8_lossy(&record).into_owned()) } else { Ok(record) };
        Some(Item { name, bytes })
    }
}
