//! Opens files, compressed or not; what a file is shows in its first bytes, not in its name.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

const BUFFER: usize = 1 << 16;

/// How many bytes of the files on disk have been read so far: what a progress bar shows.
#[derive(Clone, Debug, Default)]
pub struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    /// The bytes.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

struct Counted<R> {
    inner: R,
    read: BytesRead,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.read.add(bytes);
        Ok(bytes)
    }
}

/// The uncompressed bytes of a file; `-` is standard input.
pub(crate) fn open(path: &Path, read: &BytesRead) -> io::Result<Box<dyn BufRead + Send>> {
    if path.as_os_str() == "-" {
        return decompressed(BufReader::with_capacity(BUFFER, Counted { inner: io::stdin(), read: read.clone() }));
    }
    decompressed(BufReader::with_capacity(BUFFER, Counted { inner: File::open(path)?, read: read.clone() }))
}

fn decompressed<R: BufRead + Send + 'static>(mut reader: R) -> io::Result<Box<dyn BufRead + Send>> {
    let start = reader.fill_buf()?;
    Ok(if start.starts_with(&[0x1F, 0x8B]) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)))
    } else if start.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        Box::new(BufReader::with_capacity(BUFFER, zstd::Decoder::with_buffer(reader)?))
    } else {
        Box::new(reader)
    })
}

/// How many bytes a file is likely to hold once it is uncompressed.
pub(crate) fn likely_size(path: &Path) -> u64 {
    let sized = || -> io::Result<u64> {
        let mut file = File::open(path)?;
        let size = file.metadata()?.len();
        let mut start = [0; 4];
        let known = file.read(&mut start)?;
        file.rewind()?;
        let compressed = start.starts_with(&[0x1F, 0x8B]) || start == [0x28, 0xB5, 0x2F, 0xFD];
        // FHIR as NDJSON shrinks to a fifteenth or less.
        Ok(if known >= 2 && compressed { size.saturating_mul(15) } else { size })
    };
    sized().unwrap_or(0)
}
