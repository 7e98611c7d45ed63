//! Cards that are not shown again for a while, where that would hide a danger or could not be told apart.

use curbside_source::{Diagnostic, Diagnostics};

use super::Subject;
use crate::compile::CardPlan;
use crate::model::Indicator;

pub(super) fn check(subject: &Subject<'_>, found: &mut Diagnostics) {
    for version in subject.plan.rules.iter().flat_map(|rule| &rule.versions) {
        for (at, card) in version.cards.iter().enumerate() {
            let Some(time) = &card.row.repeat_after else { continue };
            if card.row.indicator == Indicator::Critical {
                let message = "a critical card is shown every time";
                found.push(Diagnostic::error("repeat-critical", time.span, message).help("leave `repeat_after` out"));
            }
            // A server knows a card by its outcome and indicator.
            let is_alike = |other: &CardPlan| (other.row.outcome, other.row.indicator) == (card.row.outcome, card.row.indicator);
            let others = version.cards.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
            if let Some(other) = others.into_iter().find(|other| is_alike(other) && other.repeat_after != card.repeat_after) {
                let (outcome, indicator) = (card.row.outcome, card.row.indicator.as_str());
                let message =
                    format!("cards of the same outcome ({outcome}) and indicator ({indicator}) are shown again after different times");
                let finding = Diagnostic::error("repeat-differs", time.span, message).also(other.row.summary.span, "the other card");
                found.push(finding.help("give them the same `repeat_after`, or other indicators"));
            }
        }
    }
}
