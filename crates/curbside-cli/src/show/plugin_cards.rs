//! Cards of plug-ins: what any CDS Hooks card has.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::markdown;
use super::page::{BOLD, Page};
use crate::report::plain;

#[derive(Deserialize)]
struct Card {
    summary: String,
    indicator: String,
    #[serde(default)]
    detail: Option<String>,
    source: Source,
}

#[derive(Deserialize)]
struct Source {
    label: String,
}

/// A section with the cards of plug-ins; nothing where there are none.
pub(crate) fn plugin_cards(cards: &[std::borrow::Cow<'_, RawValue>]) -> String {
    let mut page = Page::new();
    if cards.is_empty() {
        return page.into_text();
    }
    page.styled("");
    page.heading("Cards of plug-ins", "");
    for card in cards.iter().filter_map(|raw| serde_json::from_str::<Card>(raw.get()).ok()) {
        page.gap();
        page.styled(&format!("  {BOLD}{}: {}{BOLD:#}", plain(&card.indicator.to_uppercase()), plain(&card.summary)));
        for line in card.detail.iter().flat_map(|detail| markdown::lines(detail)) {
            page.line(2, &line);
        }
        page.line(2, &format!("Source: {}", card.source.label));
    }
    page.into_text()
}
