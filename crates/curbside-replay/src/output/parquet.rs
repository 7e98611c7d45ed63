//! Decisions as a Parquet file.

use std::fs::File;
use std::io;
use std::path::Path;

use curbside_engine::Answer;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::columns::{Line, columns, schema};
use crate::ask::Row;

/// Rows that become columns at a time.
const BATCH: usize = 256;
/// Bytes in memory before a row group is written.
const GROUP: usize = 16 << 20;

/// A Parquet file that is being written.
#[derive(Debug)]
pub struct Parquet {
    writer: ArrowWriter<File>,
    rows: Vec<(Answer, String)>,
}

impl Parquet {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let level = ZstdLevel::try_new(3).map_err(failed)?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(level)).build();
        let writer = ArrowWriter::try_new(File::create(path)?, schema(), Some(properties)).map_err(failed)?;
        Ok(Self { writer, rows: Vec::with_capacity(BATCH) })
    }

    pub(super) fn add(&mut self, row: &Row) -> io::Result<()> {
        let document = String::from_utf8_lossy(&row.document).into_owned();
        self.rows.extend(row.answer.as_ref().ok().map(|answer| (answer.clone(), document)));
        if self.rows.len() >= BATCH { self.batch() } else { Ok(()) }
    }

    fn batch(&mut self) -> io::Result<()> {
        let lines: Vec<Line<'_>> =
            self.rows.iter().map(|(answer, document)| Line { patient: None, answer: Ok((answer, document)) }).collect();
        self.writer.write(&columns(&lines).map_err(io::Error::other)?).map_err(failed)?;
        self.rows.clear();
        if self.writer.in_progress_size() >= GROUP { self.writer.flush().map_err(failed) } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.batch()?;
        self.writer.close().map(|_| ()).map_err(failed)
    }
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error)
}
