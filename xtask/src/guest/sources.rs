//! What the guest is built from: the crates in its lock file that have no registry, file by file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

use super::read;

/// The guest's own lock file.
pub(super) const LOCK: &str = "crates/curbside-guest/Cargo.lock";

/// SHA-256 in hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256 over every source of the guest: the engine's crates, the contract, the guest's lock file, and what the
/// workspace says of the dependencies in it.
pub(super) fn digest(root: &Path) -> anyhow::Result<String> {
    let mut files = BTreeMap::new();
    let lock = text(root, LOCK)?;
    for package in packages(&lock).into_iter().filter(|package| !package.is_registry) {
        let folder = format!("crates/{}", package.name);
        for part in ["Cargo.toml", "src", "wit"] {
            gather(root, &format!("{folder}/{part}"), &mut files)?;
        }
    }
    gather(root, "crates/curbside-sandbox/wit", &mut files)?;
    files.insert(LOCK.to_owned(), lock.clone().into_bytes());
    let names: Vec<String> = packages(&lock).into_iter().map(|package| package.name).collect();
    files.insert("Cargo.toml".to_owned(), workspace_dependencies(&text(root, "Cargo.toml")?, &names).into_bytes());
    let mut hasher = Sha256::new();
    for (path, bytes) in &files {
        hasher.update(format!("{path} {}\n", sha256(bytes)));
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A dependency that the workspace's lock file has in another version than the guest's. What the bindings generator and
/// the allocator stand on is the guest's alone.
pub(super) fn moved_dependency(root: &Path) -> anyhow::Result<Option<String>> {
    let workspace = text(root, "Cargo.lock")?;
    let workspace = packages(&workspace);
    let guest = packages(&text(root, LOCK)?);
    let is_own = |name: &str| ["wit-", "wasm", "prettyplease", "syn", "allocator-api2"].iter().any(|start| name.starts_with(start));
    let moved = guest.into_iter().filter(|package| package.is_registry && !is_own(&package.name)).find(|package| {
        let mut same_name = workspace.iter().filter(|other| other.name == package.name).peekable();
        same_name.peek().is_some() && same_name.all(|other| other.version != package.version)
    });
    Ok(moved.map(|package| package.name))
}

struct Package {
    name: String,
    version: String,
    is_registry: bool,
}

fn packages(lock: &str) -> Vec<Package> {
    let packages = lock.split("[[package]]").skip(1);
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
        line.map(|value| value.trim_matches('"').to_owned())
    };
    packages
        .map(|package| Package {
            name: value(package, "name").unwrap_or_default(),
            version: value(package, "version").unwrap_or_default(),
            is_registry: value(package, "source").is_some(),
        })
        .collect()
}

/// The lines of `[workspace.dependencies]` about packages that the guest uses.
fn workspace_dependencies(manifest: &str, names: &[String]) -> String {
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let used = lines.filter(|line| line.split_once(" =").is_some_and(|(name, _)| names.iter().any(|known| known == name)));
    used.map(|line| format!("{line}\n")).collect()
}

/// The files under a path, which may be a file itself or absent.
fn gather(root: &Path, path: &str, files: &mut BTreeMap<String, Vec<u8>>) -> anyhow::Result<()> {
    let full = root.join(path);
    if full.is_dir() {
        #[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
        let entries = std::fs::read_dir(&full).with_context(|| full.display().to_string())?;
        for entry in entries {
            let name = entry?.file_name();
            gather(root, &format!("{path}/{}", name.to_string_lossy()), files)?;
        }
    } else if full.is_file() {
        files.insert(path.to_owned(), read(&full)?);
    }
    Ok(())
}

fn text(root: &Path, path: &str) -> anyhow::Result<String> {
    String::from_utf8(read(&root.join(path))?).with_context(|| path.to_owned())
}
