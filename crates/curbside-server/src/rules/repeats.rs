//! For how long cards are not shown again: read from the packs, for the engine knows one moment only.

use std::collections::BTreeMap;

use curbside_chart::time::Duration;
use curbside_engine::Pack;
use curbside_rules::compile::{CardPlan, RulePlan, VersionPlan};

use crate::store::Shown;

/// The rules whose cards are not always repeated, by id, and the times of their cards. `check` sees to it that version,
/// outcome and indicator tell the cards of a rule apart.
#[derive(Debug)]
pub(super) struct Repeats(BTreeMap<String, BTreeMap<[String; 3], Duration>>);

impl Repeats {
    pub(super) fn of<'p>(packs: impl IntoIterator<Item = &'p Pack>) -> Self {
        let rules = packs.into_iter().flat_map(|pack| &pack.plan.rules).map(|rule| (rule.id.clone(), times(rule)));
        Self(rules.filter(|(_, times)| !times.is_empty()).collect())
    }

    /// For how long a card is not shown again; no time at all where only other cards of its rule say so.
    pub(super) fn after(&self, card: &Shown) -> Option<Duration> {
        let times = self.0.get(&card.rule)?;
        Some(times.get(&[&card.version, &card.outcome, &card.indicator].map(String::clone)).copied().unwrap_or_default())
    }
}

fn times(rule: &RulePlan) -> BTreeMap<[String; 3], Duration> {
    let cards = rule.versions.iter().flat_map(|version| version.cards.iter().map(move |card| (version, card)));
    let time = |(version, card): (&VersionPlan, &CardPlan)| {
        let key = [version.version.as_str(), card.row.outcome.as_str(), card.row.indicator.as_str()].map(str::to_owned);
        Some((key, card.repeat_after?))
    };
    cards.filter_map(time).collect()
}
