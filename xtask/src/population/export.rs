//! The same patients as a bulk export, as unlike one another as the files of real ones.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Arguments, patient};

/// Lines of a file before the next one begins.
const MOST_LINES: u64 = 100_000;
/// One patient among so many has a condition that a later export says was deleted, and one in a file that is no longer listed.
const DELETED: u64 = 50;
const TRANSACTION_TIME: &str = "2026-11-23T06:00:00.000Z";

pub(super) fn run(arguments: &Arguments, folder: &Path) -> anyhow::Result<()> {
    let occupied = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(!occupied, "{}: there is something in it; name a new folder", folder.display());
    let mut export = Export { folder: folder.to_owned(), files: BTreeMap::new(), output: Vec::new() };
    let mut deleted = Vec::new();
    let mut earlier = String::new();
    for number in 0..arguments.patients {
        let record = patient::record(arguments.seed, number);
        for (at, resource) in record.resources.iter().enumerate() {
            let cut = at == 0 && arguments.breaks(number);
            export.line(
                resource.kind.as_deref().unwrap_or("Condition"),
                &resource.text[..if cut { resource.text.len() / 2 } else { resource.text.len() }],
            )?;
        }
        let conditions = || record.resources.iter().filter(|resource| resource.kind.as_deref() == Some("Condition"));
        if let Some(condition) = conditions().last().filter(|_| number % DELETED == DELETED - 1) {
            deleted.push(json!({"request": {"method": "DELETE", "url": format!("Condition/{}", condition.id)}}));
            earlier += &condition.text.replace(&condition.id, &format!("{}-earlier", condition.id));
            earlier.push('\n');
        }
    }
    let deletions = json!({"resourceType": "Bundle", "type": "transaction", "entry": deleted});
    fs::write(folder.join("deleted.ndjson"), format!("{deletions}\n"))?;
    fs::write(folder.join("earlier.ndjson"), earlier)?;
    fs::write(folder.join("log.ndjson"), "{\"exportId\":\"synthetic\",\"eventId\":\"kickoff\"}\n")?;
    export.finish()
}

struct Export {
    folder: PathBuf,
    /// The file of each type that is being written, with its lines.
    files: BTreeMap<String, (Box<dyn Write>, u64)>,
    /// What the manifest lists.
    output: Vec<Value>,
}

impl Export {
    fn line(&mut self, kind: &str, text: &str) -> io::Result<()> {
        if self.files.get(kind).is_none_or(|(_, lines)| lines.is_multiple_of(MOST_LINES)) {
            let earlier = self.files.remove(kind).map_or(Ok(0), |(mut file, lines)| file.flush().map(|()| lines))?;
            let path = name(kind, earlier / MOST_LINES);
            self.output.push(json!({"type": kind, "url": format!("https://synthetic.example.org/export/{path}?signed=1")}));
            self.files.insert(kind.to_owned(), (create(&self.folder.join(path))?, earlier));
        }
        let Some((file, lines)) = self.files.get_mut(kind) else { return Ok(()) };
        *lines += 1;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")
    }

    fn finish(self) -> anyhow::Result<()> {
        for (mut file, _) in self.files.into_values() {
            file.flush()?;
        }
        let url = "https://synthetic.example.org/export/deleted.ndjson";
        let manifest = json!({
            "transactionTime": TRANSACTION_TIME,
            "request": "https://synthetic.example.org/r4/Patient/$export",
            "requiresAccessToken": true,
            "output": self.output,
            "deleted": [{"type": "Bundle", "url": url}],
            "error": []
        });
        Ok(fs::write(self.folder.join("manifest.json"), format!("{manifest:#}\n"))?)
    }
}

/// Servers agree on no name: the type may stand anywhere in it.
fn name(kind: &str, number: u64) -> String {
    match kind {
        "Observation" | "Encounter" => format!("{kind}.{number:03}.ndjson"),
        "MedicationRequest" => format!("SyntheticMedicationRequest{number}.ndjson.gz"),
        "Medication" => format!("drugs/part-{number:05}.txt"),
        _ => format!("{number}.{kind}.ndjson"),
    }
}

fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let file = BufWriter::with_capacity(1 << 18, File::create(path)?);
    let is_packed = path.extension().is_some_and(|ending| ending == "gz");
    // Dropping the encoder ends its stream.
    Ok(if is_packed { Box::new(GzEncoder::new(file, Compression::fast())) } else { Box::new(file) })
}
