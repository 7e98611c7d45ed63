//! Decisions documents on disk: one a patient, in the order of the input.

#[cfg(feature = "arrow")]
mod columns;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;

use std::io;
use std::path::Path;

use crate::Error;
use crate::ask::Row;
#[cfg(feature = "arrow")]
pub use columns::{Line, columns, schema};
pub(crate) use ndjson::Ndjson;
#[cfg(feature = "parquet")]
use parquet::Parquet;

/// Where decisions go.
#[derive(Debug)]
pub enum Output {
    /// One document a line.
    Ndjson(Ndjson),
    /// Columns: one row a document.
    #[cfg(feature = "parquet")]
    Parquet(Box<Parquet>),
}

impl Output {
    /// Starts a file, by its ending: `.ndjson` (or `-`, standard output), `.parquet`. Where the first bytes
    /// of it are kept from an earlier run, it is continued behind them.
    ///
    /// # Errors
    ///
    /// [`Error`] where the file cannot be written, or has another ending.
    pub fn create(path: &Path, kept: u64) -> Result<Self, Error> {
        let failed = |error: io::Error| Error::new(format!("{}: {error}", path.display()));
        let ending = path.extension().unwrap_or_default();
        if path.as_os_str() == "-" || ending == "ndjson" || ending == "jsonl" {
            return Ndjson::create(path, kept).map(Self::Ndjson).map_err(failed);
        }
        #[cfg(feature = "parquet")]
        if ending == "parquet" {
            if kept > 0 {
                return Err(Error::new("a Parquet file cannot be continued").help("write `.ndjson` where a replay may have to be resumed"));
            }
            return Parquet::create(path).map(Box::new).map(Self::Parquet).map_err(failed);
        }
        Err(Error::usage(format!("{}: decisions are written as `.ndjson` or `.parquet`", path.display())))
    }

    /// Adds a decisions document.
    pub(crate) fn add(&mut self, row: &Row) -> io::Result<()> {
        match self {
            Self::Ndjson(file) => file.add(row),
            #[cfg(feature = "parquet")]
            Self::Parquet(file) => file.add(row),
        }
    }

    /// Writes what is still in memory; how many bytes the file has now.
    pub(crate) fn flush(&mut self) -> io::Result<u64> {
        match self {
            Self::Ndjson(file) => file.flush(),
            #[cfg(feature = "parquet")]
            Self::Parquet(_) => Ok(0),
        }
    }

    /// Ends the file.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Ndjson(mut file) => file.flush().map(|_| ()),
            #[cfg(feature = "parquet")]
            Self::Parquet(file) => file.finish(),
        }
    }
}
