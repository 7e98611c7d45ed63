//! Resources that belong to nobody: medications, places, people. They are kept on disk, and go with
//! whoever refers to them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use curbside_chart::reference::{Target, parse};
use memchr::memmem::Finder;

use super::spill::hash;

/// The shared resources of an export.
#[derive(Debug)]
pub(super) struct Shared {
    file: BufWriter<File>,
    end: u64,
    /// Where each stands: a hash of its `Type/id` and the place of its line. Sorted once all are there.
    /// An export may have as many medications as prescriptions, so that names are kept on disk.
    places: Vec<(u64, u64)>,
}

impl Shared {
    pub(super) fn new(file: File) -> Self {
        Self { file: BufWriter::new(file), end: 0, places: Vec::new() }
    }

    pub(super) fn add(&mut self, kind: &str, id: &str, line: &[u8]) -> io::Result<()> {
        let name = format!("{kind}/{id}");
        self.places.push((hash(&name), self.end));
        for piece in [name.as_bytes(), line] {
            let length = (piece.len() as u64).to_le_bytes();
            self.file.write_all(&length)?;
            self.file.write_all(piece)?;
            self.end += (length.len() + piece.len()) as u64;
        }
        Ok(())
    }

    /// Ends writing.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.places.sort_unstable();
        self.places.shrink_to_fit();
        self.file.flush()
    }

    /// The line of this name; where it stands twice, the later one counts.
    fn get(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let hash = hash(name);
        let from = self.places.partition_point(|place| place.0 < hash);
        let mut places: Vec<u64> =
            self.places.get(from..).unwrap_or_default().iter().take_while(|place| place.0 == hash).map(|place| place.1).collect();
        while let Some(place) = places.pop() {
            self.file.get_mut().seek(SeekFrom::Start(place))?;
            // Two names may have the same hash.
            if self.piece()? == name.as_bytes() {
                return self.piece().map(Some);
            }
        }
        Ok(None)
    }

    fn piece(&mut self) -> io::Result<Vec<u8>> {
        let file = self.file.get_mut();
        let mut length = [0; 8];
        file.read_exact(&mut length)?;
        let mut piece = vec![0; usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)?];
        file.read_exact(&mut piece)?;
        Ok(piece)
    }

    /// The shared resources that lines refer to, directly or through one another, in the order of
    /// their names.
    pub(super) fn referred<'l>(&mut self, lines: impl Iterator<Item = &'l [u8]>) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut found = BTreeMap::new();
        if self.places.is_empty() {
            return Ok(found);
        }
        let mut open: Vec<String> = Vec::new();
        for line in lines {
            references(line, &mut open);
        }
        while let Some(name) = open.pop() {
            if let Entry::Vacant(new) = found.entry(name)
                && let Some(line) = self.get(new.key())?
            {
                references(&line, &mut open);
                new.insert(line);
            }
        }
        Ok(found)
    }
}

/// Collects the references in a line to anything but patients.
fn references(line: &[u8], found: &mut Vec<String>) {
    let member = Finder::new(b"\"reference\"");
    for at in member.find_iter(line) {
        let rest = line.get(at + b"\"reference\"".len()..).unwrap_or_default().trim_ascii_start();
        let Some(rest) = rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start).and_then(|rest| rest.strip_prefix(b"\"")) else { continue };
        let Some(text) = memchr::memchr(b'"', rest).and_then(|end| std::str::from_utf8(rest.get(..end)?).ok()) else { continue };
        if let Target::Typed { kind, id, .. } = parse(text)
            && kind != "Patient"
        {
            found.push(format!("{kind}/{id}"));
        }
    }
}
