//! `curbside valueset expand`: the codes of a value set, from a terminology server into its file.

#![expect(clippy::disallowed_methods, reason = "the command line reads files, and may look at the clock")]

use std::fs;
use std::path::PathBuf;

use curbside_source::yaml::{Kind, Node};
use curbside_source::{Sources, yaml};
use curbside_terminology::Systems;
use serde_json::{Map, Value};

use super::expansion::Expansion;
use super::server::Server;
use crate::exit::{Failure, Outcome, Status};
use crate::report;

/// Enumerate a value set by a FHIR terminology server, and write the codes into its file
///
/// The file keeps what it says; its `expansion` is replaced, and says when it was made, by which
/// server, and from which versions of the code systems.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside valueset expand rules/trd/value-sets/psychosis.yaml --server https://tx.example.org/r4
  curbside valueset expand value-sets/stroke.yaml --server http://localhost:8080/fhir --header 'Authorization: Bearer …'")]
pub(crate) struct Arguments {
    /// The value set's file
    file: PathBuf,
    /// The base address of the terminology server
    #[arg(long, value_name = "URL")]
    server: String,
    /// A header to send, for servers that ask who is there
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        let name = self.file.display().to_string();
        let text = fs::read_to_string(&self.file).map_err(|error| Failure::unreadable(format!("{name}: {error}")))?;
        let mut sources = Sources::default();
        let file = sources.add(name.clone(), text.clone());
        let root = yaml::parse(&sources, file).map_err(|error| {
            report::words(&report::finding(&error, &sources, ""));
            Failure::unreadable(format!("{name} cannot be read"))
        })?;
        let set = fhir(&root);
        if set.get("resourceType").and_then(Value::as_str) != Some("ValueSet") {
            return Err(Failure::unreadable(format!("{name} is no ValueSet")).help("begin with `resourceType: ValueSet`"));
        }
        let server = Server::new(&self.server, &self.headers).map_err(Failure::usage)?;
        let expansion = server.expand(&set).map_err(|why| Failure::new(Status::Failed, format!("{}: {why}", self.server)))?;
        if expansion.codes.is_empty() {
            return Err(Failure::new(Status::Failed, format!("{}: the value set has no codes", self.server)));
        }
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let text = match name.ends_with(".json") {
            true => in_json(&text, &expansion, &self.server, &now)?,
            false => in_yaml(&text, &root, &expansion, &self.server, &now),
        };
        fs::write(&self.file, text).map_err(|error| Failure::new(Status::Failed, format!("{name}: {error}")))?;
        report::words(&format!("wrote {name}: {} codes\n", expansion.codes.len()));
        expansion.versions.iter().for_each(|version| report::words(&format!("from {version}\n")));
        Ok(Status::Ran)
    }
}

/// A value set as a server reads it: FHIR's own members only, systems by their URIs, codes as texts.
fn fhir(node: &Node) -> Value {
    match &node.kind {
        Kind::Scalar { .. } if node.is_null() => Value::Null,
        Kind::Scalar { text, plain: true } if text == "true" || text == "false" => Value::Bool(text == "true"),
        Kind::Scalar { text, .. } => Value::from(text.as_str()),
        Kind::List(items) => items.iter().map(fhir).collect(),
        Kind::Map(entries) => {
            let mut members = Map::new();
            for (key, value) in entries.iter().filter(|(key, _)| !["source", "sign_off", "expansion"].contains(&key.text.as_str())) {
                let value = match (&value.kind, key.text.as_str()) {
                    (Kind::Scalar { text, .. }, "system") => Value::from(Systems::uri_of(text).unwrap_or(text)),
                    // Curbside's filters have a display for readers; FHIR's have none.
                    (_, "display") if entries.iter().any(|(key, _)| key.text == "op") => continue,
                    _ => fhir(value),
                };
                members.insert(key.text.clone(), value);
            }
            Value::Object(members)
        }
    }
}

/// The text of a YAML file with the expansion in the place of an older one, or at its end.
fn in_yaml(text: &str, root: &Node, expansion: &Expansion, server: &str, now: &str) -> String {
    let fresh = expansion.yaml(server, now);
    let old = match &root.kind {
        Kind::Map(entries) => entries.iter().find(|(key, _)| key.text == "expansion").map(|(key, value)| (key.span.start, value.span.end)),
        _ => None,
    };
    let Some((start, end)) = old else { return format!("{}\n{fresh}", text.trim_end()) };
    let before = text.get(..start as usize).unwrap_or(text);
    let behind = text.get(end as usize..).and_then(|rest| rest.split_once('\n')).map_or("", |(_, rest)| rest);
    format!("{before}{fresh}{behind}")
}

fn in_json(text: &str, expansion: &Expansion, server: &str, now: &str) -> Result<String, Failure> {
    let failed = |error: serde_json::Error| Failure::unreadable(error.to_string());
    let mut set: Map<String, Value> = serde_json::from_str(text).map_err(failed)?;
    set.insert("expansion".to_owned(), expansion.json(server, now));
    Ok(serde_json::to_string_pretty(&set).map_err(failed)? + "\n")
}
