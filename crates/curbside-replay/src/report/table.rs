//! The summary on a terminal.

use std::fmt::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};

use super::{Heading, count, per_hundred};
use crate::tally::{RuleTally, Tally};

/// Rules with how they came out and what was missing most often.
#[must_use]
pub fn summary(tally: &Tally, heading: &Heading) -> String {
    let mut table = plain(["rule", "met", "not met", "unknown", "cards", "unknown most often for want of"]);
    for column in 1..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for (id, rule) in &tally.rules {
        let RuleTally { outcomes, cards, unknown_for } = rule;
        let reason = unknown_for.top(1).first().map(|(what, times)| format!("{what} ({})", count(*times)));
        let counts = [outcomes.met, outcomes.not_met, outcomes.unknown, cards.values().sum()].map(count);
        let [met, not_met, unknown, cards] = counts;
        table.add_row([id.clone(), met, not_met, unknown, cards, reason.unwrap_or_default()]);
    }
    let mut text = format!("{table}\n");
    let cards = tally.indicators.values().sum();
    let _ = writeln!(
        text,
        "{} as of {}, {}; {} cards, {} per 100 patients",
        counted(tally.patients, "patient"),
        heading.as_of,
        tally.packs.join(", "),
        count(cards),
        per_hundred(cards, tally.patients)
    );
    text
}

/// A number of things.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{} {thing}{}", count(number), if number == 1 { "" } else { "s" })
}

/// A table without lines around every cell.
pub(crate) fn plain<const N: usize>(head: [&str; N]) -> Table {
    const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_header(head);
    table
}
