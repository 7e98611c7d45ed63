//! `cargo xtask plugins`: builds the example plug-ins in every language, and tests that each answers with a card.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::guest::Toolchain;

pub(crate) fn run() -> anyhow::Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let built = root.join("target/plugins");
    std::fs::create_dir_all(&built)?;
    rust(&root, &built)?;
    javascript(&root, &built)?;
    python(&root, &built)?;
    let test = ["test", "--package", "curbside-sandbox", "--test", "plugins"];
    done(Command::new("cargo").args(test).env("CURBSIDE_PLUGINS", &built).current_dir(&root))
}

fn rust(root: &Path, built: &Path) -> anyhow::Result<()> {
    let toolchain = Toolchain::find()?;
    let mut cargo = toolchain.cargo(&built.join("linkers"))?;
    cargo.args(["--manifest-path", "examples/plugins/rust/Cargo.toml"]).current_dir(root);
    done(cargo.env("CARGO_TARGET_DIR", built.join("rust")).env("CARGO_HOME", built.join("cargo")))?;
    let wasm = built.join("rust/wasm32-unknown-unknown/release/polypharmacy.wasm");
    std::fs::copy(wasm, built.join("rust.wasm"))?;
    Ok(())
}

fn javascript(root: &Path, built: &Path) -> anyhow::Result<()> {
    // At the same depth as the sources: they name the contract by a relative path.
    let folder = built.join("javascript");
    std::fs::create_dir_all(&folder)?;
    for file in ["package.json", "build.js", "plugin.js"] {
        std::fs::copy(root.join("examples/plugins/javascript").join(file), folder.join(file)).with_context(|| file.to_owned())?;
    }
    done(Command::new("npm").args(["install", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    done(Command::new("node").args(["build.js", "../javascript.wasm"]).current_dir(&folder))
}

fn python(root: &Path, built: &Path) -> anyhow::Result<()> {
    let source = root.join("examples/plugins/python");
    let environment = built.join("venv");
    if !environment.join("bin/pip").exists() {
        done(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    done(Command::new(environment.join("bin/pip")).args(["install", "--quiet", "--requirement"]).arg(source.join("requirements.txt")))?;
    let contract = root.join("crates/curbside-sandbox/wit");
    let mut componentize = Command::new(environment.join("bin/componentize-py"));
    componentize.arg("--wit-path").arg(contract).args(["--world", "service", "componentize", "--stub-wasi", "plugin", "--python-path"]);
    done(componentize.arg(source).arg("--output").arg(built.join("python.wasm")).current_dir(built))
}

fn done(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| command.get_program().display().to_string())?;
    if !status.success() {
        bail!("{} failed", command.get_program().display());
    }
    Ok(())
}
