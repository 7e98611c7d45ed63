//! The same FHIRPath expressions with fhirpath.js, an engine of another origin, and with ours.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use curbside_fhirpath::{Environment, Expression, Record, Scope, Value};
use serde_json::Value as Json;

const PACKAGE: &str = "fhirpath@5.2.2";
const EXPRESSIONS: &str = include_str!("fhirpath_js/expressions.txt");

/// On which document.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A FHIR document [default: the bundle of the workload in ../shared]
    document: Option<PathBuf>,
}

#[expect(clippy::print_stdout, reason = "the result is the output")]
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let document = arguments.document.clone().unwrap_or_else(|| root.join("../shared/conformance/workload/bundle.json"));
    #[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
    let text = std::fs::read_to_string(&document).with_context(|| format!("no document at {}", document.display()))?;
    let cases: Vec<(&str, Option<&str>)> = EXPRESSIONS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once(" ## ").map_or((line, None), |(expression, why)| (expression, Some(why))))
        .collect();
    let theirs = theirs(&root.join("target/xtask/fhirpath-js"), &document, &cases.iter().map(|(text, _)| *text).collect::<Vec<_>>())?;
    let record = Record::parse(&text)?;
    let scope = record.resource_type().map_or_else(Scope::anywhere, Scope::on);
    let environment = Environment::new("2026-11-23T00:00:00Z").context("a moment")?;
    let mut wrong = 0;
    for ((text, why), their) in cases.iter().zip(&theirs) {
        let expression = Expression::prepare(text, &scope);
        let ours: Option<Vec<Json>> = expression.as_ref().ok().and_then(|expression| {
            let outcome = expression.evaluate(&record, &environment).ok()?;
            Some(outcome.values.iter().map(plain).collect())
        });
        let same = match (&ours, their.as_array()) {
            (Some(ours), Some(theirs)) => ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| alike(a, b)),
            (ours, theirs) => ours.is_none() && theirs.is_none(),
        };
        if same == why.is_some() {
            wrong += 1;
            let what = if same { "no longer differs" } else { "differs" };
            println!("{text}\n  {what}\n  ours:   {ours:?}\n  theirs: {their}");
        }
    }
    println!("{} expressions, {} known to differ", cases.len(), cases.iter().filter(|(_, why)| why.is_some()).count());
    if wrong > 0 { bail!("{wrong} do otherwise than the list says") } else { Ok(()) }
}

/// Elements as JSON, all else as text; numbers as numbers.
fn plain(value: &Value<'_>) -> Json {
    let shown = value.show().map(|text| Json::from(text.into_owned()));
    match serde_json::from_str(&value.json()) {
        Ok(Json::Object(_)) if shown.is_some() && value.node().is_none() => shown.unwrap_or_default(),
        Ok(json) => json,
        Err(_) => Json::Null,
    }
}

fn alike(ours: &Json, theirs: &Json) -> bool {
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(a), Some(b)) => a.to_bits() == b.to_bits(),
        _ => ours == theirs,
    }
}

fn theirs(folder: &Path, document: &Path, expressions: &[&str]) -> anyhow::Result<Vec<Json>> {
    if !folder.join("node_modules/fhirpath").exists() {
        std::fs::create_dir_all(folder)?;
        let install = Command::new("npm").args(["install", "--no-save", "--ignore-scripts", "--prefix"]).arg(folder).arg(PACKAGE).status();
        if !install.context("npm is needed to fetch fhirpath.js")?.success() {
            bail!("npm could not install {PACKAGE}");
        }
    }
    let script = folder.join("evaluate.cjs");
    std::fs::write(&script, include_str!("fhirpath_js/evaluate.cjs"))?;
    let document = document.canonicalize()?;
    let mut node = Command::new("node")
        .arg(&script)
        .arg(document)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("node is needed to run fhirpath.js")?;
    node.stdin.take().context("node has no input")?.write_all(serde_json::to_string(expressions)?.as_bytes())?;
    let output = node.wait_with_output()?;
    if !output.status.success() {
        bail!("fhirpath.js did not run");
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
