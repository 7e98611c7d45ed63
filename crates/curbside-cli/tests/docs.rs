//! The book's examples work: its YAML is checked, its commands are run and their output compared.
//!
//! In a page of `docs/`, a fenced block with the words
//! - `yaml PATH` is that file of a pack (or of the folder the page works in),
//! - `yaml criterion` and `yaml define` are a criterion and definitions that are put into a pack,
//! - `console` holds commands (`$ …`) and what they print; `...` stands for any lines.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests read files and stop where a page is not as it should be"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use curbside_engine::Pack;
use curbside_rules::Settings;

struct Block {
    words: String,
    text: String,
    line: usize,
}

fn page(name: &str) -> Vec<Block> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (mut blocks, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, Some(words)) => open = Some(Block { words: words.to_owned(), text: String::new(), line: number + 1 }),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{name}: a block is not closed");
    blocks
}

/// The files of the pack that a page's blocks make.
fn pack_of(blocks: &[Block]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let (mut rules, mut defines) = (Vec::new(), String::new());
    for block in blocks {
        match block.words.split_once(' ') {
            Some(("yaml", "criterion")) => {
                let id = format!("line-{}", block.line);
                let indented: String = block.text.lines().map(|line| format!("  {line}\n")).collect();
                files.insert(format!("{id}.yaml"), format!("title: Line {}\nwhen:\n{indented}", block.line));
                rules.push(id);
            }
            Some(("yaml", "define")) => block.text.lines().for_each(|line| writeln!(defines, "  {line}").unwrap()),
            Some(("yaml", path)) => {
                files.insert(path.to_owned(), block.text.clone());
            }
            _ => {}
        }
    }
    if !defines.is_empty() {
        files.insert("define/page.yaml".to_owned(), format!("define:\n{defines}"));
    }
    files.entry("pack.yaml".to_owned()).or_insert_with(|| {
        let rules = rules.join(", ");
        format!(
            "pack: page\ntitle: Page\nversion: 1.0.0\nservices:\n  - {{id: page, hook: patient-view, description: All, rules: [{rules}]}}\n  - {{id: orders, hook: order-sign, description: All, rules: [{rules}]}}\nsources: {{judgement: {{title: Judgement}}}}\n"
        )
    });
    files
}

fn checks(name: &str) {
    let loaded = Pack::load(pack_of(&page(name)), &Settings::default());
    let findings = loaded.found.clone().sorted();
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.level == curbside_source::Level::Error)
        .map(|finding| format!("{}: {} ({:?})", loaded.sources.place(finding.span), finding.message, finding.help))
        .collect();
    assert!(errors.is_empty(), "docs/{name}:\n{}", errors.join("\n"));
}

#[test]
fn every_criterion_of_the_reference_checks() {
    checks("language/criteria.md");
}

#[test]
fn every_kind_of_criterion_has_a_section() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/language/criteria.md");
    let text = fs::read_to_string(path).unwrap();
    let headings: Vec<&str> = text.lines().filter(|line| line.starts_with("### ")).collect();
    for kind in curbside_rules::criteria::Criterion::KINDS {
        let named = format!("`{kind}`");
        assert!(headings.iter().any(|heading| heading.contains(&named)), "docs/language/criteria.md has no section for {named}");
    }
}

#[test]
fn the_pack_of_the_language_page_checks() {
    checks("language/README.md");
}

#[test]
fn the_tutorial_works_as_it_is_written() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tutorial");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for block in page("tutorial.md") {
        match block.words.split_once(' ').unwrap_or((&block.words, "")) {
            ("yaml" | "json", path) if !path.is_empty() => {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &block.text).unwrap();
            }
            ("console", "") => run(&folder, &block),
            _ => {}
        }
    }
}

/// Runs the commands of a block and compares what they print.
fn run(folder: &Path, block: &Block) {
    let mut lines = block.text.lines().peekable();
    while let Some(line) = lines.next() {
        let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("docs/tutorial.md:{}: a block starts with `$ `", block.line));
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.starts_with("$ ")) {
            expected.push(line.trim_end());
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_curbside"));
        let path = format!("{}:{}", binary.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh").args(["-c", &format!("{command} 2>&1")]).current_dir(folder).env("PATH", path).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
        assert!(
            fits(&printed, &expected),
            "docs/tutorial.md:{}: `{command}` prints\n{}\nwhere the page says\n{}",
            block.line,
            printed.join("\n"),
            expected.join("\n")
        );
    }
}

/// Whether lines are as expected; `...` stands for any number of them.
fn fits(printed: &[&str], expected: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skipped| fits(&printed[skipped..], rest)),
        Some((line, rest)) => printed.split_first().is_some_and(|(first, more)| first == line && fits(more, rest)),
    }
}
