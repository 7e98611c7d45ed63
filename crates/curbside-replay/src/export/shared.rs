//! Resources that belong to nobody: medications, places, people. They are kept on disk, and go with
//! whoever refers to them.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};

use curbside_chart::reference::{Target, parse};
use memchr::memmem::Finder;

/// The shared resources of an export.
#[derive(Debug)]
pub(super) struct Shared {
    file: BufWriter<File>,
    end: u64,
    /// Where each stands, by `Type/id`.
    places: HashMap<String, Place>,
    /// How many stand twice; the later one counts.
    pub(super) duplicates: u64,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    at: u64,
    length: usize,
}

impl Shared {
    pub(super) fn new(file: File) -> Self {
        Self { file: BufWriter::new(file), end: 0, places: HashMap::new(), duplicates: 0 }
    }

    pub(super) fn add(&mut self, kind: &str, id: &str, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        let place = Place { at: self.end, length: line.len() };
        self.end += line.len() as u64;
        self.duplicates += u64::from(self.places.insert(format!("{kind}/{id}"), place).is_some());
        Ok(())
    }

    /// Ends writing.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.file.flush()
    }

    fn get(&mut self, place: Place) -> io::Result<Vec<u8>> {
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(place.at))?;
        let mut line = vec![0; place.length];
        file.read_exact(&mut line)?;
        Ok(line)
    }

    /// The shared resources that lines refer to, directly or through one another, in the order of
    /// their names.
    pub(super) fn referred<'l>(&mut self, lines: impl Iterator<Item = &'l [u8]>) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut found = BTreeMap::new();
        let mut open: Vec<(String, Place)> = Vec::new();
        if self.places.is_empty() {
            return Ok(found);
        }
        for line in lines {
            self.references(line, &mut open);
        }
        while let Some((name, place)) = open.pop() {
            if let Entry::Vacant(new) = found.entry(name) {
                let line = self.get(place)?;
                self.references(&line, &mut open);
                new.insert(line);
            }
        }
        Ok(found)
    }

    /// Collects the references in a line to resources that are here.
    fn references(&self, line: &[u8], found: &mut Vec<(String, Place)>) {
        let name = Finder::new(b"\"reference\"");
        for at in name.find_iter(line) {
            let rest = line.get(at + b"\"reference\"".len()..).unwrap_or_default().trim_ascii_start();
            let Some(rest) = rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start).and_then(|rest| rest.strip_prefix(b"\"")) else {
                continue;
            };
            let Some(text) = memchr::memchr(b'"', rest).and_then(|end| std::str::from_utf8(rest.get(..end)?).ok()) else { continue };
            if let Target::Typed { kind, id, .. } = parse(text) {
                if kind == "Patient" {
                    continue;
                }
                let name = format!("{kind}/{id}");
                if let Some(place) = self.places.get(&name) {
                    found.push((name, *place));
                }
            }
        }
    }
}
