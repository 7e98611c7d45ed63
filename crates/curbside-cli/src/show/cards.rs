//! Cards as a clinician's screen would show them: a box each.

use curbside_cards::wire::{Action, Card};
use curbside_rules::model::Indicator;

use super::markdown;
use super::page::{BLUE, BOLD, DIM, Page, RED, YELLOW, wrap};
use crate::report::plain;

/// A box for every card.
pub(crate) fn cards(page: &mut Page, cards: &[Card]) {
    page.heading(
        "Cards",
        &match cards.len() {
            0 => "none".to_owned(),
            1 => "1 would be shown".to_owned(),
            count => format!("{count} would be shown"),
        },
    );
    for card in cards {
        page.gap();
        one(page, card);
    }
}

fn one(page: &mut Page, card: &Card) {
    let (name, style) = match card.indicator {
        Indicator::Critical => ("CRITICAL", RED),
        Indicator::Warning => ("WARNING", YELLOW),
        Indicator::Info => ("INFO", BLUE),
    };
    page.styled(&format!("  {style}┃ {name}{style:#} {DIM}{}{DIM:#}", plain(&card.extension.decision.rule)));
    let mut text = |words: &str, bold: bool| {
        let room = page.width().saturating_sub(6);
        let clean = plain(words);
        for line in wrap(&clean, room) {
            let line = if bold { format!("{BOLD}{line}{BOLD:#}") } else { line };
            page.styled(&format!("  {style}┃{style:#} {line}"));
        }
    };
    text(&card.summary, true);
    for line in card.detail.iter().flat_map(|detail| markdown::lines(detail)) {
        text(&line, false);
    }
    for suggestion in &card.suggestions {
        text(&format!("[ {} ]", suggestion.label), true);
        for action in &suggestion.actions {
            match action {
                Action::Create { description, .. } => text(&format!("    creates: {description}"), false),
                Action::Delete { description, resource_id } => text(&format!("    removes {resource_id}: {description}"), false),
            }
        }
    }
    if !card.override_reasons.is_empty() {
        let reasons: Vec<&str> = card.override_reasons.iter().map(|reason| reason.display.as_str()).collect();
        text(&format!("Override because: {}", reasons.join(" · ")), false);
    }
    for link in &card.links {
        text(&format!("{}: {}", link.label, link.url), false);
    }
    let url = card.source.url.as_ref().map(|url| format!(" ({url})")).unwrap_or_default();
    text(&format!("Source: {}{url}", card.source.label), false);
}
