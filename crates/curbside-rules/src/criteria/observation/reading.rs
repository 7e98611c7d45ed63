//! Observations as readings: one a moment, with the parts of a panel that belong together.

use curbside_chart::datatype::Concept;
use curbside_chart::json::Json;
use curbside_chart::reference::{Target, parse};
use curbside_chart::resource::{Observation, Value};
use curbside_chart::time::When;
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_terminology::ValueSetId;

use super::ObservationTest;
use crate::evaluate::Cx;
use crate::facts::reliability;
use crate::shared::value_words;
use crate::truth::Truth;

/// One moment: an observation, or the parts of a panel that were taken together.
pub(super) struct Reading<'e> {
    pub(super) when: Option<When>,
    pub(super) records: Vec<RecordRef>,
    pub(super) doubtful: bool,
    pub(super) in_window: Truth,
    pub(super) value: Option<(Value<'e>, Option<String>)>,
    pub(super) parts: Vec<(usize, Value<'e>)>,
    /// Whether there is a value, its own or one of its parts.
    pub(super) has_value: bool,
    /// Whether it is said of all of it that it could not be had.
    is_absent: bool,
}

impl<'e> Reading<'e> {
    /// A part that was recorded with several values at this moment.
    pub(super) fn conflict(&self) -> Option<usize> {
        let differs = |(of, value): &&(usize, Value<'e>)| {
            self.parts.iter().any(|(other, second)| other == of && value_words(second) != value_words(value))
        };
        self.parts.iter().find(differs).map(|(of, _)| *of)
    }

    /// Whether it says for certain that nothing was measured.
    pub(super) fn says_nothing(&self) -> bool {
        self.is_absent && !self.doubtful
    }

    pub(super) fn join(&mut self, other: Self) {
        self.records.extend(other.records);
        self.doubtful |= other.doubtful;
        self.parts.extend(other.parts);
        self.has_value |= other.has_value;
        self.is_absent &= other.is_absent;
        if self.value.is_none() {
            self.value = other.value;
        }
    }
}

impl ObservationTest {
    /// The readings that lie in the window, or may, oldest first.
    pub(super) fn readings<'e>(&self, cx: Cx<'_, 'e>) -> Vec<Reading<'e>> {
        let index = cx.facts().coded(cx, RecordKind::Observation);
        let window = self.window.resolve(cx);
        let all_sets: Vec<ValueSetId> = self.sets.iter().chain(self.components.iter().flat_map(|(sets, ..)| sets)).copied().collect();
        let mut readings: Vec<Reading<'e>> = Vec::new();
        for at in index.records(cx, &all_sets) {
            let Some(held) = cx.chart().observations.get(at) else { continue };
            let data = &held.data;
            let Some(preliminary) = reliability(data.status.as_deref()) else { continue };
            if self.about_trial && !self.is_about_trial(cx, data) {
                continue;
            }
            let when = cx.when(data.effective());
            let in_window = window.holds(when);
            if in_window == Truth::False || when.is_some_and(|when| when.earliest > cx.as_of().moment()) {
                continue;
            }
            let mut parts = Vec::new();
            for (number, (sets, ..)) in self.components.iter().enumerate() {
                if sets.iter().any(|set| index.is_in(at, *set)) {
                    parts.push((number, data.value()));
                }
                for component in &data.component.read().unwrap_or_default() {
                    let codings = component.code.iter().flat_map(|code| &code.coding);
                    let mut is_part = false;
                    for coding in codings {
                        if let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) {
                            cx.vocabulary().value_sets_of(system, code, &mut |set| is_part |= sets.contains(&set));
                        }
                    }
                    if is_part {
                        parts.push((number, component.value()));
                    }
                }
            }
            let doubtful = held.doubt.is_some() || (preliminary && self.preliminary != Truth::True);
            let is_own = self.sets.iter().any(|set| index.is_in(at, *set));
            let code = data.code.as_ref().and_then(|code| code.codes().next()).map(str::to_owned);
            let reading = Reading {
                when,
                records: vec![RecordRef::new(RecordKind::Observation, at)],
                doubtful,
                in_window,
                has_value: !self.asks_presence() || has_value(cx, at, data),
                is_absent: is_absent(data),
                value: is_own.then(|| (data.value(), code)),
                parts,
            };
            // Parts that were taken at one moment belong together.
            match readings.iter_mut().find(|known| !self.components.is_empty() && known.when == when && when.is_some()) {
                Some(known) => known.join(reading),
                None => readings.push(reading),
            }
        }
        readings.sort_by(|a, b| (a.when, &a.records).cmp(&(b.when, &b.records)));
        readings
    }

    fn is_about_trial(&self, cx: Cx<'_, '_>, data: &Observation<'_>) -> bool {
        let Some(trial) = cx.trial() else { return false };
        data.focus.read().unwrap_or_default().iter().filter_map(|focus| focus.reference.as_deref()).any(|reference| {
            cx.chart().resolve(reference).is_some_and(|record| trial.records.contains(&record))
                || matches!(parse(reference), Target::Typed { kind, id, .. } if trial.records.iter().any(|record| cx.name(*record) == format!("{kind}/{id}")))
        })
    }
}

/// Whether an observation says of itself, or of each of its parts, why there is no value. One that only has none, or one of a
/// type that no rule can test, does not.
fn is_absent(data: &Observation<'_>) -> bool {
    let is_said = |reason: Option<&Concept<'_>>| reason.is_some_and(|reason| !reason.is_empty());
    let own = data.data_absent_reason.read();
    let Ok(parts) = data.component.read() else { return false };
    let of_parts = parts.iter().all(|part| is_said(part.data_absent_reason.as_ref()));
    matches!(data.value(), Value::Absent) && of_parts && (!parts.is_empty() || own.is_ok_and(|own| is_said(own.as_ref())))
}

/// Whether an observation says anything: a value, a part with one, or others that it is made of.
fn has_value(cx: Cx<'_, '_>, at: usize, data: &Observation<'_>) -> bool {
    let json = || cx.chart().raw(RecordRef::new(RecordKind::Observation, at)).and_then(Json::read);
    !matches!(data.value(), Value::Absent | Value::Unreadable) || json().is_some_and(|json| says_something(&json))
}

/// The same of what it is made of: values of types that no rule can test (dates, ranges) are values too.
fn says_something(json: &Json<'_>) -> bool {
    let there = |name: &str| {
        let mut found = Vec::new();
        json.at(&[name], &mut found);
        found
    };
    let Json::Object(members) = json else { return false };
    let has_own = members.iter().any(|(name, value)| name.starts_with("value") && *value != Json::Null);
    (has_own && there("dataAbsentReason").is_empty())
        || !there("hasMember").is_empty()
        || there("component").into_iter().any(|part| match part {
            Json::List(parts) => parts.iter().any(says_something),
            part => says_something(part),
        })
}
