//! What a reader of a rule file is told, as a table: text in, findings out.

use curbside_source::{Sources, Spanned, read};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Rule {
    title: Spanned<String>,
    #[serde(default, alias = "of")]
    r#in: Option<Spanned<String>>,
    #[serde(default)]
    when: Vec<Test>,
    #[serde(default)]
    number: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only read")]
enum Test {
    Age(Age),
    Not(Box<Test>),
    Nothing,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only read")]
struct Age {
    at_least: u32,
    less_than: Option<u32>,
}

fn findings(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("rule.yaml", text);
    match read::<Rule>(&sources, file) {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .iter()
            .map(|e| {
                let at = sources.position(e.span);
                let help = e.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
                format!("{}:{} [{}] {}{help}", at.line, at.column, sources.text(e.span), e.message)
            })
            .collect(),
    }
}

#[test]
fn a_good_file_has_no_findings() {
    assert_eq!(findings("title: Adults\nof: x\nwhen:\n  - age: {at_least: 18}\n  - nothing\n"), [""; 0]);
}

#[test]
fn all_errors_are_found_at_once_each_in_its_place() {
    let text =
        "titel: Adults\nnumber: many\nwhen:\n  - age: {at_leest: 18, less_than: old}\n  - agee: {}\n  - not:\n      age: {at_least: x}\n";
    assert_eq!(
        findings(text),
        [
            "1:1 [titel] unknown key `titel` (did you mean `title`?)",
            "2:9 [many] expected a whole number, found `many`",
            "4:11 [at_leest] unknown key `at_leest` (did you mean `at_least`?)",
            "4:36 [old] expected a whole number, found `old`",
            "4:11 [at_leest] `at_least` is missing",
            "5:5 [agee] unknown `agee` (did you mean `age`?)",
            "7:23 [x] expected a whole number, found `x`",
            "1:1 [titel] `title` is missing",
        ]
    );
}

#[test]
fn yaml_that_surprises_is_refused() {
    assert_eq!(findings("title: a\ntitle: b\n"), ["2:1 [title] `title` is given twice"]);
    assert_eq!(
        findings("title: &a x\nin: *a\n"),
        ["1:11 [x] anchors (`&name`) are not read (give the thing a name under `define` and `use` it)"]
    );
    assert_eq!(findings("title: !x y\n"), ["1:11 [y] tags (`!x`) are not read".replace("!x", "!name")]);
    assert_eq!(findings("title: a\nwhen: [{age: {}, not: nothing}]\n").len(), 1);
    assert!(findings("title: [\n")[0].contains("this is not YAML"));
    let deep = format!("title: a\nwhen: {}{}\n", "[".repeat(70), "]".repeat(70));
    assert!(findings(&deep)[0].contains("nested deeper than 64 levels"));
}

#[test]
fn characters_are_columns_and_bytes_are_spans() {
    assert_eq!(findings("title: äöü\nnumber: öö\n"), ["2:9 [öö] expected a whole number, found `öö`"]);
}
