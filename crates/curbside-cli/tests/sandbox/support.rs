//! The command, files and folders.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub(crate) fn here(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path).to_string_lossy().into_owned()
}

/// The command; compiled code is kept over all tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_curbside"));
    command.args(arguments).env("XDG_CACHE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")).env_remove("CURBSIDE_TRUSTED_KEYS");
    command
}

pub(crate) fn curbside(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

/// What goes to standard output, of a command that ran.
pub(crate) fn data(output: &Output) -> String {
    assert!(output.status.success(), "{}", words(output));
    text(output)
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox").join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The pack `mood` as a `.wasm` in a folder.
pub(crate) fn built(folder: &Path, more: &[&str]) -> String {
    let file = folder.join("mood.wasm").to_string_lossy().into_owned();
    let output = curbside(&[&["build", &here("packs/mood"), "-o", &file], more].concat());
    assert!(output.status.success(), "{}", words(&output));
    file
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}
