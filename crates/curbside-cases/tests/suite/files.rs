//! Files of the checkout.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use curbside_engine::{Engine, Pack};
use curbside_rules::Settings;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The text files of a folder by their paths in it.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    gather(folder, "", &mut files);
    files
}

#[expect(clippy::disallowed_methods, reason = "tests read the files of the checkout")]
fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_string_lossy());
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The engine of the TRD pack.
pub(crate) fn trd() -> Engine {
    engine(files(&root().join("rules/trd")))
}

/// The engine of a pack.
pub(crate) fn engine(files: BTreeMap<String, String>) -> Engine {
    let loaded = Pack::load(files, &Settings::default());
    let found: Vec<String> =
        loaded.found.sorted().iter().map(|finding| format!("{}: {}", loaded.sources.place(finding.span), finding.message)).collect();
    Engine::new(vec![loaded.pack.unwrap_or_else(|| panic!("the pack does not check:\n{}", found.join("\n")))])
}
