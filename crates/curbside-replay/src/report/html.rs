//! A page with plots that needs nothing but itself.

use std::fmt::Write as _;

use curbside_rules::model::Indicator;

use super::plot::{Bar, NAMES, SENTENCES, bars, escape, lines};
use super::section::Section;
use super::table::rules;
use super::{Heading, REASONS, count, per_hundred};
use crate::tally::Tally;

const STYLE: &str = include_str!("page.css");
/// Failures listed on the page.
const MOST_FAILURES: usize = 100;

/// The report as HTML, with what comparisons came to.
#[must_use]
pub fn page(tally: &Tally, heading: &Heading, compared: &[Section]) -> String {
    let mut page = String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    let _ = write!(
        page,
        "<meta name=\"viewport\" content=\"width=device-width\"><title>Replay</title>\n<style>\n{STYLE}</style></head><body>\n"
    );
    head(&mut page, tally, heading);
    compared.iter().for_each(|section| page.push_str(&section.html()));
    outcomes(&mut page, tally);
    reasons(&mut page, tally);
    course(&mut page, tally);
    burden(&mut page, tally);
    failures(&mut page, tally);
    page.push_str("</body></html>\n");
    page
}

fn head(page: &mut String, tally: &Tally, heading: &Heading) {
    let _ = write!(
        page,
        "<h1>Replay of {}</h1>\n<p>{}, as of {}. ",
        escape(&tally.packs.join(", ")),
        escape(&heading.inputs.join(", ")),
        escape(&heading.as_of)
    );
    page.push_str("For quality work, not for the care of a patient; rules that await clinical sign-off are not for clinical use.</p>\n");
    for note in &heading.notes {
        let _ = writeln!(page, "<p>{}</p>", escape(note));
    }
    let cards: u64 = tally.indicators.values().sum();
    let figures = [
        (count(tally.patients), "patients"),
        (count(cards), "cards"),
        (per_hundred(cards, tally.patients), "cards per 100 patients"),
        (count(tally.failures), "records without an answer"),
    ];
    page.push_str("<div class=\"figures\">");
    for (figure, what) in figures {
        let _ = write!(page, "<div><b>{figure}</b><span>{what}</span></div>");
    }
    page.push_str("</div>\n");
}

fn outcomes(page: &mut String, tally: &Tally) {
    page.push_str("<h2>How rules come out</h2>\n<p class=\"legend\"><i class=\"met\"></i>met<i class=\"unknown\"></i>unknown<i class=\"not-met\"></i>not met</p>\n");
    let bar = |(id, rule): (&'_ String, &crate::RuleTally)| {
        let outcomes = rule.outcomes;
        let note = format!("{} met · {} unknown", count(outcomes.met), count(outcomes.unknown));
        let pieces = vec![("met", "met", outcomes.met), ("unknown", "unknown", outcomes.unknown), ("not-met", "not met", outcomes.not_met)];
        (id.clone(), pieces, note)
    };
    let rows: Vec<_> = tally.rules.iter().map(bar).collect();
    let drawn: Vec<Bar<'_>> = rows.iter().map(|(label, pieces, note)| Bar { label, pieces: pieces.clone(), note: note.clone() }).collect();
    let _ = writeln!(page, "{}\n{}", bars("Outcomes by rule", &NAMES, 0, &drawn), rules(tally).html());
}

fn reasons(page: &mut String, tally: &Tally) {
    if tally.rules.values().all(|rule| rule.outcomes.unknown == 0) {
        return;
    }
    page.push_str("<h2>Why rules are unknown</h2>\n<p>What the records do not say, by rule; one patient may lack several things.</p>\n");
    let most = tally.rules.values().filter_map(|rule| Some(rule.unknown_for.top(1).first()?.1)).max().unwrap_or(0);
    for (id, rule) in tally.rules.iter().filter(|(_, rule)| rule.outcomes.unknown > 0) {
        let top = rule.unknown_for.top(REASONS);
        let drawn: Vec<Bar<'_>> =
            top.iter().map(|(what, times)| Bar { label: what, pieces: vec![("unknown", *what, *times)], note: count(*times) }).collect();
        let _ = writeln!(page, "<h3>{}</h3>\n{}", escape(id), bars(id, &SENTENCES, most, &drawn));
    }
}

fn course(page: &mut String, tally: &Tally) {
    if tally.course.is_empty() {
        return;
    }
    page.push_str("<h2>Time course</h2>\n<p>How the same records come out when they are looked at as of an earlier day: what was not yet dated then does not count. ");
    page.push_str("Rules that are never met and never unknown are left out.</p>\n<p class=\"legend\"><i class=\"met\"></i>met<i class=\"unknown\"></i>unknown (dashed)</p>\n<div class=\"courses\">\n");
    let steps: Vec<&str> = tally.course.iter().map(|step| step.at.as_str()).collect();
    for id in tally.rules.keys() {
        let at = |pick: fn(&crate::Counts) -> u64| tally.course.iter().map(|step| step.rules.get(id).map_or(0, pick)).collect::<Vec<u64>>();
        let (met, unknown) = (at(|counts| counts.met), at(|counts| counts.unknown));
        if met.iter().chain(&unknown).any(|number| *number > 0) {
            let plot = lines(id, &steps, &[("unknown", "unknown", unknown), ("met", "met", met)]);
            let _ = writeln!(page, "<div><h3>{}</h3>{plot}</div>", escape(id));
        }
    }
    page.push_str("</div>\n");
}

fn burden(page: &mut String, tally: &Tally) {
    page.push_str("<h2>Alert burden</h2>\n<p>Cards per 100 patients, by rule and urgency.</p>\n");
    page.push_str("<p class=\"legend\"><i class=\"critical\"></i>critical<i class=\"warning\"></i>warning<i class=\"info\"></i>info</p>\n");
    let mut drawn = Vec::new();
    for (id, rule) in tally.rules.iter().filter(|(_, rule)| !rule.cards.is_empty()) {
        let pieces = [Indicator::Critical, Indicator::Warning, Indicator::Info]
            .into_iter()
            .filter_map(|indicator| Some((indicator.as_str(), indicator.as_str(), *rule.cards.get(&indicator)?)))
            .collect();
        let all: u64 = rule.cards.values().sum();
        drawn.push(Bar { label: id, pieces, note: per_hundred(all, tally.patients) });
    }
    let _ = writeln!(page, "{}", bars("Cards by rule", &NAMES, 0, &drawn));
    page.push_str("<h3>Cards that a patient's chart shows at a time</h3>\n");
    let labels = ["no card", "1 card", "2 cards", "3 cards", "4 cards", "5 or more"];
    let shown: Vec<Bar<'_>> = labels
        .iter()
        .zip(tally.cards)
        .map(|(label, number)| Bar {
            label,
            pieces: vec![(if *label == "no card" { "none" } else { "info" }, *label, number)],
            note: format!("{} ({} %)", count(number), per_hundred(number, tally.patients)),
        })
        .collect();
    let _ = writeln!(page, "{}", bars("Cards a patient", &NAMES, 0, &shown));
}

fn failures(page: &mut String, tally: &Tally) {
    if tally.failures == 0 {
        return;
    }
    page.push_str("<h2>Records without an answer</h2>\n<table><tr><th>record</th><th>why</th></tr>\n");
    for failed in tally.failed.iter().take(MOST_FAILURES) {
        let _ = writeln!(page, "<tr><td>{}</td><td>{}</td></tr>", escape(&failed.input), escape(&failed.error));
    }
    page.push_str("</table>\n");
    let rest = tally.failures.saturating_sub(tally.failed.len().min(MOST_FAILURES) as u64);
    if rest > 0 {
        let _ = writeln!(page, "<p>and {} more</p>", count(rest));
    }
}
