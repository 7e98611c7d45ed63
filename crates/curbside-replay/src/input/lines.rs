//! Lines and whole files, each of bounded size.

use std::io::{self, BufRead, Read as _};

/// Reads lines, one at a time. A line longer than allowed is skipped and reported as such.
pub(crate) struct Lines {
    reader: Box<dyn BufRead + Send>,
    max_bytes: usize,
    /// Number of the line that was read last, from 1.
    pub(crate) number: u64,
}

impl Lines {
    pub(crate) fn new(reader: Box<dyn BufRead + Send>, max_bytes: usize) -> Self {
        Self { reader, max_bytes, number: 0 }
    }

    /// The next line that is not blank, without its end.
    pub(crate) fn next(&mut self) -> Option<Result<Vec<u8>, String>> {
        loop {
            let mut line = Vec::new();
            self.number += 1;
            let limit = u64::try_from(self.max_bytes).unwrap_or(u64::MAX).saturating_add(1);
            match self.reader.by_ref().take(limit).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                // What cannot be read once is not read again: a damaged archive ends here.
                Err(error) => {
                    self.reader = Box::new(io::empty());
                    return Some(Err(error.to_string()));
                }
            }
            if line.len() > self.max_bytes && line.last() != Some(&b'\n') {
                let rest = self.reader.skip_until(b'\n').unwrap_or(0);
                return Some(Err(too_large(line.len() + rest, self.max_bytes)));
            }
            let text = line.trim_ascii_end().len();
            line.truncate(text);
            if !line.trim_ascii_start().is_empty() {
                return Some(Ok(line));
            }
        }
    }
}

/// All of a file.
pub(crate) fn whole(mut reader: Box<dyn BufRead + Send>, max_bytes: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    reader.by_ref().take(limit).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    if bytes.len() > max_bytes { Err(too_large(bytes.len(), max_bytes)) } else { Ok(bytes) }
}

fn too_large(bytes: usize, max: usize) -> String {
    format!("has {bytes} bytes or more, at most {max} are read")
}
