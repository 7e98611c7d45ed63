//! `schemas/`: what `curbside schema` prints, committed so that editors and checks from outside
//! have it.

#![expect(clippy::disallowed_methods, reason = "chores read files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

/// Write `schemas/`, or check that it is fresh.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing; fail where a file is stale
    #[arg(long)]
    check: bool,
}

/// Writes the schemas, or compares them with what would be written.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?;
    let committed = root.join("schemas");
    let fresh = root.join("target/xtask/schemas");
    let _ = fs::remove_dir_all(&fresh);
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "curbside-cli", "--", "schema", "--write"])
        .arg(&fresh)
        .current_dir(root)
        .stderr(Stdio::null())
        .status()?;
    ensure!(status.success(), "`curbside schema` failed");
    let (old, new) = (texts(&committed)?, texts(&fresh)?);
    let stale: Vec<&str> = new.keys().chain(old.keys()).filter(|name| old.get(*name) != new.get(*name)).map(String::as_str).collect();
    if arguments.check {
        if !stale.is_empty() {
            bail!("stale: {}; write them with `cargo xtask schema`", stale.join(", "));
        }
        return Ok(());
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        fs::remove_file(committed.join(name))?;
    }
    fs::create_dir_all(&committed)?;
    for (name, text) in &new {
        fs::write(committed.join(name), text)?;
    }
    Ok(())
}

fn texts(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.ends_with(".schema.json") {
            texts.insert(name, fs::read_to_string(&path).with_context(|| path.display().to_string())?);
        }
    }
    Ok(texts)
}
