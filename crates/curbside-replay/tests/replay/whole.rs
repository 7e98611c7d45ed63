//! A whole replay.

use std::fs;
use std::path::Path;

use curbside_replay::report::{Heading, page, summary};
use curbside_replay::{BytesRead, Inputs, Job, Tally};
use tempfile::tempdir;

use crate::support::{asker, bundle, engine, limits, write};

fn population(folder: &Path, count: usize) -> Inputs {
    let lines: String =
        (0..count).map(|number| if number % 50 == 7 { "{\"oops\":1}\n".to_owned() } else { bundle(number) + "\n" }).collect();
    Inputs::of(&[write(folder, "in.ndjson.gz", &lines)], limits()).unwrap()
}

fn job<'j>(inputs: &'j Inputs, asker: &'j curbside_replay::Asker<'j>, folder: &Path, name: &str) -> Job<'j> {
    Job {
        inputs,
        asker,
        threads: 1,
        output: Some(folder.join(name)),
        errors: Some(folder.join(format!("{name}.errors"))),
        resume: false,
        read: BytesRead::default(),
    }
}

#[test]
fn the_bytes_do_not_depend_on_the_threads() {
    let folder = tempdir().unwrap();
    let (inputs, engine) = (population(folder.path(), 3000), engine("small"));
    let asker = asker(&engine);
    let mut seen: Option<(Tally, Vec<u8>, Vec<u8>)> = None;
    for threads in [1, 2, 7] {
        let job = Job { threads, ..job(&inputs, &asker, folder.path(), "out.ndjson") };
        let tally = job.run(|_, _| ()).unwrap();
        let now = (tally, fs::read(folder.path().join("out.ndjson")).unwrap(), fs::read(folder.path().join("out.ndjson.errors")).unwrap());
        assert_eq!(*seen.get_or_insert_with(|| now.clone()), now, "{threads} threads");
    }
    let (tally, output, errors) = seen.unwrap();
    assert_eq!((tally.patients, tally.failures), (2940, 60));
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!((lines(&output), lines(&errors)), (2940, 60));
    let depressed = &tally.rules["depressed-adult"];
    assert!(depressed.outcomes.met > 300 && depressed.outcomes.not_met > 300, "{depressed:?}");
    assert_eq!(depressed.outcomes.total(), 2940);
    assert_eq!(tally.rules["pressure-high"].outcomes.unknown, 2940);
    assert_eq!(tally.cards.iter().sum::<u64>(), 2940);
}

#[test]
fn a_replay_goes_on_where_it_was_ended() {
    let folder = tempdir().unwrap();
    let (inputs, engine) = (population(folder.path(), 400), engine("small"));
    let asker = asker(&engine);
    let tally = job(&inputs, &asker, folder.path(), "whole.ndjson").run(|_, _| ()).unwrap();
    // The machine goes down after the state was saved: what was written behind it is not known to be whole.
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        job(&inputs, &asker, folder.path(), "parts.ndjson").run(|_, tally| match tally.patients {
            100 => std::thread::sleep(std::time::Duration::from_millis(2100)),
            150 => panic!("power failure"),
            _ => {}
        })
    }));
    assert!(ended.is_err());
    let state = folder.path().join("parts.ndjson.resume");
    assert!(state.exists());
    fs::OpenOptions::new()
        .append(true)
        .open(folder.path().join("parts.ndjson"))
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"{\"half"))
        .unwrap();
    let mut asked = 0;
    let resumed = Job { resume: true, ..job(&inputs, &asker, folder.path(), "parts.ndjson") }.run(|_, _| asked += 1).unwrap();
    assert_eq!(resumed, tally);
    assert!(asked < 310, "{asked} were decided again");
    for end in ["", ".errors"] {
        let read = |name: &str| fs::read(folder.path().join(format!("{name}.ndjson{end}"))).unwrap();
        assert!(read("whole") == read("parts"), "{end}");
    }
    assert!(!state.exists());
}

#[test]
fn another_replay_is_not_continued() {
    let folder = tempdir().unwrap();
    let (inputs, engine) = (population(folder.path(), 10), engine("small"));
    let asker = asker(&engine);
    fs::write(folder.path().join("out.ndjson.resume"), r#"{"question":"","inputs":[],"records":1,"output":0,"errors":0,"tally":{"patients":0,"failures":0,"failed":[],"rules":{},"cards":[0,0,0,0,0,0],"indicators":{},"packs":[],"course":[]}}"#).unwrap();
    let job = Job { resume: true, ..job(&inputs, &asker, folder.path(), "out.ndjson") };
    assert!(job.run(|_, _| ()).unwrap_err().message.contains("belongs to another replay"));
}

#[test]
fn reports_show_every_rule_and_escape_what_comes_from_records() {
    let folder = tempdir().unwrap();
    let (inputs, engine) = (population(folder.path(), 200), engine("small"));
    let mut asker = asker(&engine);
    asker.moments = vec![curbside_chart::time::AsOf::parse("2025-01-01", asker.zone).unwrap(), asker.as_of];
    let tally = job(&inputs, &asker, folder.path(), "out.ndjson").run(|_, _| ()).unwrap();
    let [before, now] = [&tally.course[0], &tally.course[1]].map(|step| step.rules["depressed-adult"].met);
    assert!(now == tally.rules["depressed-adult"].outcomes.met && before < now, "{before} {now}");
    let heading = Heading { as_of: "2026-11-23".to_owned(), inputs: vec!["<b>".to_owned()], notes: Vec::new() };
    let html = page(&tally, &heading, &[]);
    for text in ["depressed-adult", "pressure-high", "Time course", "cards per 100 patients", "&lt;b&gt;"] {
        assert!(html.contains(text), "{text}");
    }
    assert!(!html.contains("<b>,") && !html.contains("http://") && !html.contains("https://"));
    let table = summary(&tally, &heading);
    assert!(table.contains("depressed-adult") && table.contains("196 patients as of 2026-11-23, small 1.0.0"), "{table}");
}

#[test]
fn a_parquet_file_holds_the_same_documents() {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    let folder = tempdir().unwrap();
    let (inputs, engine) = (population(folder.path(), 600), engine("small"));
    let asker = asker(&engine);
    for name in ["out.ndjson", "out.parquet"] {
        job(&inputs, &asker, folder.path(), name).run(|_, _| ()).unwrap();
    }
    let file = SerializedFileReader::new(fs::File::open(folder.path().join("out.parquet")).unwrap()).unwrap();
    let documents: String = file.get_row_iter(None).unwrap().map(|row| row.unwrap().get_string(5).unwrap().clone() + "\n").collect();
    assert!(documents == fs::read_to_string(folder.path().join("out.ndjson")).unwrap());
    let first = file.get_row_iter(None).unwrap().next().unwrap().unwrap();
    assert_eq!(first.get_list(3).unwrap().len(), 2);
    let resumed = Job { resume: true, ..job(&inputs, &asker, folder.path(), "out.parquet") };
    assert!(resumed.run(|_, _| ()).unwrap_err().is_usage);
}
