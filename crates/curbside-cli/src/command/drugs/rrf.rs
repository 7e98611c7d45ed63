//! Rich Release Format: a line a row, its columns ended by `|`. Files have millions of lines and are
//! read one at a time.

#![expect(clippy::disallowed_methods, reason = "the command line reads files")]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

/// Longest line that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// Calls `row` with the columns of every line of a file.
///
/// # Errors
///
/// A sentence that names the file, and the line where it cannot be read.
pub(super) fn rows(folder: &Path, name: &str, mut row: impl FnMut(&[&str])) -> Result<(), String> {
    let path = folder.join(name);
    let failed = |why: String| format!("{}: {why}", path.display());
    let file = File::open(&path).map_err(|error| failed(error.to_string()))?;
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = String::new();
    let mut number = 0_u64;
    loop {
        line.clear();
        number += 1;
        let length = reader.by_ref().take(LONGEST).read_line(&mut line).map_err(|error| failed(format!("line {number}: {error}")))?;
        if length == 0 {
            return Ok(());
        }
        if !line.ends_with('\n') && length as u64 == LONGEST {
            return Err(failed(format!("line {number} does not end")));
        }
        let columns: Vec<&str> = line.trim_end_matches(['\n', '\r']).split('|').collect();
        row(&columns);
    }
}

/// A column of a row; empty where the row is too short.
pub(super) fn column<'r>(row: &[&'r str], at: usize) -> &'r str {
    row.get(at).copied().unwrap_or("")
}

/// The release that RXNSAB.RRF names, where that file is there.
pub(super) fn release(folder: &Path) -> Result<Option<String>, String> {
    if !folder.join("RXNSAB.RRF").exists() {
        return Ok(None);
    }
    let mut release = None;
    rows(folder, "RXNSAB.RRF", |row| {
        let (versioned, root, version) = (column(row, 2), column(row, 3), column(row, 6));
        if root == "RXNORM" {
            release = [version, versioned].into_iter().find(|text| !text.is_empty()).map(str::to_owned);
        }
    })?;
    Ok(release)
}
