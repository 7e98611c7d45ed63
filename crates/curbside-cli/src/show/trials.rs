//! Trials of drugs as a timeline: what was taken when, for how long, and what came of it.

use curbside_chart::time::Day;
use curbside_engine::{TrialList, TrialRecord};
use curbside_rules::Truth;

use super::page::{DIM, GREEN, Page, YELLOW};
use crate::report::plain;

/// A section for every list.
pub(crate) fn trials(page: &mut Page, lists: &[TrialList]) {
    for list in lists.iter().filter(|list| !list.trials.is_empty()) {
        let count = |outcome: &str| list.trials.iter().filter(|trial| trial.outcome == outcome).count();
        let remark = format!("{} confirmed, {} for review, {} not counted", count("confirmed"), count("review"), count("not counted"));
        page.heading(&format!("Trials: {}", list.title), &remark);
        timeline(page, &list.trials);
        for trial in &list.trials {
            one(page, trial);
        }
    }
}

fn one(page: &mut Page, trial: &TrialRecord) {
    let style = match trial.outcome.as_str() {
        "confirmed" => GREEN,
        "review" => YELLOW,
        _ => DIM,
    };
    let days = if trial.days == trial.days_at_most { trial.days.to_string() } else { format!("{} to {}", trial.days, trial.days_at_most) };
    let end = if trial.ongoing == Truth::True { "now" } else { trial.end.as_str() };
    let outcome = if trial.reason.is_empty() { trial.outcome.clone() } else { format!("{} ({})", trial.outcome, trial.reason) };
    let figures = format!("{} {}, {} to {end}, {days} days at an adequate dose", trial.ingredient, trial.daily_dose, trial.start);
    page.styled(&format!("  {} · {style}{}{style:#}", plain(&figures), plain(&outcome)));
    if !trial.because.is_empty() {
        page.line(6, &trial.because);
    }
    page.item(6, "from", DIM, &trial.records.join(", "));
}

/// A bar for each trial on one scale of time.
fn timeline(page: &mut Page, trials: &[TrialRecord]) {
    let names = trials.iter().map(|trial| plain(&trial.ingredient));
    let label = names.map(|name| name.chars().count()).max().unwrap_or(0).min(24);
    let columns = page.width().saturating_sub(label + 6).clamp(20, 72);
    let (Some(first), Some(last)) = (trials.iter().map(|trial| trial.span.0).min(), trials.iter().map(|trial| trial.span.1).max()) else {
        return;
    };
    let days = (last - first + 1).max(1);
    let column = |day: i64| usize::try_from((day - first) * (i64::try_from(columns).unwrap_or(1) - 1) / days).unwrap_or(0).min(columns - 1);
    let [from, to] = [first, last].map(|day| Day::from_number(day).to_string());
    let room = columns.saturating_sub(from.chars().count() + to.chars().count());
    page.styled(&format!("  {:label$}  {DIM}{from}{}{to}{DIM:#}", "", " ".repeat(room)));
    for trial in trials {
        let (start, end) = (column(trial.span.0), column(trial.span.1));
        let (bar, style) = match trial.outcome.as_str() {
            "confirmed" => ("█", GREEN),
            "review" => ("▓", YELLOW),
            _ => ("░", DIM),
        };
        let name: String = plain(&trial.ingredient).chars().take(label).collect();
        page.styled(&format!("  {name:label$}  {}{style}{}{style:#}", " ".repeat(start), bar.repeat(end - start + 1)));
    }
}
