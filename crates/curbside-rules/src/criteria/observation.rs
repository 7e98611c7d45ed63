//! `observation`: measurements and findings, alone or as parts of a panel.

use curbside_chart::reference::{Target, parse};
use curbside_chart::resource::Value;
use curbside_chart::time::{Moment, When};
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::Spanned;
use curbside_terminology::{SetId, ValueSetId};
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::facts::reliability;
use crate::model::{Names, Quantity, Time};
use crate::shared::{DatedModel, ValueModel, ValueTest, Window, value_words};
use crate::truth::Truth;

/// A measurement or finding.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Observation")]
pub struct Observation {
    /// Value sets its code is in.
    pub r#in: Names,
    /// Which of several counts (default: latest).
    pub pick: Option<Pick>,
    /// What several at one moment mean: `worst`, the one that makes it true; else they must agree.
    pub ties: Option<Ties>,
    /// What a preliminary one can say (default: unknown).
    pub preliminary: Option<Truth>,
    /// No older than this.
    pub within: Option<Time>,
    /// In this window.
    pub dated: Option<DatedModel>,
    /// What its value must be; without it, that there is one is enough.
    pub value: Option<Spanned<ValueModel>>,
    /// True where one of these parts fits: components of a panel, or observations of their own at
    /// the same moment.
    pub any_component: Option<Vec<ComponentTest>>,
    /// True where all of these parts fit.
    pub all_components: Option<Vec<ComponentTest>>,
    /// What it means that a part is missing (default: unknown).
    pub partial: Option<Truth>,
    /// How it has changed.
    pub change: Option<Spanned<ChangeModel>>,
    /// What it is about: `trial`, a record of the trial in question.
    pub about: Option<About>,
    /// What it means that there is none (default: unknown).
    pub if_absent: Option<Truth>,
}

/// Which of several observations counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Pick")]
pub enum Pick {
    /// The last one.
    #[default]
    Latest,
    /// The first one.
    Earliest,
    /// Any of them.
    Any,
    /// Each of them.
    Every,
}

/// What several observations at one moment mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Ties")]
pub enum Ties {
    /// The one that makes it true counts.
    Worst,
}

/// A part of a panel.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ComponentTest")]
pub struct ComponentTest {
    /// Value sets its code is in.
    pub r#in: Names,
    /// Greater than this.
    pub above: Option<Quantity>,
    /// Less than this.
    #[serde(alias = "less_than")]
    pub below: Option<Quantity>,
    /// This or greater.
    pub at_least: Option<Quantity>,
    /// This or less.
    pub at_most: Option<Quantity>,
}

/// How an observation has changed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Change")]
pub struct ChangeModel {
    /// From which one (default: the one before).
    pub from: Option<ChangeFrom>,
    /// By how much it rose; `%` of the earlier value, or in its unit.
    pub rise_at_least: Option<Quantity>,
    /// By how much it fell; `%` of the earlier value, or in its unit.
    pub fall_at_least: Option<Quantity>,
}

/// From which observation a change is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ChangeFrom")]
pub enum ChangeFrom {
    /// The one before.
    #[default]
    Previous,
    /// The first one in the window.
    Earliest,
}

/// What an observation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "About")]
pub enum About {
    /// A record of the trial in question.
    Trial,
}

#[derive(Debug)]
struct ObservationTest {
    sets: Vec<ValueSetId>,
    pick: Pick,
    worst: bool,
    preliminary: Truth,
    window: Window,
    value: Option<ValueTest>,
    components: Vec<(Vec<ValueSetId>, ValueTest, String)>,
    any_component: bool,
    partial: Truth,
    change: Option<super::score_change::Shift>,
    from: ChangeFrom,
    about_trial: bool,
    if_absent: Truth,
    what: String,
}

/// One moment: an observation, or the parts of a panel that were taken together.
struct Reading<'e> {
    when: Option<When>,
    records: Vec<RecordRef>,
    doubtful: bool,
    in_window: Truth,
    value: Option<(Value<'e>, Option<String>)>,
    parts: Vec<(usize, Value<'e>)>,
}

impl Kind for Observation {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let sets = compiler.value_sets(Some(&self.r#in))?;
        compiler.reads_coded(RecordKind::Observation, &sets);
        let tests = self.any_component.as_ref().or(self.all_components.as_ref());
        if self.any_component.is_some() && self.all_components.is_some() {
            compiler.error("several-keys", place.span, "give `any_component` or `all_components`, not both");
        }
        let mut components = Vec::new();
        for test in tests.into_iter().flatten() {
            let sets = compiler.value_sets(Some(&test.r#in))?;
            compiler.reads_coded(RecordKind::Observation, &sets);
            let ComponentTest { above, below, at_least, at_most, .. } = test.clone();
            let model = ValueModel { above, below, at_least, at_most, r#in: None, is: None };
            let value = ValueTest::compile(&Spanned { value: model, span: place.span }, compiler)?;
            let title = sets.first().map(|set| compiler.vocabulary().title(SetId::Values(*set)).to_lowercase()).unwrap_or_default();
            components.push((sets, value, title));
        }
        if self.about.is_some() {
            compiler.scoped();
        }
        let change = match &self.change {
            Some(change) => Some(super::score_change::Shift::compile(
                change.span,
                change.rise_at_least.as_ref(),
                change.fall_at_least.as_ref(),
                compiler,
            )?),
            None => None,
        };
        let titles: Vec<String> = sets.iter().map(|set| compiler.vocabulary().title(SetId::Values(*set)).to_lowercase()).collect();
        let test = ObservationTest {
            pick: self.pick.unwrap_or_default(),
            worst: self.ties == Some(Ties::Worst),
            preliminary: self.preliminary.unwrap_or(Truth::Unknown),
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            value: compiler.optional(self.value.as_ref(), |compiler, value| ValueTest::compile(value, compiler))?,
            any_component: self.any_component.is_some(),
            components,
            partial: self.partial.unwrap_or(Truth::Unknown),
            from: self.change.as_ref().and_then(|change| change.from).unwrap_or_default(),
            change,
            about_trial: self.about.is_some(),
            if_absent: self.if_absent.or(compiler.if_absent().observation).unwrap_or(Truth::Unknown),
            what: titles.join(" or "),
            sets,
        };
        Some(place.node(compiler, test))
    }
}

impl ObservationTest {
    /// The readings that lie in the window, or may, oldest first.
    fn readings<'e>(&self, cx: Cx<'_, 'e>) -> Vec<Reading<'e>> {
        let index = cx.facts().coded(cx, RecordKind::Observation);
        let window = self.window.resolve(cx);
        let all_sets: Vec<ValueSetId> = self.sets.iter().chain(self.components.iter().flat_map(|(sets, ..)| sets)).copied().collect();
        let mut readings: Vec<Reading<'e>> = Vec::new();
        for at in index.records(&all_sets) {
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

    fn is_about_trial(&self, cx: Cx<'_, '_>, data: &curbside_chart::resource::Observation<'_>) -> bool {
        let Some(trial) = cx.trial() else { return false };
        data.focus.read().unwrap_or_default().iter().filter_map(|focus| focus.reference.as_deref()).any(|reference| {
            cx.chart().resolve(reference).is_some_and(|record| trial.records.contains(&record))
                || matches!(parse(reference), Target::Typed { kind, id, .. } if trial.records.iter().any(|record| cx.name(*record) == format!("{kind}/{id}")))
        })
    }

    /// What a reading makes the criterion.
    fn judge(&self, cx: Cx<'_, '_>, reading: &Reading<'_>) -> Truth {
        let mut truth = Truth::True;
        if let Some(test) = &self.value {
            let value = reading.value.as_ref();
            truth = truth.and(value.map_or(Truth::Unknown, |(value, code)| test.test(cx.vocabulary(), value, code.as_deref())));
        }
        if !self.components.is_empty() {
            let parts = self.components.iter().enumerate().map(|(number, (_, test, _))| {
                let own = reading.parts.iter().filter(|(of, _)| *of == number).map(|(_, value)| test.test(cx.vocabulary(), value, None));
                let tied: Vec<Truth> = own.collect();
                match tied.as_slice() {
                    [] => self.partial,
                    _ if self.worst => tied.iter().copied().fold(Truth::False, Truth::or),
                    _ => Truth::agreed(tied),
                }
            });
            truth = truth.and(if self.any_component { parts.fold(Truth::False, Truth::or) } else { parts.fold(Truth::True, Truth::and) });
        }
        if reading.doubtful {
            return Truth::Unknown;
        }
        match reading.in_window {
            Truth::True => truth,
            in_window => truth.and(in_window),
        }
    }

    fn describe(&self, reading: &Reading<'_>) -> String {
        let parts = reading.parts.iter().map(|(number, value)| {
            let title = self.components.get(*number).map_or("", |(_, _, title)| title);
            format!("{title} {}", value_words(value))
        });
        let value =
            reading.value.as_ref().filter(|_| reading.parts.is_empty()).map(|(value, _)| format!("{} {}", self.what, value_words(value)));
        let words: Vec<String> = value.into_iter().chain(parts).collect();
        let when = reading.when.map_or_else(|| "undated".to_owned(), |when| format!("on {when}"));
        format!("{} {when}", words.join(", "))
    }

    /// The readings that count: those that may be the one that is picked.
    fn picked<'r, 'e>(&self, readings: &'r [Reading<'e>]) -> Vec<&'r Reading<'e>> {
        let span = |reading: &Reading<'_>| {
            reading.when.unwrap_or(When { earliest: Moment::from_millis(i64::MIN), latest: Moment::from_millis(i64::MAX) })
        };
        match self.pick {
            Pick::Any | Pick::Every => readings.iter().collect(),
            Pick::Latest => {
                let last = readings.iter().map(|reading| span(reading).earliest).max();
                readings.iter().filter(|reading| last.is_some_and(|last| span(reading).latest >= last)).collect()
            }
            Pick::Earliest => {
                let first = readings.iter().map(|reading| span(reading).latest).min();
                readings.iter().filter(|reading| first.is_some_and(|first| span(reading).earliest <= first)).collect()
            }
        }
    }

    fn wanted(&self) -> String {
        let value = self.value.as_ref().map(ValueTest::words);
        let parts = self.components.iter().map(|(_, test, title)| format!("{title} {}", test.words()));
        value.into_iter().chain(parts).collect::<Vec<_>>().join(if self.any_component { " or " } else { " and " })
    }

    fn change(&self, cx: Cx<'_, '_>, shift: &super::score_change::Shift, readings: &[Reading<'_>]) -> Verdict {
        let value = |reading: &Reading<'_>| match reading.value.as_ref() {
            Some((Value::Quantity(quantity), _)) => quantity.value.and_then(curbside_chart::json::Number::decimal),
            Some((Value::Integer(number), _)) => number.decimal(),
            _ => None,
        };
        let usable: Vec<(&Reading<'_>, rust_decimal::Decimal)> =
            readings.iter().filter_map(|reading| Some((reading, value(reading)?))).collect();
        let before = match self.from {
            ChangeFrom::Previous => usable.len().checked_sub(2).and_then(|at| usable.get(at)),
            ChangeFrom::Earliest => usable.first().filter(|_| usable.len() > 1),
        };
        let (Some((first, from)), Some((last, to))) = (before, usable.last()) else {
            return Verdict::unknown(
                format!("{}: fewer than two values", self.what),
                format!("two values of {}", self.what),
                "Observation",
            );
        };
        let truth = shift.test(*from, *to).doubted(first.doubtful || last.doubtful || first.in_window != Truth::True);
        let says = format!("{}, then {}", self.describe(first), self.describe(last));
        let _ = cx;
        Verdict::new(truth, says).from_all(first.records.iter().chain(&last.records).copied())
    }
}

impl<'e> Reading<'e> {
    /// A part that was recorded with several values at this moment.
    fn conflict(&self) -> Option<usize> {
        let differs = |(of, value): &&(usize, Value<'e>)| {
            self.parts.iter().any(|(other, second)| other == of && value_words(second) != value_words(value))
        };
        self.parts.iter().find(differs).map(|(of, _)| *of)
    }

    fn join(&mut self, other: Self) {
        self.records.extend(other.records);
        self.doubtful |= other.doubtful;
        self.parts.extend(other.parts);
        if self.value.is_none() {
            self.value = other.value;
        }
    }
}

impl Test for ObservationTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let readings = self.readings(cx);
        if let Some(shift) = &self.change {
            return self.change(cx, shift, &readings);
        }
        let picked = self.picked(&readings);
        if picked.is_empty() {
            let truth = cx.absence("Observation", self.if_absent);
            let window = self.window.words();
            let says = format!("no {} on record{}{window}", self.what, if window.is_empty() { "" } else { " " });
            return match truth {
                Truth::Unknown => Verdict::unknown(says, format!("{} {window}", self.what).trim_end().to_owned(), "Observation"),
                truth => Verdict::new(truth, says).distance(1.0, format!("{} {}", self.what, self.wanted())),
            };
        }
        let judged: Vec<(&Reading<'_>, Truth)> = picked.iter().map(|reading| (*reading, self.judge(cx, reading))).collect();
        let truths = || judged.iter().map(|(_, truth)| *truth);
        let truth = match self.pick {
            Pick::Any => truths().fold(Truth::False, Truth::or),
            Pick::Every => truths().fold(Truth::True, Truth::and),
            // Several may be the latest: the worst counts, or they must agree.
            Pick::Latest | Pick::Earliest if self.worst => truths().fold(Truth::False, Truth::or),
            Pick::Latest | Pick::Earliest => Truth::agreed(truths()),
        };
        let deciding = judged.iter().rev().find(|(_, own)| *own == truth).or(judged.last());
        let Some((reading, _)) = deciding else { return Verdict::new(truth, "") };
        let mut verdict = Verdict::new(truth, self.describe(reading)).from_all(reading.records.iter().copied());
        if judged.len() > 1 && self.pick != Pick::Any {
            verdict.notes.push(format!(
                "several values of {} may be the {}",
                self.what,
                if self.pick == Pick::Latest { "latest" } else { "one asked for" }
            ));
        }
        if let Some((_, _, title)) = reading.conflict().and_then(|part| self.components.get(part)) {
            let counts = if self.worst { "the worst counts" } else { "they must agree" };
            verdict.notes.push(format!("several values of {title} at the same time: {counts}"));
        }
        match truth {
            Truth::Unknown => verdict.missing(format!("a usable value of {}", self.what), "Observation"),
            Truth::False => verdict.distance(0.5, format!("{} {}", self.what, self.wanted())).nearest(reading.records.iter().copied()),
            Truth::True => verdict,
        }
    }

    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![("truth", Shape::Truth), ("because", Shape::Text(160)), ("value", Shape::Text(40)), ("date", Shape::Date)])
    }

    fn fact(&self, cx: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        let readings = self.readings(cx);
        let reading = self.picked(&readings).last().copied();
        let value = reading.and_then(|reading| reading.value.as_ref()).map(|(value, _)| value_words(value));
        Fact::Record(vec![
            ("truth", Fact::Truth(verdict.truth)),
            ("because", Fact::Text(verdict.says.clone())),
            ("value", Fact::text(value)),
            ("date", Fact::date(reading.and_then(|reading| reading.when))),
        ])
    }
}
