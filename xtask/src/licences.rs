//! Every dependency's licence is one that a hospital's lawyers have seen before.

use std::process::Command;

use anyhow::{Context as _, bail};
use serde::Deserialize;

/// Licences that may be linked into an Apache-2.0 program. Of `A OR B` one must be here, of
/// `A AND B` each.
const ALLOWED: [&str; 14] = [
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    source: Option<String>,
}

#[expect(clippy::print_stdout, reason = "the result is the output")]
pub(crate) fn run() -> anyhow::Result<()> {
    let output = Command::new("cargo").args(["metadata", "--format-version", "1", "--locked"]).output().context("cargo metadata")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
    let mut refused = Vec::new();
    let mut count = 0;
    for package in metadata.packages.iter().filter(|package| package.source.is_some()) {
        count += 1;
        let licence = package.license.as_deref().unwrap_or("none stated");
        if !is_allowed(licence) {
            refused.push(format!("{} {}: {licence}", package.name, package.version));
        }
    }
    if !refused.is_empty() {
        bail!("licences that are not on the list in xtask/src/licences.rs:\n  {}", refused.join("\n  "));
    }
    println!("{count} dependencies, each under a licence on the list");
    Ok(())
}

fn is_allowed(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    flat.split(" AND ").all(|part| part.split(" OR ").any(|licence| ALLOWED.contains(&licence.trim())))
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn one_of_several_licences_is_enough_and_each_of_joined_ones_is_needed() {
        assert!(is_allowed("MIT OR Apache-2.0"));
        assert!(is_allowed("MIT/Apache-2.0"));
        assert!(is_allowed("GPL-3.0 OR MIT"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!is_allowed("MIT AND GPL-3.0"));
        assert!(!is_allowed("none stated"));
    }
}
