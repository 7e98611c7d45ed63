//! Cards that were shown before and whose rules ask not to be repeated for a while, unless something changed.
//!
//! A card is compared with the one that the same rule showed last about the same patient, at the same hook, to the same
//! caller. It says the same where version, outcome, indicator, what could not be decided, and the content of the records
//! that decided it are the same. Only digests of that are kept. Where that cannot be told, the card is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use curbside_chart::time::Duration;
use jiff::{Span, Timestamp, tz::TimeZone};
use serde_json::Value;

use super::App;
use crate::clock;
use crate::rules::Bound;
use crate::store::{Entry, RepeatKey, Shown, ShownQuery};
use crate::wire::answer::Answer;
use crate::wire::envelope::sha256;
use crate::wire::problem::Problem;

/// A card that is not shown again for a while.
#[derive(Debug)]
pub(super) struct Repeatable {
    uuid: String,
    rule: String,
    key: RepeatKey,
    after: Duration,
}

/// The cards of an answer to a call that are not shown again for a while. Parses the call where there are any.
pub(super) fn repeatable(answer: &Answer, bound: &Bound, client: &str, call: &str) -> Vec<Repeatable> {
    let asked: Vec<_> = answer.cards.iter().filter_map(|card| Some((card, bound.backend.repeat_after(card)?))).collect();
    if asked.is_empty() {
        return Vec::new();
    }
    let records: Value = serde_json::from_str(call).unwrap_or_default();
    let digest = |parts: &[&str]| sha256(parts.join("\n").as_bytes());
    let key = |card: &Shown| {
        let decision = answer.decisions.iter().find(|decision| decision.rule == card.rule)?;
        let (unknown, evidence) = (decision.unknown.join(" "), evidence(&records, &decision.evidence)?);
        let scope = digest(&[client, &bound.hook, &bound.backend.identity().id, &card.rule]);
        Some(RepeatKey { scope, content: digest(&[&card.version, &card.outcome, &card.indicator, &unknown, &evidence]) })
    };
    let of =
        |(card, after): (&Shown, Duration)| Some(Repeatable { key: key(card)?, uuid: card.uuid.clone(), rule: card.rule.clone(), after });
    asked.into_iter().filter_map(of).collect()
}

/// The records of these names as the call has them, without what changes by itself; `None` where one cannot be found by its
/// name, as one without an id: whether it changed cannot be told.
fn evidence(call: &Value, names: &[String]) -> Option<String> {
    let mut found: BTreeMap<&str, BTreeSet<String>> = names.iter().map(|name| (name.as_str(), BTreeSet::new())).collect();
    look(call, &mut found);
    let line = |(name, texts): (&str, BTreeSet<String>)| {
        (!texts.is_empty()).then(|| format!("{name} {}", texts.into_iter().collect::<Vec<_>>().join(" ")))
    };
    Some(found.into_iter().map(line).collect::<Option<Vec<_>>>()?.join("\n"))
}

fn look(value: &Value, found: &mut BTreeMap<&str, BTreeSet<String>>) {
    match value {
        Value::Object(members) => {
            let member = |name: &str| members.get(name).and_then(Value::as_str);
            if let (Some(kind), Some(id)) = (member("resourceType"), member("id"))
                && let Some(texts) = found.get_mut(format!("{kind}/{id}").as_str())
            {
                let mut content = members.clone();
                content.retain(|name, _| name != "meta" && name != "text");
                texts.insert(Value::Object(content).to_string());
            }
            members.values().for_each(|member| look(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| look(item, found)),
        _ => {}
    }
}

/// Leaves out the cards whose time has not passed, and notes in the entry what was left out and what a later card is
/// compared with.
pub(super) async fn hold_back(
    app: &App,
    entry: &mut Entry,
    answer: Answer,
    cards: Vec<Repeatable>,
    until: Instant,
) -> Result<Answer, Problem> {
    if cards.is_empty() || entry.patient.is_empty() {
        return Ok(answer);
    }
    let query = ShownQuery { patient: entry.patient.clone(), scopes: cards.iter().map(|card| card.key.scope.clone()).collect() };
    let shown = match tokio::time::timeout_at(until.into(), app.store.shown(query)).await {
        Ok(Ok(shown)) => shown,
        // Shown once too often rather than once too seldom.
        _ => {
            tracing::warn!(target: "curbside", decision = %entry.id, "it is not known which cards were shown before: all are shown");
            Vec::new()
        }
    };
    let now = clock::timestamp();
    for Repeatable { uuid, rule, key, after } in cards {
        let last = shown.iter().find(|last| last.key == key);
        if last.is_some_and(|last| again(last.at, after).is_some_and(|again| now < again)) {
            entry.held_back.insert(uuid, rule);
        } else {
            entry.repeat_keys.insert(uuid, key);
        }
    }
    let ids = entry.held_back.keys().map(String::as_str).collect();
    answer.without(&ids).map_err(|_| Problem::internal())
}

/// When a card that was shown may be shown again.
fn again(shown: i64, after: Duration) -> Option<Timestamp> {
    let span = Span::new().try_months(after.months).ok()?.try_days(after.days).ok()?.try_milliseconds(after.millis).ok()?;
    let shown = Timestamp::from_millisecond(shown).ok()?.to_zoned_datetime(TimeZone::UTC);
    Some(shown.checked_add(span).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest(call: &Value) -> String {
        evidence(call, &["Condition/c1".to_owned()]).unwrap_or_default()
    }

    #[test]
    fn evidence_is_what_the_records_say_wherever_they_stand() {
        let bundle = |condition: Value| json!({"prefetch": {"a": {"resourceType": "Bundle", "entry": [{"resource": condition}]}}});
        let first = digest(&bundle(json!({"resourceType": "Condition", "id": "c1", "code": {"text": "x"}, "meta": {"versionId": "1"}})));
        let bare = json!({"prefetch": {"b": {"resourceType": "Condition", "id": "c1", "code": {"text": "x"}, "text": {"div": "y"}}}});
        assert_eq!(first, digest(&bare));
        assert_ne!(first, digest(&bundle(json!({"resourceType": "Condition", "id": "c1", "code": {"text": "z"}}))));
        assert_eq!(digest(&bundle(json!({"resourceType": "Condition", "id": "c2", "code": {"text": "x"}}))), "");
        assert_ne!(first, "");
    }

    #[test]
    fn time_is_counted_by_the_calendar() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let after = |text: &str| again(at("2026-01-31T08:00:00Z").as_millisecond(), text.parse().unwrap()).unwrap();
        assert_eq!(after("7 days"), at("2026-02-07T08:00:00Z"));
        assert_eq!(after("1 month"), at("2026-02-28T08:00:00Z"));
        assert_eq!(after("12 hours"), at("2026-01-31T20:00:00Z"));
    }
}
