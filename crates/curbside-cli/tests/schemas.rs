//! The committed schemas are those of this source, and every file of every pack fits its own.

#![expect(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test that cannot read its data has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use curbside_source::Sources;
use curbside_source::yaml::{self, Kind, Node};
use jsonschema::Validator;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, end));
        } else if path.to_string_lossy().ends_with(end) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// YAML as the JSON that an editor's schema checker sees.
fn json(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { .. } if node.is_null() => Value::Null,
        Kind::Scalar { text, plain: false } => Value::from(text.as_str()),
        Kind::Scalar { text, plain: true } => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => serde_json::from_str::<serde_json::Number>(other).map_or_else(|_| Value::from(other), Value::Number),
        },
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Map(entries) => Value::Object(entries.iter().map(|(key, value)| (key.text.clone(), json(value))).collect()),
    }
}

fn read(text: &str) -> Value {
    let mut sources = Sources::default();
    let file = sources.add("file", text);
    json(&yaml::parse(&sources, file).unwrap())
}

fn validators() -> BTreeMap<String, Validator> {
    let of = |path: &PathBuf| {
        let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().replace(".schema.json", "");
        (name, jsonschema::draft202012::new(&schema).unwrap())
    };
    files(&root().join("schemas"), ".schema.json").iter().map(of).collect()
}

/// The schema of a file, by its place in the pack and by the key that says what it is.
fn kind(path: &str, value: &Value) -> &'static str {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["pack.yaml"] => "pack",
        [_] => "rule",
        ["define", ..] => "define",
        ["instruments", ..] => "instrument",
        ["value-sets", ..] if value.get("drug_set").is_some() => "drug-set",
        ["value-sets", ..] if value.get("products_of").is_some() => "products",
        ["value-sets", ..] => "value-set",
        ["tests", ..] => "case",
        _ => panic!("{path} is no file of a pack"),
    }
}

#[test]
fn every_file_of_every_pack_fits_its_schema() {
    let validators = validators();
    let mut wrong = Vec::new();
    let mut seen = BTreeMap::<&str, usize>::new();
    for pack in fs::read_dir(root().join("rules")).unwrap() {
        let pack = pack.unwrap().path();
        for path in files(&pack, ".yaml") {
            let name = path.strip_prefix(&pack).unwrap().to_string_lossy().into_owned();
            let value = read(&fs::read_to_string(&path).unwrap());
            let kind = kind(&name, &value);
            let Some(validator) = validators.get(kind) else { continue };
            *seen.entry(kind).or_default() += 1;
            wrong.extend(validator.iter_errors(&value).map(|error| format!("{}: {error} at {}", path.display(), error.instance_path())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for kind in ["pack", "rule", "define", "instrument", "drug-set", "value-set"] {
        assert!(seen.contains_key(kind), "no {kind} was looked at");
    }
}

#[test]
fn what_the_reader_refuses_the_schema_refuses() {
    let rule = &validators()["rule"];
    let with = |when: &str| read(&format!("title: A rule\nwhen: {when}\n"));
    for good in ["{sex: female}", "{age: {at_least: 18 years}}", "{all: [use: a, use: {b: c}]}", "{age: {at_least: $adult}}"] {
        assert!(rule.is_valid(&with(good)), "{good}");
    }
    for bad in [
        "{sexx: female}",
        "{age: {at_leest: 18 years}}",
        "{age: {at_least: soon}}",
        "{sex: female, age: {at_least: 18 years}}",
        "{all: {use: a}}",
    ] {
        assert!(!rule.is_valid(&with(bad)), "{bad}");
    }
    assert!(!rule.is_valid(&read("titel: A rule\ntitle: A rule\nwhen: {sex: female}\n")));
}

#[test]
fn the_committed_schemas_are_fresh() {
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemas");
    let _ = fs::remove_dir_all(&fresh);
    let output = Command::new(env!("CARGO_BIN_EXE_curbside")).args(["schema", "--write"]).arg(&fresh).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let texts = |folder: &Path| -> BTreeMap<String, String> {
        let of = |path: &PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap());
        files(folder, ".schema.json").iter().map(of).collect()
    };
    let (fresh, committed) = (texts(&fresh), texts(&root().join("schemas")));
    let stale: Vec<&String> = fresh.keys().chain(committed.keys()).filter(|name| fresh.get(*name) != committed.get(*name)).collect();
    assert!(stale.is_empty(), "stale: {stale:?}; write them with `cargo xtask schema`");
}
