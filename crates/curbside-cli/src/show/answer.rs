//! `eval` for people: what was decided about a patient, from what, and what is missing.

use std::collections::{BTreeMap, BTreeSet};

use anstyle::Style;
use curbside_chart::Chart;
use curbside_chart::time::AsOf;
use curbside_engine::{Answer, Because, DecisionRecord, Engine, Ignored, MissingRecord, TrialList};
use curbside_rules::model::Outcome;

use super::page::{BOLD, DIM, GREEN, Page, YELLOW};
use super::{cards, cautions, mark, patient, trials, words};
use crate::report::plain;

/// Most names that a list of records shows; the JSON has them all.
const MOST_NAMES: usize = 8;

/// The page about one patient.
pub(crate) fn answer(engine: &Engine, chart: &Chart<'_>, as_of: AsOf, answer: &Answer, lists: &[TrialList]) -> String {
    let mut page = Page::new();
    page.styled(&format!("{BOLD}{}{BOLD:#}", plain(&patient::title(chart, as_of))));
    let packs: Vec<String> = answer.packs.iter().map(|pack| format!("{} {}", pack.id, pack.version)).collect();
    page.line(0, &format!("as of {}, at {}, by {}", answer.as_of, answer.hook, packs.join(", ")));
    for caution in cautions(engine.packs()) {
        page.item(0, "!", YELLOW, &caution);
    }
    if answer.decisions.is_empty() {
        page.gap();
        page.line(0, &format!("No rule is asked at {}.", answer.hook));
    }
    let of = |outcome: Outcome| -> Vec<&DecisionRecord> {
        answer.decisions.iter().map(|decision| &**decision).filter(|decision| decision.outcome == outcome).collect()
    };
    group(&mut page, engine, "Met", GREEN, &of(Outcome::Met));
    group(&mut page, engine, "Unknown", YELLOW, &of(Outcome::Unknown));
    group(&mut page, engine, "Not met", DIM, &of(Outcome::NotMet));
    trials::trials(&mut page, lists);
    cards::cards(&mut page, &answer.cards);
    quality(&mut page, answer);
    page.into_text()
}

fn group(page: &mut Page, engine: &Engine, title: &str, style: Style, decisions: &[&DecisionRecord]) {
    if decisions.is_empty() {
        return;
    }
    page.heading(title, &decisions.len().to_string());
    for decision in decisions {
        page.styled(&format!("  {style}{}{style:#}  {}", plain(&decision.rule), plain(title_of(engine, decision))));
        let found: BTreeSet<String> = reasons(&decision.because).into_iter().collect();
        if decision.outcome == Outcome::NotMet {
            // One line is enough for what does not apply.
            page.line(6, &found.into_iter().collect::<Vec<_>>().join("; "));
            continue;
        }
        for reason in reasons(&decision.because).into_iter().filter(|reason| found.contains(reason)) {
            page.item(6, mark(decision.because.truth), style, &reason);
        }
        if !decision.evidence.is_empty() {
            page.item(6, "from", DIM, &names(&decision.evidence));
        }
        for MissingRecord { what, recorded_in } in &decision.missing {
            page.item(6, "missing", YELLOW, &format!("{what}, recorded in {recorded_in}"));
        }
    }
}

fn title_of<'e>(engine: &'e Engine, decision: &DecisionRecord) -> &'e str {
    let plans = engine.packs().iter().map(|pack| &pack.plan);
    let rule = plans.flat_map(|plan| &plan.rules).find(|rule| rule.id == decision.rule);
    rule.map_or("", |rule| rule.title.value.as_str())
}

/// The sentences that decided it, each once, in order: where a criterion says nothing of its own,
/// those of its parts.
pub(super) fn reasons(because: &Because) -> Vec<String> {
    let mut said = Vec::new();
    gather(because, &mut said);
    if said.is_empty() {
        said.push(format!("{} is {}", words(&because.criterion), because.truth));
    }
    said
}

fn gather(because: &Because, said: &mut Vec<String>) {
    if because.says.is_empty() {
        because.parts.iter().for_each(|part| gather(part, said));
        return;
    }
    // The kind of a criterion says nothing that its sentence does not.
    let sentence = because.says.to_string();
    if !said.contains(&sentence) {
        said.push(sentence);
    }
}

/// Notes on the data, and what was set aside.
fn quality(page: &mut Page, answer: &Answer) {
    let own = answer.decisions.iter().flat_map(|decision| &decision.notes);
    let notes: BTreeSet<&str> = answer.notes.iter().map(String::as_str).chain(own.map(|note| note.as_str())).collect();
    if !notes.is_empty() {
        page.heading("Data quality", "");
        for note in notes {
            page.item(2, "-", DIM, note);
        }
    }
    let mut ignored: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Ignored { resource, reason } in answer.decisions.iter().flat_map(|decision| &decision.ignored) {
        ignored.entry(reason).or_default().insert(resource);
    }
    if !ignored.is_empty() {
        page.heading("Ignored records", "");
        for (reason, resources) in ignored {
            let list: Vec<String> = resources.into_iter().map(str::to_owned).collect();
            page.item(2, "-", DIM, &format!("{reason}: {}", names(&list)));
        }
    }
}

/// A list of records that stays readable.
pub(super) fn names(records: &[String]) -> String {
    let shown = records.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
    match records.len().checked_sub(MOST_NAMES) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}
