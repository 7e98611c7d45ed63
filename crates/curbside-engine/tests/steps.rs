//! The count of steps: honest records take a small part of what is allowed, and one step too few is an error.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test may panic, and reads files")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use curbside_engine::exchange::wrap;
use curbside_engine::{CallInput, Engine, Error, MAX_STEPS, Pack};
use curbside_rules::Settings;
use flate2::read::MultiGzDecoder;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All packs of the repository.
fn engine() -> Engine {
    let folders = std::fs::read_dir(root().join("rules")).unwrap().map(|entry| entry.unwrap().path());
    let load = |folder: PathBuf| {
        let (mut files, mut open) = (BTreeMap::new(), vec![folder.clone()]);
        while let Some(path) = open.pop() {
            for path in std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
                    files.insert(name, std::fs::read_to_string(path).unwrap());
                }
            }
        }
        Pack::load(files, &Settings::default()).pack.unwrap()
    };
    Engine::new(folders.filter(|folder| folder.join("pack.yaml").exists()).map(load).collect())
}

fn call(engine: &Engine, record: &str, max_steps: u64) -> Result<String, Error> {
    let input = CallInput { max_steps: Some(max_steps), occasion: Some("test".to_owned()), ..CallInput::default() };
    engine.call("", &wrap(record, Some("patient-view"), &input).unwrap(), "2026-11-23")
}

#[test]
fn one_step_too_few_is_an_error_that_says_how_many_there_are() {
    let (engine, record) = (engine(), std::fs::read_to_string(root().join("examples/patients/adult-two-failed-trials.json")).unwrap());
    let mut steps = 0;
    while let Err(error) = call(&engine, &record, steps) {
        let Error::Steps { observed, allowed } = error else { panic!("{error}") };
        assert!(observed > allowed && allowed == steps, "{observed} {allowed}");
        steps = observed;
    }
    assert!((100..100_000).contains(&steps), "{steps}");
    assert!(call(&engine, &record, steps - 1).is_err());
    assert_eq!(call(&engine, &record, steps), call(&engine, &record, MAX_STEPS));
}

#[test]
fn records_of_the_corpus_take_a_twentieth_of_what_is_allowed() {
    let corpus = root().join("../shared/corpus");
    let Ok(sets) = std::fs::read_dir(&corpus) else {
        eprintln!("SKIPPED: no corpus at {}", corpus.display());
        return;
    };
    let (engine, mut worst, mut records) = (engine(), (1, String::new()), 0);
    for path in sets.map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(".ndjson.gz")) {
        let lines = BufReader::new(MultiGzDecoder::new(std::fs::File::open(&path).unwrap())).lines();
        for (at, line) in lines.enumerate() {
            let line = line.unwrap();
            // In steps of an eighth: how many exactly does not matter.
            while let Err(Error::Steps { observed, .. }) = call(&engine, &line, worst.0) {
                worst = (observed.max(worst.0 + worst.0 / 8), format!("{}:{}", path.display(), at + 1));
            }
            records += 1;
        }
    }
    eprintln!("{records} records; the most steps: about {} of {MAX_STEPS}, {}", worst.0, worst.1);
    assert!(worst.0 * 20 <= MAX_STEPS, "{worst:?}");
}
