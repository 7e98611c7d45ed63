//! Real records.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;

use flate2::read::GzDecoder;

use crate::pair::{everything, root};

/// Records of each set that are asked about; `CURBSIDE_CORPUS_ALL` asks about all.
const SOME: usize = 25;

#[test]
fn records_of_the_corpus() {
    let folder = std::env::var_os("CURBSIDE_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("SKIPPED: no corpus at {}", folder.display());
        return;
    };
    let all = std::env::var_os("CURBSIDE_CORPUS_ALL").is_some();
    let (mut records, mut decisions) = (0, 0);
    for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(".ndjson.gz")) {
        let lines = BufReader::new(GzDecoder::new(File::open(&path).unwrap())).lines();
        for (index, line) in lines.enumerate().take(if all { usize::MAX } else { SOME }) {
            let line = line.unwrap();
            if !line.is_empty() {
                let name = format!("{}:{}", path.file_name().unwrap().to_string_lossy(), index + 1);
                decisions += everything().same_of_record(&name, &line);
                records += 1;
            }
        }
    }
    eprintln!("{records} records, {decisions} outcomes, the same bytes");
    assert!(records > 50 && decisions > 50, "{records} records, {decisions} outcomes");
}

#[test]
fn examples_of_the_repository() {
    let mut open = vec![root().join("examples")];
    let mut count = 0;
    while let Some(path) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&path) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "json") {
                let text = std::fs::read_to_string(&path).unwrap();
                if text.contains("\"resourceType\"") {
                    everything().same_of_record(&path.display().to_string(), &text);
                    count += 1;
                }
            }
        }
    }
    eprintln!("{count} examples, the same bytes");
}
