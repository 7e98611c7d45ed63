//! The summary by rule, on a terminal and on a page.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

use super::section::Grid;
use super::{Heading, count, per_hundred};
use crate::tally::{RuleTally, Tally};

/// Rules with how they came out and what was missing most often.
#[must_use]
pub fn summary(tally: &Tally, heading: &Heading) -> String {
    let mut text = rules(tally).text();
    let cards = tally.indicators.values().sum();
    let _ = writeln!(
        text,
        "{} as of {}, {}; {}, {} per 100 patients",
        counted(tally.patients, "patient"),
        heading.as_of,
        tally.packs.join(", "),
        counted(cards, "card"),
        per_hundred(cards, tally.patients)
    );
    text
}

/// A row a rule.
pub(super) fn rules(tally: &Tally) -> Grid {
    let mut table = Grid::new(["rule", "met", "not met", "unknown", "cards", "unknown most often for want of"], 1..5);
    for (id, rule) in &tally.rules {
        let RuleTally { outcomes, cards, unknown_for } = rule;
        let reason = unknown_for.top(1).first().map(|(what, times)| format!("{what} ({})", count(*times)));
        let [met, not_met, unknown, cards] = [outcomes.met, outcomes.not_met, outcomes.unknown, cards.values().sum()].map(count);
        table.row([id.clone(), met, not_met, unknown, cards, reason.unwrap_or_default()]);
    }
    table
}

/// A number of things.
pub(super) fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A table without lines around every cell.
pub(super) fn plain(head: &[&str]) -> Table {
    const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_header(head);
    table
}
