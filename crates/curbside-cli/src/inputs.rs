//! From arguments to documents: files, folders of them, NDJSON, standard input.

use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

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

    /// Whether it is known beforehand that there is one document.
    pub(crate) fn is_single(&self) -> bool {
        matches!(self.files.as_slice(), [file] if !is_lines(file))
    }

    /// Hands over every document in turn, reading one at a time.
    pub(crate) fn each(&self, mut take: impl FnMut(Input)) {
        for file in &self.files {
            let name = file.display().to_string();
            match open(file) {
                Err(error) => take(Input { name, bytes: Err(error.to_string()) }),
                Ok(reader) if is_lines(file) => self.lines(&name, reader, &mut take),
                Ok(mut reader) => {
                    let mut bytes = Vec::new();
                    // One byte more than allowed tells a document that is too large from one that just fits.
                    let read = reader.by_ref().take(self.max_bytes.saturating_add(1)).read_to_end(&mut bytes);
                    take(Input { name, bytes: read.map(|_| bytes).map_err(|error| error.to_string()) });
                }
            }
        }
    }

    fn lines(&self, name: &str, mut reader: Box<dyn BufRead>, take: &mut impl FnMut(Input)) {
        for number in 1_u64.. {
            let name = format!("{name}:{number}");
            let mut line = Vec::new();
            let read = reader.by_ref().take(self.max_bytes.saturating_add(2)).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return,
                Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                Ok(_) => take(Input { name, bytes: Ok(line) }),
                Err(error) => return take(Input { name, bytes: Err(error.to_string()) }),
            }
        }
    }
}

fn open(file: &Path) -> std::io::Result<Box<dyn BufRead>> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let opened = fs::File::open(file)?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, opened)))
}

fn is_data(path: &Path) -> bool {
    path.is_file() && (is_lines(path) || path.extension().is_some_and(|end| end == "json"))
}

fn is_lines(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "ndjson" || end == "jsonl")
}
