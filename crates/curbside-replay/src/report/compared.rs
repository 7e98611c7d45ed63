//! Comparisons on a terminal.

use std::fmt::Write as _;

use curbside_rules::model::{Indicator, Outcome};

use super::table::{counted, plain};
use super::{Heading, count};
use crate::compare::{Against, Change, Dependence, Shift, Verdicts, Wrong};
use crate::tally::Tally;

/// What changes with other rules: by rule, then patient by patient.
#[must_use]
pub fn against(against: &Against, changes: &[Change], tally: &Tally, heading: &Heading) -> String {
    if against.rules.is_empty() {
        return format!("Nothing changes for any of {}, as of {}.\n", counted(tally.patients, "patient"), heading.as_of);
    }
    let mut table = plain(["rule", "now", "then", "patients", "most often because of"]);
    for (rule, shifts) in &against.rules {
        for (shift, criteria) in shifts {
            let patients = criteria.top(usize::MAX).iter().map(|(_, times)| times).sum();
            let criterion = criteria.top(1).first().map_or("", |(criterion, _)| *criterion).to_owned();
            table.add_row([
                rule.clone(),
                outcome(shift.from, shift.from_card),
                outcome(shift.to, shift.to_card),
                count(patients),
                criterion,
            ]);
        }
    }
    let mut text = format!("{table}\n");
    let of = counted(tally.patients, "patient");
    let _ = writeln!(text, "{} of {of} would see a change, as of {}", count(against.patients), heading.as_of);
    if !changes.is_empty() {
        let mut table = plain(["patient", "rule", "change", "criterion", "now", "then"]);
        for change in changes {
            let Shift { from, from_card, to, to_card } = change.shift;
            let shift = format!("{} → {}", outcome(from, from_card), outcome(to, to_card));
            let because = &change.because;
            let patient = change.patient.clone().unwrap_or_default();
            table.add_row([patient, change.rule.clone(), shift, because.criterion.clone(), because.before.clone(), because.after.clone()]);
        }
        let _ = writeln!(text, "\n{table}");
    }
    text
}

fn outcome(outcome: Option<Outcome>, card: Option<Indicator>) -> String {
    let outcome = outcome.map_or("no rule", Outcome::as_str);
    card.map_or_else(|| outcome.to_owned(), |card| format!("{outcome}, {} card", card.as_str()))
}

/// The four verdicts by rule, then what is not as stored.
#[must_use]
pub fn verdicts(verdicts: &Verdicts, wrong: &[Wrong]) -> String {
    let mut table = plain(["rule", "fired and should", "quiet and should", "noisy", "missing", "other outcome"]);
    for (rule, counts) in &verdicts.rules {
        let numbers = [counts.fired, counts.quiet, counts.noisy, counts.missing, counts.otherwise].map(count);
        let [fired, quiet, noisy, missing, otherwise] = numbers;
        table.add_row([rule.clone(), fired, quiet, noisy, missing, otherwise]);
    }
    let mut text = format!("{table}\n");
    let _ = writeln!(text, "{} not as stored", counted(verdicts.wrong, "decision"));
    if verdicts.unseen > 0 {
        let _ = writeln!(text, "{} with stored decisions not seen", counted(verdicts.unseen, "patient"));
    }
    if verdicts.unexpected > 0 {
        let _ = writeln!(text, "{} without stored decisions", counted(verdicts.unexpected, "patient"));
    }
    for Wrong { patient, rule, verdict, expected, found } in wrong {
        let patient = patient.as_deref().unwrap_or("a patient without id");
        let found = found.map_or("not asked", Outcome::as_str);
        let _ = writeln!(text, "{verdict}: {rule} is {found} for {patient}, expected {}", expected.as_str());
    }
    text
}

/// Which decisions depend on which prefetch key.
#[must_use]
pub fn dependence(dependence: &Dependence, how: &str) -> String {
    if dependence.counts.is_empty() {
        return format!("No decision depends on a prefetch key that a client {how}.\n");
    }
    let mut table = plain(["rule", "prefetch key", "with it", "without it", "decisions"]);
    for ((rule, key, from, to), times) in &dependence.counts {
        table.add_row([rule.clone(), key.clone(), from.as_str().to_owned(), to.as_str().to_owned(), count(*times)]);
    }
    format!("Decisions that come out otherwise where a client {how}:\n{table}\n")
}
