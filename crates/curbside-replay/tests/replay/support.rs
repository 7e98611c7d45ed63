//! Packs, patients and folders for tests.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use curbside_chart::time::{AsOf, Zone};
use curbside_engine::{Ask, Engine, Pack};
use curbside_replay::{Asker, BytesRead, Inputs, Item, Limits, Moments};
use curbside_rules::Settings;

/// A pack of this folder of tests.
pub(crate) fn engine(name: &str) -> Engine {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/packs").join(name);
    let mut files = BTreeMap::new();
    for path in [folder.clone(), folder.join("value-sets")].iter().flat_map(|folder| fs::read_dir(folder).unwrap()) {
        let path = path.unwrap().path();
        if path.is_file() {
            let name = path.strip_prefix(&folder).unwrap().display().to_string();
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
    let loaded = Pack::load(files, &Settings::default());
    Engine::new(vec![loaded.pack.expect("a pack of the tests checks")])
}

static ZONE: LazyLock<Zone> = LazyLock::new(|| Zone::UTC);

pub(crate) fn asker(engine: &Engine) -> Asker<'_> {
    Asker {
        packs: engine.into(),
        as_of: AsOf::parse("2026-11-23", &Zone::UTC).unwrap(),
        zone: &ZONE,
        ask: Ask::Input,
        given: None,
        patient: None,
        max_bytes: 1 << 20,
        moments: Moments::new(),
        documents: true,
        against: None,
        client: None,
    }
}

pub(crate) fn limits() -> Limits {
    Limits { max_bytes: 1 << 20, ..Limits::default() }
}

pub(crate) fn records(paths: &[PathBuf], limits: Limits) -> Vec<Item> {
    Inputs::of(paths, limits).unwrap().records(BytesRead::default()).collect()
}

/// A patient whose record is depressed, treated, or both, by number.
pub(crate) fn bundle(number: usize) -> String {
    let mut entries =
        vec![format!(r#"{{"resource":{{"resourceType":"Patient","id":"p{number}","birthDate":"{}-05-01"}}}}"#, 1930 + number % 90)];
    if number.is_multiple_of(2) {
        entries.push(format!(
            r#"{{"resource":{{"resourceType":"Condition","id":"c{number}","subject":{{"reference":"Patient/p{number}"}},"clinicalStatus":{{"coding":[{{"code":"active"}}]}},"verificationStatus":{{"coding":[{{"code":"confirmed"}}]}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"370143000"}}]}}}}}}"#
        ));
    }
    if number.is_multiple_of(3) {
        entries.push(format!(
            r#"{{"resource":{{"resourceType":"MedicationRequest","id":"m{number}","status":"completed","intent":"order","subject":{{"reference":"Patient/p{number}"}},"authoredOn":"2025-03-01","medicationCodeableConcept":{{"coding":[{{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"36437"}}]}}}}}}"#
        ));
    }
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(","))
}

/// Writes a file; the ending of its name says how it is compressed.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let bytes = match path.extension().and_then(|end| end.to_str()) {
        Some("gz") => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap()
        }
        Some("zst") => zstd::encode_all(text.as_bytes(), 1).unwrap(),
        _ => text.as_bytes().to_vec(),
    };
    fs::write(&path, bytes).unwrap();
    path
}
