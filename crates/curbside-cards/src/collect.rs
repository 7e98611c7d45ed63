//! Cards of one response: replaced, ordered, and no more than a clinician can take in.

use std::collections::BTreeSet;

use curbside_rules::model::Indicator;
use uuid::Uuid;

use crate::make::MadeCard;
use crate::markdown::escape;
use crate::occasion::Occasion;
use crate::wire::{Card, Coding, Extension, Shown, Source};

/// The rule id of the card that stands for what found no room.
pub const MORE_NOTES: &str = "more-notes";

/// The cards of a response: critical ones first, then warnings, then the rest, each by rule id. At
/// most `most`; critical cards and warnings are never dropped, what is left over of the rest is
/// gathered in one card.
#[must_use]
pub fn collect(made: Vec<MadeCard>, most: usize, pack_version: &str, occasion: &Occasion<'_>) -> Vec<Card> {
    let replaced: BTreeSet<String> = made.iter().flat_map(|card| card.suppresses.iter().cloned()).collect();
    let mut cards: Vec<Card> = made.into_iter().filter(|card| !replaced.contains(&card.rule)).map(|card| card.card).collect();
    cards.sort_by(|a, b| place(a).cmp(&place(b)));
    if cards.len() <= most {
        return cards;
    }
    let urgent = cards.iter().filter(|card| card.indicator > Indicator::Info).count();
    // One place is for the card that stands for the rest.
    let room = most.saturating_sub(urgent).saturating_sub(1);
    let rest = cards.split_off((urgent + room).min(cards.len()));
    if rest.is_empty() {
        return cards;
    }
    cards.push(more(&rest, pack_version, occasion));
    cards.sort_by(|a, b| place(a).cmp(&place(b)));
    cards
}

fn place(card: &Card) -> (std::cmp::Reverse<Indicator>, &str) {
    (std::cmp::Reverse(card.indicator), &card.extension.decision.rule)
}

fn more(rest: &[Card], pack_version: &str, occasion: &Occasion<'_>) -> Card {
    let note = |card: &Card| format!("**{}**\n\n{}", escape(&card.summary), card.detail.as_deref().unwrap_or_default());
    let notes: Vec<String> = rest.iter().map(|card| note(card).trim_end().to_owned()).collect();
    let ids: Vec<&str> = rest.iter().map(|card| card.uuid.as_str()).collect();
    let name = format!("{}\n{MORE_NOTES}\n{}", occasion.text(), ids.join(" "));
    let system = rest.first().map_or_else(String::new, |card| card.source.topic.system.clone());
    Card {
        uuid: Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string(),
        summary: format!("{} more notes", rest.len()),
        detail: Some(notes.join("\n\n")),
        indicator: Indicator::Info,
        source: Source {
            label: rest.first().map_or_else(String::new, |card| card.source.label.clone()),
            url: None,
            topic: Coding { code: MORE_NOTES.to_owned(), system, display: "More notes".to_owned() },
        },
        suggestions: Vec::new(),
        selection_behavior: None,
        override_reasons: Vec::new(),
        links: Vec::new(),
        extension: Extension {
            decision: Shown { rule: MORE_NOTES.to_owned(), version: pack_version.to_owned(), outcome: "met".to_owned() },
        },
    }
}
