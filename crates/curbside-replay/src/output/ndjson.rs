//! One document a line.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};
use std::path::Path;

use crate::ask::Row;

/// A file of lines that is being written.
pub struct Ndjson {
    file: BufWriter<Box<dyn Write>>,
    bytes: u64,
}

impl fmt::Debug for Ndjson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ndjson").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl Ndjson {
    pub(crate) fn create(path: &Path, kept: u64) -> io::Result<Self> {
        let file: Box<dyn Write> = if path.as_os_str() == "-" {
            Box::new(io::stdout())
        } else {
            let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
            file.set_len(kept)?;
            file.seek(SeekFrom::End(0))?;
            Box::new(file)
        };
        Ok(Self { file: BufWriter::with_capacity(1 << 18, file), bytes: kept })
    }

    pub(super) fn add(&mut self, row: &Row) -> io::Result<()> {
        self.line(&row.document)
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.bytes += line.len() as u64 + 1;
        self.file.write_all(line)?;
        self.file.write_all(b"\n")
    }

    pub(crate) fn flush(&mut self) -> io::Result<u64> {
        self.file.flush()?;
        Ok(self.bytes)
    }
}
