//! Comparisons, on a terminal and on a page.

use curbside_rules::model::{Indicator, Outcome};

use super::section::{Grid, Part, Section};
use super::table::counted;
use super::{Heading, count};
use crate::compare::{Against, Change, Dependence, Shift, Verdicts, Wrong};
use crate::tally::Tally;

/// What changes with other rules: by rule, then patient by patient.
#[must_use]
pub fn against(against: &Against, changes: &[Change], tally: &Tally, heading: &Heading) -> Section {
    let title = "What the other rules change".to_owned();
    if against.rules.is_empty() {
        let words = format!("Nothing changes for any of {}, as of {}.", counted(tally.patients, "patient"), heading.as_of);
        return Section { title, parts: vec![Part::Words(words)] };
    }
    let mut table = Grid::new(["rule", "now", "then", "patients", "most often because of"], 3..4);
    for (rule, shifts) in &against.rules {
        for (shift, criteria) in shifts {
            let patients = criteria.top(usize::MAX).iter().map(|(_, times)| times).sum();
            let criterion = criteria.top(1).first().map_or("", |(criterion, _)| *criterion).to_owned();
            let Shift { from, from_card, to, to_card } = *shift;
            table.row([rule.clone(), outcome(from, from_card), outcome(to, to_card), count(patients), criterion]);
        }
    }
    let of = counted(tally.patients, "patient");
    let words = format!("{} of {of} would see a change, as of {}", count(against.patients), heading.as_of);
    let mut parts = vec![Part::Table(table), Part::Words(words)];
    if !changes.is_empty() {
        let mut table = Grid::new(["patient", "rule", "change", "criterion", "now", "then"], 0..0);
        for change in changes {
            let Shift { from, from_card, to, to_card } = change.shift;
            let shift = format!("{} → {}", outcome(from, from_card), outcome(to, to_card));
            let because = &change.because;
            let patient = change.patient.clone().unwrap_or_default();
            table.row([patient, change.rule.clone(), shift, because.criterion.clone(), because.before.clone(), because.after.clone()]);
        }
        parts.extend([Part::Words(String::new()), Part::Table(table)]);
    }
    Section { title, parts }
}

fn outcome(outcome: Option<Outcome>, card: Option<Indicator>) -> String {
    let outcome = outcome.map_or("no rule", Outcome::as_str);
    card.map_or_else(|| outcome.to_owned(), |card| format!("{outcome}, {} card", card.as_str()))
}

/// The four verdicts by rule, then what is not as stored.
#[must_use]
pub fn verdicts(verdicts: &Verdicts, wrong: &[Wrong]) -> Section {
    let mut table = Grid::new(["rule", "fired and should", "quiet and should", "noisy", "missing", "other outcome"], 1..6);
    for (rule, counts) in &verdicts.rules {
        let numbers = [counts.fired, counts.quiet, counts.noisy, counts.missing, counts.otherwise].map(count);
        let [fired, quiet, noisy, missing, otherwise] = numbers;
        table.row([rule.clone(), fired, quiet, noisy, missing, otherwise]);
    }
    let mut parts = vec![Part::Table(table), Part::Words(format!("{} not as stored", counted(verdicts.wrong, "decision")))];
    if verdicts.unseen > 0 {
        parts.push(Part::Words(format!("{} with stored decisions not seen", counted(verdicts.unseen, "patient"))));
    }
    if verdicts.unexpected > 0 {
        parts.push(Part::Words(format!("{} without stored decisions", counted(verdicts.unexpected, "patient"))));
    }
    parts.extend(wrong.iter().map(|Wrong { patient, rule, verdict, expected, found }| {
        let patient = patient.as_deref().unwrap_or("a patient without id");
        let found = found.map_or("not asked", Outcome::as_str);
        Part::Words(format!("{verdict}: {rule} is {found} for {patient}, expected {}", expected.as_str()))
    }));
    Section { title: "Against the stored decisions".to_owned(), parts }
}

/// Which decisions depend on which prefetch key.
#[must_use]
pub fn dependence(dependence: &Dependence, how: &str) -> Section {
    let title = "What depends on the prefetch".to_owned();
    if dependence.counts.is_empty() {
        let words = format!("No decision depends on a prefetch key that a client {how}.");
        return Section { title, parts: vec![Part::Words(words)] };
    }
    let mut table = Grid::new(["rule", "prefetch key", "with it", "without it", "decisions"], 4..5);
    for ((rule, key, from, to), times) in &dependence.counts {
        table.row([rule.clone(), key.clone(), from.as_str().to_owned(), to.as_str().to_owned(), count(*times)]);
    }
    let words = format!("Decisions that come out otherwise where a client {how}:");
    Section { title, parts: vec![Part::Words(words), Part::Table(table)] }
}
