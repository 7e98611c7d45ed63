//! Cards as a case expects them.

use curbside_cards::wire::{Action, Card};
use curbside_engine::Answer;
use curbside_source::Span;

use super::{Direction, Mismatch};
use crate::file::{CardWant, Case, ExactCard, Shown};

/// The rule a card comes from.
pub(crate) fn rule_of(card: &Card) -> &str {
    &card.extension.decision.rule
}

pub(super) fn compare(case: &Case, answer: &Answer) -> Vec<Mismatch> {
    let mut list = Vec::new();
    for (rule, wanted) in &case.expected.cards {
        let card = answer.cards.iter().find(|card| rule_of(card) == rule.value);
        let mut say = |direction, expected: String, got: String, span: Span| {
            list.push(Mismatch { direction, about: format!("card {}", rule.value), expected, got, span, why: Vec::new() });
        };
        let shown = card.map_or(Shown::None, |card| card.indicator.into());
        if let Some(indicator) = wanted.value.indicator.as_ref().filter(|indicator| indicator.value != shown) {
            say(Direction::of(&indicator.value, &shown), indicator.value.as_str().to_owned(), shown.as_str().to_owned(), indicator.span);
        }
        match card {
            Some(card) => words(&wanted.value, card, |expected, got| say(Direction::Different, expected, got, wanted.span)),
            None if wanted.value.indicator.is_none() => say(Direction::Missing, "a card".to_owned(), "none".to_owned(), wanted.span),
            None => {}
        }
    }
    if let Some(exact) = &case.expected.exact_cards {
        list.extend(in_order(&exact.value, exact.span, answer));
    }
    // A critical card that a case does not speak of is never an accident to pass over.
    for card in answer.cards.iter().filter(|card| Shown::from(card.indicator) == Shown::Critical) {
        if !case.expected.mentions(rule_of(card)) {
            list.push(Mismatch {
                direction: Direction::Noisy,
                about: format!("card {}", rule_of(card)),
                expected: "no critical card that the case does not speak of".to_owned(),
                got: "critical".to_owned(),
                span: case.name.span,
                why: Vec::new(),
            });
        }
    }
    list
}

fn words(wanted: &CardWant, card: &Card, mut say: impl FnMut(String, String)) {
    let has = |text: &str, word: &str| text.to_lowercase().contains(&word.to_lowercase());
    let detail = card.detail.as_deref().unwrap_or_default();
    for word in wanted.summary.iter().flatten().filter(|word| !has(&card.summary, word)) {
        say(format!("the summary says `{word}`"), format!("`{}`", card.summary));
    }
    for word in wanted.detail.iter().flatten().filter(|word| !has(detail, word)) {
        say(format!("the detail says `{word}`"), format!("`{}`", detail.trim()));
    }
    for word in wanted.never.iter().flatten().filter(|word| has(&card.summary, word) || has(detail, word)) {
        say(format!("it never says `{word}`"), format!("`{}` `{}`", card.summary, detail.trim()));
    }
    let created: Vec<&str> = card
        .suggestions
        .iter()
        .flat_map(|suggestion| &suggestion.actions)
        .filter_map(|action| match action {
            Action::Create { resource, .. } => resource.get("resourceType")?.as_str(),
            Action::Delete { .. } => None,
        })
        .collect();
    let got = || if created.is_empty() { "it creates nothing".to_owned() } else { format!("it creates {}", created.join(", ")) };
    for kind in wanted.creates.iter().flatten().filter(|kind| !created.contains(&kind.as_str())) {
        say(format!("a suggestion creates a {kind}"), got());
    }
    for kind in wanted.creates_no.iter().flatten().filter(|kind| created.contains(&kind.as_str())) {
        say(format!("no suggestion creates a {kind}"), got());
    }
}

/// Compares all cards there are, in their order.
fn in_order(exact: &[ExactCard], span: Span, answer: &Answer) -> Option<Mismatch> {
    let got: Vec<(&str, Shown)> = answer.cards.iter().map(|card| (rule_of(card), card.indicator.into())).collect();
    let fits = |(wanted, (rule, shown)): (&ExactCard, &(&str, Shown))| {
        wanted.rule.value == *rule && wanted.indicator.is_none_or(|indicator| indicator == *shown)
    };
    if exact.len() == got.len() && exact.iter().zip(&got).all(fits) {
        return None;
    }
    let expected = exact.iter().map(|card| match card.indicator {
        Some(indicator) => format!("{}: {}", card.rule.value, indicator.as_str()),
        None => card.rule.value.clone(),
    });
    Some(Mismatch {
        direction: Direction::of(&exact.len(), &got.len()),
        about: "cards".to_owned(),
        expected: listed(expected),
        got: listed(got.iter().map(|(rule, shown)| format!("{rule}: {}", shown.as_str()))),
        span,
        why: Vec::new(),
    })
}

fn listed(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}
