//! Totals of instruments: from observations, and summed from questionnaires.

use std::fmt;

use curbside_chart::json::Number;
use curbside_chart::resource::{Answer, Observation, ResponseItem, Value};
use curbside_chart::time::{Day, When};
use curbside_chart::{Doubt, Held, Kind, RecordRef};
use curbside_terminology::{Instrument, Questionnaire};
use rust_decimal::Decimal;

use super::dose::shown;
use crate::evaluate::Cx;

/// A total of an instrument.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The record it stands in.
    pub record: RecordRef,
    /// When it was taken.
    pub when: When,
    /// The total.
    pub total: Decimal,
    /// It is not final, or the record is doubtful: on its own it decides nothing.
    pub doubtful: bool,
    /// Another total was recorded at the same moment, and this one is the worse.
    pub contested: bool,
    /// There is a total, and the record cannot be read: this is one that it may be.
    pub unreadable: bool,
}

impl Score {
    /// The total and when it was taken, in words.
    pub fn words(&self) -> impl fmt::Display {
        let (total, when) = (self.read(), self.when);
        fmt::from_fn(move |words| {
            match total {
                Some(total) => write!(words, "{}", shown(total))?,
                None => words.write_str("total that could not be read")?,
            }
            if when.first_day() == Day::MIN { words.write_str(" undated") } else { write!(words, " on {when}") }
        })
    }

    /// The total, where it could be read.
    #[must_use]
    pub fn read(&self) -> Option<Decimal> {
        (!self.unreadable).then_some(self.total)
    }

    /// What a reader should know about it.
    #[must_use]
    pub fn note(&self, title: &str) -> Option<String> {
        if self.unreadable {
            return Some(format!("a total of {title} on {} could not be read", self.when));
        }
        self.contested.then(|| format!("several totals of {title} on {}: the higher one counts", self.when))
    }
}

/// The totals of each instrument that has any.
#[derive(Debug, Default)]
pub(super) struct AllScores {
    by_instrument: Vec<(String, Vec<Score>)>,
    /// What was recorded as a total and is none, and why.
    pub(super) left_out: Vec<String>,
}

impl AllScores {
    pub(super) fn of(cx: Cx<'_, '_>) -> Self {
        let mut all = Self::default();
        if cx.chart().observations.is_empty() && cx.chart().responses.is_empty() {
            return all;
        }
        for instrument in cx.vocabulary().instruments() {
            let scores = scores_of(cx, instrument, &mut all.left_out);
            if !scores.is_empty() {
                all.by_instrument.push((instrument.instrument.value.clone(), scores));
            }
        }
        all
    }

    pub(super) fn of_instrument(&self, instrument: &str) -> &[Score] {
        let mut all = self.by_instrument.iter();
        all.find(|(name, _)| name == instrument).map(|(_, scores)| scores.as_slice()).unwrap_or_default()
    }
}

/// The totals of an instrument that can be ones, oldest first. Two at one moment with different
/// totals: the higher one, for it is the worse one.
fn scores_of(cx: Cx<'_, '_>, instrument: &Instrument, left_out: &mut Vec<String>) -> Vec<Score> {
    let mut scores = observed(cx, instrument, left_out);
    if let Some(questionnaire) = &instrument.questionnaire {
        scores.extend(answered(cx, instrument, questionnaire));
    }
    scores.retain(|score| score.when.earliest <= cx.as_of().moment());
    scores.sort_by_key(|a| (a.when, a.total, a.record));
    let unreadable: Vec<Score> = scores.extract_if(.., |score| score.unreadable).collect();
    let mut kept: Vec<Score> = Vec::new();
    for score in scores {
        match kept.last_mut() {
            Some(last) if last.when == score.when && !score.doubtful => {
                let contested = last.contested || (last.total != score.total && !last.doubtful);
                *last = Score { contested, ..score };
            }
            Some(last) if last.when == score.when => {}
            _ => kept.push(score),
        }
    }
    if !unreadable.is_empty() {
        with_unreadable(&mut kept, &unreadable, instrument);
    }
    kept
}

/// Adds totals that could not be read: the highest and the lowest that each may be, and the highest again behind all of its
/// moment. Whoever takes the first or the last one, or asks for the least or a floor, is left without a certain answer.
fn with_unreadable(scores: &mut Vec<Score>, unreadable: &[Score], instrument: &Instrument) {
    let (lowest, highest) = (instrument.range.0.value, instrument.range.1.value);
    let mut placed: Vec<(u8, Score)> = scores.drain(..).map(|score| (1, score)).collect();
    for score in unreadable {
        placed.extend([(0, highest), (0, lowest), (2, highest)].map(|(place, total)| (place, Score { total, ..score.clone() })));
    }
    placed.sort_by_key(|(place, score)| (score.when, *place));
    scores.extend(placed.into_iter().map(|(_, score)| score));
}

fn observed(cx: Cx<'_, '_>, instrument: &Instrument, left_out: &mut Vec<String>) -> Vec<Score> {
    let is_total = |system: &str, code: &str| instrument.codes.iter().any(|known| known.code == code && known.system == system);
    let mut scores = Vec::new();
    cx.look_at(cx.chart().observations.len() + cx.chart().responses.len());
    for (at, held) in cx.chart().observations.iter().enumerate() {
        // What does not say what it is may be a total of anything.
        let may_be_any = held.doubt.as_ref().is_some_and(|doubt| doubt.covers("code"));
        let codings = held.data.code.iter().flat_map(|code| &code.coding);
        let mut pairs = codings.filter_map(|coding| Some((coding.system.as_deref()?, coding.code.as_deref()?)));
        if !may_be_any && !pairs.any(|(system, code)| is_total(system, code)) {
            continue;
        }
        let Some(doubtful) = reliability(held.data.status.as_deref()) else { continue };
        let when = cx.when(held.data.effective());
        let value = held.data.value();
        let number = match &value {
            // `<5` is a bound, not a total.
            Value::Quantity(quantity) if quantity.comparator.is_none() => quantity.value,
            Value::Integer(number) => Some(*number),
            _ => None,
        };
        let total = match &value {
            Value::Concept(answer) => answer.codes().find_map(|code| only_answer(instrument)?.answers.get(code)).map(|amount| amount.value),
            _ => number.and_then(Number::decimal),
        };
        // Words, and codes of no answer, say something that is not known here.
        let is_other = matches!(value, Value::Concept(_) | Value::Text(_) | Value::Bool(_));
        let unreadable = total.is_none() && (number.is_some() || is_other || is_unreadable(held));
        if unreadable || total.is_some_and(|total| instrument.allows(total)) {
            scores.push(Score {
                record: RecordRef::new(Kind::Observation, at),
                when: when.unwrap_or_else(|| undated(cx)),
                total: total.unwrap_or_default(),
                doubtful: unreadable || doubtful || held.doubt.is_some() || when.is_none(),
                contested: false,
                unreadable,
            });
        } else {
            let (low, high) = (instrument.range.0.value, instrument.range.1.value);
            let why = match total {
                Some(total) => format!("{total} is not from {low} to {high}"),
                None if matches!(value, Value::Quantity(_)) => "a bound is no total".to_owned(),
                None => "it has no value".to_owned(),
            };
            left_out.push(format!("{} is ignored as a total of {}: {why}", held.name, instrument.title));
        }
    }
    scores
}

/// The questionnaire of an instrument that is one answer long: only of such a one an answer is the total.
fn only_answer(instrument: &Instrument) -> Option<&Questionnaire> {
    let questionnaire = instrument.questionnaire.as_ref()?;
    let most = questionnaire.answers.values().map(|amount| amount.value).max();
    (most == Some(instrument.range.1.value)).then_some(questionnaire)
}

/// Whether an observation has a value that cannot be read.
fn is_unreadable(held: &Held<'_, Observation<'_>>) -> bool {
    const VALUES: [&str; 4] = ["valueQuantity", "valueInteger", "valueCodeableConcept", "dataAbsentReason"];
    let is_unread = |doubt: &Doubt| VALUES.iter().any(|value| doubt.covers(value));
    matches!(held.data.value(), Value::Unreadable) || held.doubt.as_ref().is_some_and(is_unread)
}

/// When something was that has no date: at any time up to now.
fn undated(cx: Cx<'_, '_>) -> When {
    When { latest: cx.as_of().moment(), ..When::on(Day::MIN) }
}

/// Whether an observation of this status decides nothing on its own; `None`: it does not count.
#[must_use]
pub(crate) fn reliability(status: Option<&str>) -> Option<bool> {
    match status {
        Some("final" | "amended" | "corrected" | "appended") => Some(false),
        None | Some("preliminary") => Some(true),
        _ => None,
    }
}

fn answered(cx: Cx<'_, '_>, instrument: &Instrument, questionnaire: &Questionnaire) -> Vec<Score> {
    let mut scores = Vec::new();
    for (at, held) in cx.chart().responses.iter().enumerate() {
        let is_status_unread = held.doubt.as_ref().is_some_and(|doubt| doubt.covers("status"));
        if !is_status_unread && !matches!(held.data.status.as_deref(), Some("completed" | "amended")) {
            continue;
        }
        let when = cx.when(held.data.authored.as_deref());
        let score = |total: Option<Decimal>| Score {
            record: RecordRef::new(Kind::QuestionnaireResponse, at),
            when: when.unwrap_or_else(|| undated(cx)),
            total: total.unwrap_or_default(),
            doubtful: total.is_none() || held.doubt.is_some() || when.is_none(),
            contested: false,
            unreadable: total.is_none(),
        };
        let is_unread = held.doubt.as_ref().is_some_and(|doubt| doubt.covers("item"));
        let Some(items) = held.data.item.read().ok().filter(|_| !is_unread) else {
            let mut asked = questionnaire.total.iter().chain(&questionnaire.items);
            scores.extend((is_unread || asked.any(|link| held.data.item.may_mention(link))).then(|| score(None)));
            continue;
        };
        let answer = |link: &str| find(&items, link).and_then(|answer| value_of(answer, questionnaire));
        let total = questionnaire.total.as_deref().and_then(answer).or_else(|| {
            let parts: Option<Vec<Decimal>> = questionnaire.items.iter().map(|link| answer(link)).collect();
            parts.filter(|parts| !parts.is_empty()).map(|parts| parts.into_iter().sum())
        });
        scores.extend(total.filter(|total| instrument.allows(*total)).map(|total| score(Some(total))));
    }
    scores
}

/// The answer to a question, wherever it stands.
fn find<'i, 'a>(items: &'i [ResponseItem<'a>], link: &str) -> Option<&'i Answer<'a>> {
    items.iter().find_map(|item| {
        if item.link_id.as_deref() == Some(link) {
            return item.answer.first();
        }
        find(&item.item, link).or_else(|| item.answer.iter().find_map(|answer| find(&answer.item, link)))
    })
}

fn value_of(answer: &Answer<'_>, questionnaire: &Questionnaire) -> Option<Decimal> {
    let number = answer.value_integer.or(answer.value_decimal).or(answer.value_quantity.as_ref().and_then(|quantity| quantity.value));
    number.and_then(Number::decimal).or_else(|| {
        let code = answer.value_coding.as_ref()?.code.as_deref()?;
        questionnaire.answers.get(code).map(|amount| amount.value)
    })
}
