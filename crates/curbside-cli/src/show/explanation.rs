//! `explain` for people: what would change the answer, then the whole tree of why.

use std::collections::BTreeMap;
use std::path::Path;

use anstyle::Style;
use curbside_chart::Chart;
use curbside_chart::time::AsOf;
use curbside_engine::{Engine, Explanation, MissingRecord, Obstacle, PendingFigure, Why};
use curbside_rules::Truth;
use curbside_rules::model::Outcome;

use super::answer::names;
use super::page::{BOLD, DIM, GREEN, Page, RED, YELLOW};
use super::{cautions, mark, patient, trials, words};
use crate::report::plain;

/// The page about one rule; `folder` is the pack's, `all` lists every figure that awaits sign-off.
pub(crate) fn explanation(engine: &Engine, chart: &Chart<'_>, told: &Explanation, folder: &Path, as_of: AsOf, all: bool) -> String {
    let mut page = Page::new();
    let (word, style) = match told.outcome {
        Outcome::Met => ("met", GREEN),
        Outcome::NotMet => ("not met", RED),
        Outcome::Unknown => ("unknown", YELLOW),
    };
    let version = told.version.as_deref().unwrap_or("no version in force");
    page.styled(&format!("{BOLD}{}{BOLD:#} {}  {}", plain(&told.rule), plain(version), plain(&told.title)));
    page.item(0, word, style, &format!("for {}", patient::title(chart, as_of)));
    page.line(0, &format!("as of {}, at {}, by {} {}", told.as_of, told.hook, told.pack.id, told.pack.version));
    for caution in cautions(engine.packs().iter().filter(|pack| pack.id() == told.pack.id)) {
        page.item(0, "!", YELLOW, &caution);
    }
    let at = |place: &str| folder.join(place).display().to_string();
    changes(&mut page, told, &at);
    page.heading("Why", "");
    tree(&mut page, &told.because, "  ", "", &at);
    trials::trials(&mut page, &told.trials);
    list(&mut page, "Missing", told.missing.iter().map(|MissingRecord { what, recorded_in }| format!("{what}, recorded in {recorded_in}")));
    list(&mut page, "Data quality", told.notes.iter().map(ToString::to_string));
    list(&mut page, "Ignored records", told.ignored.iter().map(|ignored| format!("{}: {}", ignored.resource, ignored.reason)));
    list(
        &mut page,
        "Sources",
        told.sources.iter().map(|source| {
            let url = source.url.as_ref().map(|url| format!(" ({url})")).unwrap_or_default();
            format!("{} [{}{url}]", source.claim, source.source)
        }),
    );
    pending(&mut page, &told.pending, all, &at);
    page.into_text()
}

fn changes(page: &mut Page, told: &Explanation, at: &dyn Fn(&str) -> String) {
    if told.changes.is_empty() {
        return;
    }
    page.heading(
        match told.outcome {
            Outcome::Met => "It would no longer be met without any one of these",
            Outcome::NotMet => "What would have to change for it to be met",
            Outcome::Unknown => "What would settle it",
        },
        if told.outcome == Outcome::Met { "" } else { "nearest first" },
    );
    for (number, obstacle) in told.changes.iter().enumerate() {
        let Obstacle { path, truth, says, change, records, place, alternative, .. } = obstacle;
        let name = path.iter().map(|name| words(name)).collect::<Vec<_>>().join(" › ");
        let is_met = told.outcome == Outcome::Met;
        let or = if *alternative && number > 0 && !is_met { " (or)" } else { "" };
        let place = if place.is_empty() { String::new() } else { format!("  {DIM}{}{DIM:#}", plain(&at(place))) };
        page.styled(&format!("  {}.{or} {BOLD}{name}{BOLD:#}{place}", number + 1));
        page.item(5, mark(*truth), style_of(*truth), says);
        if !is_met {
            page.item(5, "→", YELLOW, change);
        }
        if !records.is_empty() {
            page.item(5, "from", DIM, &names(records));
        }
    }
}

const fn style_of(truth: Truth) -> Style {
    match truth {
        Truth::True => GREEN,
        Truth::Unknown => YELLOW,
        Truth::False => RED,
    }
}

/// A criterion and those it is made of, drawn as a tree. `stem` goes before its lines.
fn tree(page: &mut Page, why: &Why, stem: &str, branch: &str, at: &dyn Fn(&str) -> String) {
    // A name that only passes on what it stands for is drawn once, at the place of what it stands for.
    let why = why.meant();
    let label = why.label.as_ref().map(|label| format!(" = {label}")).unwrap_or_default();
    let says = if why.says.is_empty() { String::new() } else { format!(": {}", why.says) };
    let style = style_of(why.truth);
    page.branch(&format!("{stem}{branch}"), mark(why.truth), style, &format!("{}{label}{says}", words(&why.criterion)));
    let below = match branch {
        "├─ " => format!("{stem}│  "),
        "└─ " => format!("{stem}   "),
        _ => stem.to_owned(),
    };
    let bar = if why.parts.is_empty() { "  " } else { "│ " };
    // The records of a combination are those of its parts.
    let records = if why.parts.is_empty() || !why.says.is_empty() { names(&why.records) } else { String::new() };
    let aside = [at(&why.place), records].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    page.styled(&format!("{below}{bar}{DIM}{}{DIM:#}", plain(&aside)));
    for (number, part) in why.parts.iter().enumerate() {
        tree(page, part, &below, if number + 1 == why.parts.len() { "└─ " } else { "├─ " }, at);
    }
}

fn list(page: &mut Page, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        page.heading(title, "");
        lines.for_each(|line| page.item(2, "-", DIM, &line));
    }
}

/// Figures that await sign-off: how many in each file, or every one.
fn pending(page: &mut Page, figures: &[PendingFigure], all: bool, at: &dyn Fn(&str) -> String) {
    if figures.is_empty() {
        return;
    }
    let remark = if all { "" } else { "--all lists them" };
    page.heading(&format!("{} clinical figures and codes behind it await sign-off", figures.len()), remark);
    if all {
        for PendingFigure { what, source, place } in figures {
            let source = source.as_ref().map(|source| format!(" [{source}]")).unwrap_or_default();
            page.item(2, "-", DIM, &format!("{}: {what}{source}", at(place)));
        }
        return;
    }
    let mut files: BTreeMap<&str, usize> = BTreeMap::new();
    for figure in figures {
        *files.entry(figure.place.rsplit_once(':').map_or(figure.place.as_str(), |(file, _)| file)).or_default() += 1;
    }
    for (file, count) in files {
        page.item(2, "-", DIM, &format!("{}: {count}", at(file)));
    }
}
