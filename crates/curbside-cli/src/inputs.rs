//! From arguments to documents: files, folders of them, NDJSON, standard input; gzip on the way.

use std::fs;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use serde::de::IgnoredAny;

use crate::exit::Failure;
use crate::gathered::Gathered;
use crate::size;

/// One document, or why there is none.
pub(crate) struct Input {
    /// How messages call it: the file, and the line where it holds several.
    pub(crate) name: String,
    /// Its bytes.
    pub(crate) bytes: Result<Vec<u8>, String>,
}

/// Where documents come from.
#[derive(Debug)]
pub(crate) struct Inputs {
    files: Vec<PathBuf>,
    max_bytes: u64,
}

impl Inputs {
    /// The files that arguments name: a file, a folder of them (not those within its folders), or `-`.
    pub(crate) fn of(arguments: &[PathBuf], max_bytes: u64) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for path in arguments {
            if path.is_dir() {
                #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
                let entries = fs::read_dir(path).map_err(|error| Failure::unreadable(format!("{}: {error}", path.display())))?;
                let mut inside: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_data(path)).collect();
                inside.sort();
                if inside.is_empty() {
                    return Err(Failure::unreadable(format!("{} holds no .json and no .ndjson", path.display())));
                }
                files.extend(inside);
            } else if path.as_os_str() == "-" || path.exists() {
                files.push(path.clone());
            } else {
                return Err(Failure::unreadable(format!("{}: there is no such file", path.display()))
                    .help("give a FHIR Bundle, a CDS Hooks request, NDJSON, a folder of those, or `-`"));
            }
        }
        Ok(Self { files, max_bytes })
    }

    /// How many documents there are, where that is known beforehand.
    pub(crate) fn count(&self) -> Option<usize> {
        let known = self.files.iter().all(|file| !is_lines(file) && file.as_os_str() != "-");
        known.then_some(self.files.len())
    }

    /// Hands over every document in turn, reading one at a time.
    pub(crate) fn each(&self, mut take: impl FnMut(Input)) {
        for file in &self.files {
            let name = file.display().to_string();
            match open(file) {
                Err(error) => take(Input { name, bytes: Err(error.to_string()) }),
                Ok((reader, _)) if is_lines(file) => self.lines(&name, reader, 1, &mut take),
                Ok((reader, _)) if file.as_os_str() == "-" => self.stream(reader, &mut take),
                Ok((reader, size)) => {
                    let most = usize::try_from(self.max_bytes).unwrap_or(usize::MAX).saturating_add(1);
                    take(Input { name, bytes: self.whole(reader, Vec::with_capacity(size.min(most))) });
                }
            }
        }
    }

    /// The rest of a document, behind what was read of it.
    fn whole(&self, reader: impl io::Read, mut bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        // One byte more than allowed tells a document that is too large from one that just fits.
        let room = self.max_bytes.saturating_add(1).saturating_sub(bytes.len() as u64);
        let read = reader.take(room).read_to_end(&mut bytes);
        read.map_err(|error| format!("{error} (byte {})", bytes.len()))?;
        if bytes.len() as u64 > self.max_bytes { Err(self.too_large()) } else { Ok(bytes) }
    }

    fn too_large(&self) -> String {
        let most = size::show(self.max_bytes);
        format!("larger than {most} (byte {}); raise --max-size, or give one document a line in a file named `.ndjson`", self.max_bytes)
    }

    /// Standard input: NDJSON where its first line is a whole object and another one follows.
    fn stream(&self, mut reader: Box<dyn BufRead>, take: &mut impl FnMut(Input)) {
        let name = "standard input".to_owned();
        let first = match self.line(&mut reader) {
            Ok(first) => first.unwrap_or_default(),
            Err(error) => return take(Input { name, bytes: Err(error) }),
        };
        let more = reader.fill_buf().is_ok_and(|next| next.trim_ascii_start().starts_with(b"{"));
        if more && first.ends_with(b"\n") && serde_json::from_slice::<IgnoredAny>(&first).is_ok() {
            return self.lines(&name, Box::new(BufReader::new(io::Cursor::new(first).chain(reader))), 1, take);
        }
        take(Input { name, bytes: self.whole(reader, first) });
    }

    /// A document a line; lines that are resources are one document together.
    fn lines(&self, name: &str, mut reader: Box<dyn BufRead>, first: u64, take: &mut impl FnMut(Input)) {
        let mut gathered = Gathered::default();
        for number in first.. {
            match self.line(&mut reader) {
                Ok(None) => break,
                Ok(Some(line)) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(Some(line)) => match gathered.take((number, line), self.max_bytes) {
                    Ok(own) => own.into_iter().for_each(|(number, line)| take(Input { name: format!("{name}:{number}"), bytes: Ok(line) })),
                    // A part of a record is not one.
                    Err(()) => return take(Input { name: format!("{name}:{number}"), bytes: Err(self.too_large()) }),
                },
                Err(error) => {
                    gathered.miss();
                    take(Input { name: format!("{name}:{number}"), bytes: Err(error) });
                    match skip_line(&mut reader) {
                        Ok(true) => {}
                        Ok(false) | Err(_) => break,
                    }
                }
            }
        }
        if let Some(record) = gathered.record() {
            take(Input { name: name.to_owned(), bytes: Ok(record) });
        }
    }

    /// The next line with its end; `None` at the end of the file. Of a line that is too large the
    /// rest is left to be read.
    fn line(&self, reader: &mut impl BufRead) -> Result<Option<Vec<u8>>, String> {
        let mut line = Vec::new();
        let room = self.max_bytes.saturating_add(1);
        match reader.take(room).read_until(b'\n', &mut line) {
            Ok(0) => Ok(None),
            Ok(_) if line.len() as u64 > self.max_bytes && !line.ends_with(b"\n") => Err(self.too_large()),
            Ok(_) => Ok(Some(line)),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Skips the rest of a line; false at the end of the file.
fn skip_line(reader: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(false);
        }
        let (step, found) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(step);
        if found {
            return Ok(true);
        }
    }
}

/// A file and how large it is: large documents are read into a buffer of the right size at once.
fn open(file: &Path) -> io::Result<(Box<dyn BufRead>, usize)> {
    const BUFFER: usize = 1 << 16;
    if file.as_os_str() == "-" {
        return unpacked(BufReader::with_capacity(BUFFER, io::stdin())).map(|(reader, _)| (reader, 0));
    }
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let opened = fs::File::open(file)?;
    let size = opened.metadata().map_or(0, |metadata| metadata.len());
    let (reader, is_packed) = unpacked(BufReader::with_capacity(BUFFER, opened))?;
    // A spare byte, or the buffer doubles when the end is looked for.
    let size = usize::try_from(size).map_or(0, |size| size.saturating_add(1));
    Ok((reader, if is_packed { 0 } else { size }))
}

/// What a reader holds, and whether it was packed: gzip is known by how it begins, whatever its file is called.
fn unpacked(mut reader: impl BufRead + 'static) -> io::Result<(Box<dyn BufRead>, bool)> {
    const GZIP: &[u8] = &[0x1F, 0x8B];
    if reader.fill_buf()?.starts_with(GZIP) {
        return Ok((Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(reader))), true));
    }
    Ok((Box::new(reader), false))
}

/// The name of a file, without the end that compression gives it.
fn uncompressed(path: &Path) -> PathBuf {
    if path.extension().is_some_and(|end| end == "gz") { path.with_extension("") } else { path.to_owned() }
}

fn is_data(path: &Path) -> bool {
    path.is_file() && (is_lines(path) || uncompressed(path).extension().is_some_and(|end| end == "json"))
}

fn is_lines(path: &Path) -> bool {
    uncompressed(path).extension().is_some_and(|end| end == "ndjson" || end == "jsonl")
}
