//! `cargo xtask guest`: the engine as a WebAssembly component, built, kept and checked.
//!
//! The built guest is part of the repository (`crates/curbside-sandbox/guest/`), so that nobody who clones it needs a
//! compiler for WebAssembly. Its manifest says what it was built from; a test fails where the sources moved on.

mod build;
mod manifest;
mod sources;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

pub(crate) use self::build::Toolchain;
use self::manifest::Manifest;

/// Build the engine guest, or check the one that is there
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Compare the guest with its sources, and rebuild and compare bytes where the compiler is installed
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = root();
    if arguments.check { check(&root) } else { rebuild(&root) }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where the built guest and its manifest are kept.
fn kept(root: &Path) -> PathBuf {
    root.join("crates/curbside-sandbox/guest")
}

fn rebuild(root: &Path) -> anyhow::Result<()> {
    let toolchain = Toolchain::find()?;
    let built = build::build(root, &toolchain, false)?;
    write(&root.join(sources::LOCK), &built.lock)?;
    write(&kept(root).join("engine.wasm"), &built.wasm)?;
    let manifest = Manifest::of(root, &built.wasm, &toolchain)?;
    write(&kept(root).join("manifest.json"), manifest.text()?.as_bytes())?;
    say(&format!("guest: built, {} bytes, {}", built.wasm.len(), manifest.wasm));
    Ok(())
}

fn check(root: &Path) -> anyhow::Result<()> {
    let kept_manifest = fresh(root)?;
    let toolchain = match Toolchain::find() {
        Ok(toolchain) => toolchain,
        Err(why) => {
            say(&format!("guest: its manifest agrees with the sources and the wasm; not rebuilt, for {why}"));
            return Ok(());
        }
    };
    let built = build::build(root, &toolchain, true)?;
    if toolchain.version == kept_manifest.compiler {
        if sources::sha256(&built.wasm) != kept_manifest.wasm {
            bail!("guest: rebuilt, and its bytes differ; run `cargo xtask guest` and commit what it writes");
        }
        say("guest: its manifest agrees with the sources and the wasm; rebuilt, and its bytes are the same");
        return Ok(());
    }
    // Another compiler gives other bytes; what they do must be the same.
    let rebuilt = root.join("target/engine.wasm");
    write(&rebuilt, &built.wasm)?;
    let status = Command::new("cargo")
        .args(["test", "--package", "curbside-sandbox", "--test", "differential"])
        .env("CURBSIDE_ENGINE_GUEST", rebuilt.canonicalize()?)
        .current_dir(root)
        .status()?;
    if !status.success() {
        bail!("guest: rebuilt with another compiler, and it differs from the native engine");
    }
    say(&format!(
        "guest: its manifest agrees with the sources and the wasm; rebuilt with another compiler ({}, it was {}), so the bytes were not compared, and the rebuilt one passed the differential tests",
        toolchain.version, kept_manifest.compiler
    ));
    Ok(())
}

/// The kept manifest, where it agrees with the sources and with the wasm.
fn fresh(root: &Path) -> anyhow::Result<Manifest> {
    let manifest = Manifest::read(&read(&kept(root).join("manifest.json"))?)?;
    if sources::sha256(&read(&kept(root).join("engine.wasm"))?) != manifest.wasm {
        bail!("guest: engine.wasm is not the one that its manifest describes; run `cargo xtask guest` and commit what it writes");
    }
    if sources::digest(root)? != manifest.sources {
        bail!("guest: the engine's sources moved on; run `cargo xtask guest` and commit what it writes");
    }
    if let Some(moved) = sources::moved_dependency(root)? {
        bail!("guest: the workspace now uses another version of {moved}; run `cargo xtask guest` and commit what it writes");
    }
    Ok(manifest)
}

#[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::write(path, bytes).with_context(|| path.display().to_string())
}

#[expect(clippy::print_stdout, reason = "the last line says what was done")]
fn say(words: &str) {
    println!("{words}");
}

#[cfg(test)]
mod tests {
    /// The guest is what the sources say: else `cargo xtask guest`, and commit.
    #[test]
    fn the_guest_is_fresh() {
        if let Err(error) = super::fresh(&super::root()) {
            panic!("{error:#}");
        }
    }
}
