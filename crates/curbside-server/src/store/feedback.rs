//! What clinicians did with cards, beside what was shown to them.

use std::collections::BTreeMap;

use super::Message;
use crate::wire::answer::Coding;
use crate::wire::envelope::sha256;
use crate::wire::feedback::Item;

/// Feedback of one request.
#[derive(Debug)]
pub(crate) struct FeedbackBatch {
    pub(crate) client: String,
    pub(crate) service: String,
    pub(crate) received: i64,
    pub(crate) items: Vec<Item>,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    /// Kept, for the first time or again.
    Kept { card: Option<KnownCard>, again: bool },
    /// It names suggestions that are not the card's.
    Foreign,
}

/// A card that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownCard {
    pub(crate) rule: String,
    pub(crate) version: String,
    /// Ids, with spaces between them.
    suggestions: String,
    /// Codes, with spaces between them.
    reasons: String,
    /// The same reasons whole, where they were kept.
    offered: Vec<Coding>,
}

impl KnownCard {
    /// A card as the store has it, its reasons as JSON.
    pub(super) fn new(rule: String, version: String, suggestions: String, reasons: String, offered: &str) -> Self {
        Self { rule, version, suggestions, reasons, offered: serde_json::from_str(offered).unwrap_or_default() }
    }

    /// Whether every suggestion taken is one of its own.
    pub(super) fn offers(&self, item: &Item) -> bool {
        item.suggestions.iter().all(|taken| self.suggestions.split(' ').any(|own| own == taken))
    }

    /// The reason given, where it is one of its own.
    pub(crate) fn own_reason<'c>(&self, code: &'c str) -> Option<&'c str> {
        self.reasons.split(' ').any(|own| own == code).then_some(code)
    }

    /// A reason with what its own table says of it, where it is one of its own. What is not is kept as it came.
    fn complete(&self, given: &Coding) -> Coding {
        let is_meant = |own: &&Coding| own.code == given.code && (given.system.is_empty() || own.system == given.system);
        let mut meant = self.offered.iter().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(own), None) if given.display.is_empty() => own.clone(),
            (Some(own), None) => Coding { display: given.display.clone(), ..own.clone() },
            _ => given.clone(),
        }
    }
}

impl FeedbackBatch {
    /// What makes an item the same item again.
    pub(super) fn id(&self, item: &Item) -> String {
        let suggestions = item.suggestions.join(" ");
        let pieces = [&self.client, &self.service, &item.card, outcome(item), &item.at.to_string(), &suggestions];
        sha256(pieces.join("\n").as_bytes())
    }
}

pub(super) fn outcome(item: &Item) -> &'static str {
    if item.accepted { "accepted" } else { "overridden" }
}

/// What an item says of its reason, completed from its card's.
pub(super) fn reason(item: &Item, card: Option<&KnownCard>) -> Coding {
    let given = item.reason.clone().unwrap_or_default();
    card.filter(|_| item.reason.is_some()).map_or_else(|| given.clone(), |card| card.complete(&given))
}

/// The lists of reasons in a group of messages, by name: in this order, so that servers that write the same ones do not
/// wait for each other in a circle.
pub(super) fn tables(group: &[Message]) -> BTreeMap<String, String> {
    let entries = group.iter().filter_map(|message| if let Message::Decision(entry) = message { Some(entry) } else { None });
    entries.flat_map(|entry| &entry.cards).filter_map(|card| table(&card.offered)).collect()
}

/// A list of reasons as the store keeps it: its name there, and the list as JSON. `None` where there are none.
pub(super) fn table(offered: &[Coding]) -> Option<(String, String)> {
    let text = serde_json::to_string(offered).ok().filter(|_| !offered.is_empty())?;
    let name = sha256(text.as_bytes()).chars().skip("sha256:".len()).take(32).collect();
    Some((name, text))
}
