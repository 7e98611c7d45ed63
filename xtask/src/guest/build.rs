//! Building the guest with the compiler that Debian packages: the usual one has no standard library for WebAssembly.
//!
//! Paths end up in the bytes, so everything is copied to one place and built there, with a home of its own for cargo.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use super::{read, sources, write};

/// Where the guest is built, on every machine.
const PLACE: &str = "/tmp/curbside-guest";

const PACKAGES: &str = "`apt-get install --no-install-recommends rustc-web rust-web-src cargo-web` has not been run";

/// What is built there.
pub(super) const MANIFEST: &str = "--manifest-path=source/crates/curbside-guest/Cargo.toml";

/// What builds a component.
pub(super) const COMMAND: [&str; 6] =
    ["/usr/bin/cargo", "build", "--release", "--target", "wasm32-unknown-unknown", "-Zbuild-std=std,panic_abort"];

/// A compiler with a target for WebAssembly.
pub(crate) struct Toolchain {
    /// The compiler and the linker, in words.
    pub(super) version: String,
    /// Folder of the linker, which the usual toolchain has.
    linkers: PathBuf,
}

/// A built guest.
pub(super) struct Built {
    pub(super) wasm: Vec<u8>,
    pub(super) lock: Vec<u8>,
}

impl Toolchain {
    /// The compiler, where its packages are installed; the error says what is missing.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let compiler = said(Command::new("/usr/bin/rustc").arg("--version")).context(PACKAGES)?;
        let sysroot = said(Command::new("/usr/bin/rustc").args(["--print", "sysroot"])).context(PACKAGES)?;
        let library = Path::new(&sysroot).join("lib/rustlib/src/rust/library/Cargo.toml");
        if !library.exists() || !Path::new("/usr/bin/cargo").exists() {
            bail!(PACKAGES);
        }
        let usual = said(Command::new("rustc").args(["--print", "sysroot"]))?;
        let linkers = Path::new(&usual).join("lib/rustlib/x86_64-unknown-linux-gnu/bin");
        if !linkers.join("wasm-component-ld").exists() {
            bail!("the toolchain at {usual} has no wasm-component-ld");
        }
        let linker = said(Command::new("rustc").arg("--version"))?;
        Ok(Self { version: format!("{compiler}; linked by that of {linker}"), linkers })
    }

    /// The command that builds a component; the caller says which, and where cargo keeps its files. The flags, too, end
    /// up in the bytes, so the linkers get a name that can be the same everywhere.
    pub(crate) fn cargo(&self, linkers: &Path) -> anyhow::Result<Command> {
        std::fs::remove_file(linkers).ok();
        std::os::unix::fs::symlink(&self.linkers, linkers).with_context(|| linkers.display().to_string())?;
        let linkers = linkers.display();
        let [program, arguments @ ..] = COMMAND;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .env("PATH", format!("/usr/bin:/bin:{linkers}/gcc-ld"))
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env(
                "RUSTFLAGS",
                format!("-Clinker={linkers}/wasm-component-ld -Ctarget-feature=+simd128,+bulk-memory -Zlocation-detail=none"),
            );
        Ok(command)
    }
}

/// Builds the guest; `locked` with the versions in its lock file, else with those of the workspace.
pub(super) fn build(root: &Path, toolchain: &Toolchain, locked: bool) -> anyhow::Result<Built> {
    let place = Path::new(PLACE);
    let source = place.join("source");
    if source.exists() {
        std::fs::remove_dir_all(&source).with_context(|| format!("{} is somebody else's", source.display()))?;
    }
    copy(&root.join("crates"), &source.join("crates"))?;
    copy(&root.join("xtask"), &source.join("xtask"))?;
    write(&source.join("Cargo.toml"), &read(&root.join("Cargo.toml"))?)?;
    if !locked {
        write(&source.join(sources::LOCK), &read(&root.join("Cargo.lock"))?)?;
    }
    let status = toolchain
        .cargo(&place.join("linkers"))?
        .arg(MANIFEST)
        .args(locked.then_some("--locked"))
        .current_dir(place)
        .env("HOME", place)
        .env("CARGO_HOME", place.join("cargo"))
        .env("CARGO_TARGET_DIR", place.join("target"))
        .status()?;
    if !status.success() {
        bail!("the guest does not build");
    }
    let wasm = read(&place.join("target/wasm32-unknown-unknown/release/curbside_guest.wasm"))?;
    Ok(Built { wasm, lock: read(&source.join(sources::LOCK))? })
}

/// What a command says on its first line.
fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        bail!("{} failed", command.get_program().display());
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

/// Copies a folder, without what was built in it.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    #[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
    let entries = std::fs::read_dir(from).with_context(|| from.display().to_string())?;
    for entry in entries {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "target" {
                copy(&from, &to)?;
            }
        } else {
            std::fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        }
    }
    Ok(())
}
