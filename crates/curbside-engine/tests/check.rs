//! What an author is told about a broken pack, as data: each file of `tests/packs` is what a pack
//! differs in from `base.txtar`, and its snapshot lists every finding with file, line and column.
//!
//! A file holds several in the format of Go's `txtar`: a line `-- NAME --` begins the file NAME.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test that cannot read its data has failed"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use curbside_engine::{LoadedPack, Pack};
use curbside_rules::Settings;
use proptest::prelude::*;

type Files = BTreeMap<String, String>;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/packs")
}

fn text(path: &std::path::Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The files of an archive; the words before the first one say what it is about.
fn files(archive: &str) -> Files {
    let mut files = Files::new();
    let mut current: Option<String> = None;
    for line in archive.split_inclusive('\n') {
        if let Some(name) = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --")) {
            files.insert(name.to_owned(), String::new());
            current = Some(name.to_owned());
        } else if let Some(name) = &current {
            files.get_mut(name).unwrap().push_str(line);
        }
    }
    files
}

fn base() -> Files {
    files(&text(&folder().join("base.txtar")))
}

/// The base with the files of an archive; one that holds only `(none)` is left out.
fn pack(archive: &str) -> Files {
    let mut all = base();
    for (name, text) in files(archive) {
        match text.trim() {
            "(none)" => drop(all.remove(&name)),
            _ => drop(all.insert(name, text)),
        }
    }
    all
}

fn load(files: Files) -> LoadedPack {
    Pack::load(files, &Settings::default())
}

fn findings(loaded: &LoadedPack) -> String {
    let mut text = String::new();
    for finding in loaded.found.clone().sorted() {
        let at = loaded.sources.position(finding.span);
        let (file, level, code) = (loaded.sources.name(finding.span.file), finding.level.as_str(), finding.code);
        text.push_str(&format!("{file}:{}:{} {level}[{code}] {}\n", at.line, at.column, finding.message));
        let quoted = loaded.sources.text(finding.span).lines().next().unwrap_or("");
        text.push_str(&format!("  | {quoted}\n"));
        if let Some((span, label)) = &finding.also {
            text.push_str(&format!("  = {}: {label}\n", loaded.sources.place(*span)));
        }
        if let Some(help) = &finding.help {
            text.push_str(&format!("  help: {help}\n"));
        }
    }
    if loaded.pack.is_some() { format!("usable\n{text}") } else { text }
}

#[test]
fn every_broken_pack_is_told_everything_that_is_wrong_with_it() {
    let entries = std::fs::read_dir(folder()).unwrap();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "txtar")).collect();
    paths.sort();
    assert!(paths.len() > 20, "the packs are gone");
    for path in paths {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let loaded = load(pack(&text(&path)));
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, findings(&loaded));
        });
    }
}

#[test]
fn the_base_has_nothing_to_complain_about() {
    assert_eq!(findings(&load(base())), "usable\n");
}

/// A change to the text of a file that keeps it text.
#[derive(Clone, Debug)]
enum Mutation {
    DropLine(usize),
    SwapLines(usize, usize),
    Indent(usize),
    CutAt(usize),
    Replace(usize, String),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let words = [
        "",
        "null",
        "true",
        "-1",
        "99999999999999999999",
        "{",
        "[",
        "]",
        "}",
        "{}",
        "[]",
        "$x",
        "{{ x",
        "{% for",
        "use: a",
        "all: []",
        "\u{0}",
        "é漢",
        "&a",
        "*a",
        "!t",
        "18 years",
        "1 mg",
        "|",
        ":",
        "- ",
        "\"",
        "'",
    ];
    prop_oneof![
        any::<usize>().prop_map(Mutation::DropLine),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Mutation::SwapLines(a, b)),
        any::<usize>().prop_map(Mutation::Indent),
        any::<usize>().prop_map(Mutation::CutAt),
        (any::<usize>(), prop::sample::select(words.to_vec())).prop_map(|(at, word)| Mutation::Replace(at, word.to_owned())),
        (any::<usize>(), "[ -~]{0,12}").prop_map(|(at, word)| Mutation::Replace(at, word)),
    ]
}

fn mutate(text: &str, mutation: &Mutation) -> String {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() {
        return String::new();
    }
    let count = lines.len();
    match mutation {
        Mutation::DropLine(at) => drop(lines.remove(at % count)),
        Mutation::SwapLines(a, b) => lines.swap(a % count, b % count),
        Mutation::Indent(at) => lines[at % count].insert_str(0, "  "),
        Mutation::CutAt(at) => {
            let at = (0..=at % (text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            return text[..at].to_owned();
        }
        Mutation::Replace(at, word) => {
            // One word of one line, be it a key or a value.
            let line = &mut lines[at % count];
            let words: Vec<&str> = line.split_inclusive([' ', ',', ':', '{', '[', '\n']).collect();
            let nth = at / count % words.len().max(1);
            *line = words.iter().enumerate().map(|(number, old)| if number == nth { word.as_str() } else { old }).collect();
        }
    }
    lines.concat()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn check_never_panics_on_mutated_files(file in any::<prop::sample::Index>(), mutations in prop::collection::vec(mutation(), 1..4)) {
        let mut all = base();
        let name = file.get(&all.keys().cloned().collect::<Vec<_>>()).clone();
        let text = mutations.iter().fold(all[&name].clone(), |text, mutation| mutate(&text, mutation));
        all.insert(name, text);
        let loaded = load(all);
        // Every finding stands in a file, and a pack with errors is not used.
        for finding in loaded.found.iter() {
            prop_assert!(!loaded.sources.name(finding.span.file).is_empty());
            prop_assert!(finding.span.end as usize <= loaded.sources.whole(finding.span.file).len() + 1);
        }
        prop_assert_eq!(loaded.pack.is_some(), !loaded.found.has_errors());
    }
}
