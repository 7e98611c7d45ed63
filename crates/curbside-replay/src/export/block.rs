//! Temporary files of records, written and read in compressed blocks of bounded size.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};

use lz4_flex::block::{compress, decompress};

/// Writes a temporary file that disappears with it.
#[derive(Debug)]
pub(super) struct BlockWriter {
    file: File,
    buffer: Vec<u8>,
    block: usize,
    /// Bytes written, uncompressed.
    bytes: u64,
}

impl BlockWriter {
    pub(super) fn new(file: File, block: usize) -> Self {
        Self { file, buffer: Vec::new(), block, bytes: 0 }
    }

    /// Bytes so far, uncompressed.
    pub(super) fn size(&self) -> u64 {
        self.bytes + self.buffer.len() as u64
    }

    /// Adds a piece: its length and its bytes.
    pub(super) fn piece(&mut self, piece: &[u8]) -> io::Result<()> {
        let length = u32::try_from(piece.len()).map_err(|_| io::Error::other("a resource of more than 4 GiB"))?;
        self.buffer.extend_from_slice(&length.to_le_bytes());
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    /// Adds a number.
    pub(super) fn number(&mut self, number: u64) {
        self.buffer.extend_from_slice(&number.to_le_bytes());
    }

    /// A record ends here: the only place where a block may end.
    pub(super) fn end(&mut self) -> io::Result<()> {
        if self.buffer.len() >= self.block { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        let packed = compress(&self.buffer);
        for length in [packed.len(), self.buffer.len()] {
            self.file.write_all(&(length as u64).to_le_bytes())?;
        }
        self.file.write_all(&packed)?;
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        self.buffer.shrink_to(2 * self.block);
        Ok(())
    }

    /// Ends the file and turns to reading it.
    pub(super) fn finish(mut self) -> io::Result<BlockReader> {
        if !self.buffer.is_empty() {
            self.flush()?;
        }
        self.file.rewind()?;
        Ok(BlockReader { file: self.file })
    }
}

/// Reads the blocks of a temporary file.
#[derive(Debug)]
pub(super) struct BlockReader {
    file: File,
}

impl BlockReader {
    /// Appends the next block to a buffer; false at the end of the file.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> io::Result<bool> {
        let mut lengths = [0; 16];
        match self.file.read(&mut lengths)? {
            0 => return Ok(false),
            16 => {}
            some => self.file.read_exact(lengths.get_mut(some..).unwrap_or_default())?,
        }
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a temporary file is damaged");
        let length = |half: Option<&[u8]>| half?.try_into().ok().map(u64::from_le_bytes).and_then(|length| usize::try_from(length).ok());
        let (packed, unpacked) = length(lengths.get(..8)).zip(length(lengths.get(8..))).ok_or_else(damaged)?;
        let mut bytes = vec![0; packed];
        self.file.read_exact(&mut bytes)?;
        buffer.extend_from_slice(&decompress(&bytes, unpacked).map_err(|_| damaged())?);
        Ok(true)
    }
}

/// Takes records apart.
#[derive(Debug)]
pub(super) struct Pieces<'b>(pub(super) &'b [u8]);

impl<'b> Pieces<'b> {
    pub(super) fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*number))
    }

    pub(super) fn piece(&mut self) -> Option<&'b [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (piece, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        Some(piece)
    }
}
