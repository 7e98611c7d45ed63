//! Records that nobody here wrote: each is answered without an error or a panic, twice with the same
//! bytes, in bounded memory. Where the records are not at hand the tests say so and pass.

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are about files")]
mod tests {
    use std::fs;
    use std::io::{Read as _, Write as _};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output, Stdio};

    use flate2::read::MultiGzDecoder;

    fn corpus() -> Option<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
        if !folder.is_dir() {
            eprintln!("SKIPPED: {} is not there; no foreign record was read", folder.display());
            return None;
        }
        Some(folder)
    }

    fn sets(corpus: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(corpus).unwrap();
        let mut sets: Vec<PathBuf> =
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.to_string_lossy().ends_with(".ndjson.gz")).collect();
        sets.sort();
        sets
    }

    fn command(input: &Path, format: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_curbside"));
        command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        command.arg("eval").arg(input).args(["--rules", "rules/trd", "--at", "2026-11-23", "--format", format]);
        command
    }

    fn eval(input: &Path, format: &str) -> Output {
        command(input, format).output().unwrap()
    }

    #[test]
    fn every_record_is_answered_twice_with_the_same_bytes() {
        let Some(corpus) = corpus() else { return };
        let mut answered = 0;
        for set in sets(&corpus) {
            let mut text = String::new();
            MultiGzDecoder::new(fs::File::open(&set).unwrap()).read_to_string(&mut text).unwrap();
            let records = text.lines().filter(|line| !line.trim().is_empty()).count();
            let (first, second) = (eval(&set, "json"), eval(&set, "json"));
            assert_eq!(first.stdout, second.stdout, "{}", set.display());
            assert_eq!(first.stderr, second.stderr, "{}", set.display());
            let words = String::from_utf8(first.stderr).unwrap();
            // A record of several patients asks whose is meant; nothing else may go wrong.
            let asks = words.lines().filter(|line| line.contains(" patients; choose one with --patient")).count();
            assert_eq!(words.lines().count(), asks, "{}: {words}", set.display());
            assert_eq!(first.status.code(), Some(if asks == 0 { 0 } else { 3 }), "{}", set.display());
            let answers = String::from_utf8(first.stdout).unwrap();
            assert_eq!(answers.lines().count() + asks, records, "{}", set.display());
            for answer in answers.lines() {
                let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
                assert_eq!(answer["decisions"].as_array().unwrap().len(), 10);
            }
            answered += records - asks;
            // The page for people reads every record too.
            let page = eval(&set, "text");
            assert_eq!(page.status.code(), Some(if asks == 0 { 0 } else { 3 }), "{}", set.display());
            assert!(!String::from_utf8_lossy(&page.stderr).contains("panicked"), "{}", set.display());
        }
        assert!(answered > 200, "only {answered} records");
    }

    /// The greatest resident size of a process so far, in bytes.
    fn peak(id: u32) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()? * 1024)
    }

    #[test]
    fn memory_stays_within_three_times_the_record() {
        let Some(corpus) = corpus() else { return };
        if peak(std::process::id()).is_none() {
            eprintln!("SKIPPED: this system does not tell the memory of a process");
            return;
        }
        let mut text = String::new();
        MultiGzDecoder::new(fs::File::open(corpus.join("mimic-iv-demo.ndjson.gz")).unwrap()).read_to_string(&mut text).unwrap();
        let longest = text.lines().max_by_key(|line| line.len()).unwrap();
        let bundle: serde_json::Value = serde_json::from_str(longest).unwrap();
        // The largest record of a hospital, some eighty times over, each resource with an id of its own.
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("large.json");
        let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
        file.write_all(b"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[").unwrap();
        for round in 0..80 {
            for entry in bundle["entry"].as_array().unwrap() {
                let mut resource = entry["resource"].clone();
                let is_patient = resource["resourceType"] == "Patient";
                if is_patient && round > 0 {
                    continue;
                }
                if !is_patient {
                    let id = format!("{}-{round}", resource["id"].as_str().unwrap_or("none"));
                    resource["id"] = id.into();
                }
                if round > 0 || !is_patient {
                    file.write_all(b",").unwrap();
                }
                write!(file, "{{\"resource\":{resource}}}").unwrap();
            }
        }
        file.write_all(b"]}").unwrap();
        file.flush().unwrap();
        let text = fs::read_to_string(&path).unwrap().replacen("[,", "[", 1);
        fs::write(&path, &text).unwrap();
        let size = text.len() as u64;
        drop(text);
        for format in ["json", "text"] {
            let mut child = command(&path, format).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let mut most = 0;
            let status = loop {
                most = most.max(peak(child.id()).unwrap_or(0));
                match child.try_wait().unwrap() {
                    Some(status) => break status,
                    None => std::thread::sleep(std::time::Duration::from_millis(2)),
                }
            };
            assert!(status.success());
            assert!(most > size, "the peak was missed: {most} of {size} bytes");
            assert!(most <= 3 * size + (32 << 20), "{format}: {most} bytes for a record of {size}");
        }
        fs::remove_file(&path).unwrap();
    }
}
