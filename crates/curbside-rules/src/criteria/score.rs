//! `score`: totals of instruments.

use std::cmp::Ordering;

use curbside_chart::Kind as RecordKind;
use curbside_source::{Diagnostic, Spanned, did_you_mean};
use curbside_terminology::units::Amount;
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::SmolStr;

use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Aspect, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::facts::{Score as Total, shown};
use crate::model::{Name, OneOrMany, Time};
use crate::shared::{DatedModel, Measure, Range, RangeModel, Window};
use crate::truth::Truth;

/// The total of an instrument.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Score", transform = crate::schema::instruments_or_instrument)]
pub struct Score {
    /// Instruments; the last total of any of them counts.
    #[serde(alias = "instrument")]
    pub instruments: OneOrMany<Name>,
    /// Which of several totals counts (default: latest).
    pub pick: Option<super::observation::Pick>,
    /// No older than this.
    pub within: Option<Time>,
    /// In this window.
    pub dated: Option<DatedModel>,
    /// What the total must be; without it and `band`, that there is one is enough.
    pub value: Option<Spanned<RangeModel>>,
    /// The band the total must be in.
    pub band: Option<Name>,
    /// What it means that there is none (default: unknown).
    pub if_absent: Option<Truth>,
}

#[derive(Debug)]
struct ScoreTest {
    instruments: Vec<String>,
    pick: super::observation::Pick,
    window: Window,
    value: Option<Range>,
    band: Option<String>,
    if_absent: Truth,
    what: String,
}

impl Kind for Score {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let instruments = compiler.instruments(&self.instruments)?;
        reads(&instruments, compiler);
        if let Some(band) = &self.band {
            check_band(&instruments, band, compiler);
        }
        let titles: Vec<&str> =
            instruments.iter().filter_map(|name| compiler.vocabulary().instrument(name)).map(|i| i.title.as_str()).collect();
        let test = ScoreTest {
            what: titles.join(", "),
            pick: self.pick.unwrap_or_default(),
            window: Window::compile(self.within.as_ref(), self.dated.as_ref(), compiler)?,
            value: compiler.optional(self.value.as_ref(), |compiler, value| total(value, &instruments, compiler))?,
            band: self.band.as_ref().map(|band| band.value.clone()),
            if_absent: self.if_absent.or(compiler.if_absent().score).unwrap_or(Truth::Unknown),
            instruments,
        };
        Some(place.node(compiler, test))
    }
}

/// A range of totals; one in which no total of an instrument lies is an error.
fn total(value: &Spanned<RangeModel>, instruments: &[String], compiler: &mut Compiler<'_>) -> Option<Range> {
    let range = Range::compile(value, Measure::Points, compiler)?;
    let vocabulary = compiler.vocabulary();
    for instrument in instruments.iter().filter_map(|name| vocabulary.instrument(name)) {
        let (low, high) = (instrument.range.0.value, instrument.range.1.value);
        if !range.can_hold(low, high) {
            let message = format!("{} goes from {low} to {high}: no total is {}", instrument.title, range.words());
            compiler.error("impossible-range", value.span, message);
        }
    }
    Some(range)
}

/// Notes what has to be read for the totals of instruments.
pub(super) fn reads(instruments: &[String], compiler: &mut Compiler<'_>) {
    let vocabulary = compiler.vocabulary();
    for instrument in instruments.iter().filter_map(|name| vocabulary.instrument(name)) {
        compiler.reads_carrying(RecordKind::Observation, instrument.codes.iter().map(|code| code.value.code.as_str()));
        if instrument.questionnaire.is_some() {
            compiler.reads(RecordKind::QuestionnaireResponse);
        }
    }
}

/// What is asked about totals of instruments.
pub(super) fn asks_scores(instruments: &[String]) -> Vec<Aspect> {
    let scores = instruments.iter().map(|name| Aspect::Scores(name.clone()));
    scores.chain([RecordKind::Observation, RecordKind::QuestionnaireResponse].map(Aspect::Unsought)).collect()
}

/// Complains about a band that an instrument does not have.
pub(super) fn check_band(instruments: &[String], band: &Name, compiler: &mut Compiler<'_>) {
    let vocabulary = compiler.vocabulary();
    for instrument in instruments.iter().filter_map(|name| vocabulary.instrument(name)) {
        if instrument.band(&band.value).is_none() {
            let help = did_you_mean(&band.value, instrument.band_names());
            let message = format!("{} has no band `{}`", instrument.title, band.value);
            compiler.report(Diagnostic::error("unknown-band", band.span, message).maybe_help(help));
        }
    }
}

impl ScoreTest {
    /// The totals in the window, oldest first, each with its instrument and whether it is in it.
    fn totals(&self, cx: Cx<'_, '_>) -> Vec<(String, Total, Truth)> {
        let window = self.window.resolve(cx);
        let mut totals = Vec::new();
        for name in &self.instruments {
            for score in cx.facts().scores(cx, name) {
                let in_window = window.holds(Some(score.when));
                if in_window != Truth::False {
                    totals.push((name.clone(), score.clone(), in_window));
                }
            }
        }
        totals.sort_by_key(|(_, score, _)| (score.when.latest, score.when.earliest, score.record));
        totals
    }

    /// How far a total is from the nearest figure that is asked for, relative to it.
    fn share(&self, total: rust_decimal::Decimal) -> f64 {
        let bounds = self.value.iter().flat_map(Range::amounts).map(|bound| bound.value);
        let shares = bounds.map(|bound| (total - bound).abs() / bound.abs().max(rust_decimal::Decimal::ONE));
        shares.min().and_then(|share| share.to_string().parse().ok()).map_or(0.5, |share: f64| share.min(1.0))
    }

    fn judge(&self, cx: Cx<'_, '_>, name: &str, score: &Total, in_window: Truth) -> Truth {
        let compare = |bound: &Amount| bound.unit.is_number().then(|| score.total.cmp(&bound.value));
        let mut truth = self.value.as_ref().map_or(Truth::True, |range| range.test(&compare));
        if let Some(band) = &self.band {
            let range = cx.vocabulary().instrument(name).and_then(|instrument| instrument.band(band));
            truth = truth.and(Truth::from(range.map(|(low, high)| (low..=high).contains(&score.total))));
        }
        if score.doubtful { Truth::Unknown } else { truth.and(in_window) }
    }
}

impl Test for ScoreTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        use super::observation::Pick;
        let totals = self.totals(cx);
        let window = self.window.words();
        if totals.is_empty() {
            let says = cx.says(format_args!("no total of {} on record{}{window}", self.what, if window.is_empty() { "" } else { " " }));
            // Totals are recorded, or summed from questionnaires.
            let may_be_answered =
                |name: &String| cx.vocabulary().instrument(name).is_some_and(|instrument| instrument.questionnaire.is_some());
            let source = if self.instruments.iter().any(may_be_answered) { "QuestionnaireResponse" } else { "Observation" };
            return match cx.absence(source, cx.absence("Observation", self.if_absent)) {
                Truth::Unknown => Verdict::unknown(says, format!("a total of {}", self.what), "Observation"),
                truth => Verdict::new(truth, says).distance(cx, 1.0, || format!("a total of {}", self.what)),
            };
        }
        let sure = || totals.iter().filter(|(.., in_window)| *in_window == Truth::True);
        let picked: Vec<&(String, Total, Truth)> = match self.pick {
            Pick::Any | Pick::Every => totals.iter().collect(),
            // Several may be the latest, where dates are imprecise or two scales are of one day.
            Pick::Latest => {
                let last = sure().map(|(_, score, _)| score.when.earliest).max();
                totals.iter().filter(|(_, score, _)| last.is_none_or(|last| score.when.latest >= last)).collect()
            }
            Pick::Earliest => {
                let first = sure().map(|(_, score, _)| score.when.latest).min();
                totals.iter().filter(|(_, score, _)| first.is_none_or(|first| score.when.earliest <= first)).collect()
            }
            Pick::Highest => extremes(&totals, Ordering::Greater),
            Pick::Lowest => extremes(&totals, Ordering::Less),
        };
        let judged: Vec<Truth> = picked.iter().map(|(name, score, in_window)| self.judge(cx, name, score, *in_window)).collect();
        let truth = match self.pick {
            Pick::Every => judged.iter().copied().fold(Truth::True, Truth::and),
            Pick::Any => judged.iter().copied().fold(Truth::False, Truth::or),
            Pick::Latest | Pick::Earliest | Pick::Highest | Pick::Lowest => Truth::agreed(judged.iter().copied()),
        };
        let of_truth = picked.iter().zip(&judged).rev().find(|(_, own)| **own == truth).map(|(total, _)| *total);
        let deciding = of_truth.or(picked.last().copied());
        let Some((name, score, _)) = deciding else { return Verdict::new(truth, "") };
        let title = cx.vocabulary().instrument(name).map_or("", |instrument| instrument.title.as_str());
        let asked = self.value.as_ref().map(Range::words).into_iter().chain(self.band.clone()).collect::<Vec<_>>().join(" and ");
        let mut verdict = Verdict::new(truth, cx.says(format_args!("{title} {}", score.words()))).from(score.record);
        verdict.notes.extend(score.note(title).map(SmolStr::from));
        match truth {
            Truth::Unknown => verdict.missing(format!("a final total of {title}"), "Observation"),
            Truth::False => verdict.distance(cx, self.share(score.total), || format!("{title} {asked}")).nearest([score.record]),
            Truth::True => verdict,
        }
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::Of(asks_scores(&self.instruments))
    }

    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![
            ("truth", Shape::Truth),
            ("because", Shape::Text(120)),
            ("total", Shape::Number(8)),
            ("instrument", Shape::Text(60)),
            ("date", Shape::Date),
        ])
    }

    fn fact(&self, cx: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        let totals = self.totals(cx);
        let last = totals.last();
        let title = last.and_then(|(name, ..)| cx.vocabulary().instrument(name)).map(|instrument| instrument.title.clone());
        Fact::Record(vec![
            ("truth", Fact::Truth(verdict.truth)),
            ("because", Fact::Text(verdict.says.to_string())),
            ("total", Fact::number(last.and_then(|(_, score, _)| score.read()).map(shown))),
            ("instrument", Fact::text(title)),
            ("date", Fact::date(last.map(|(_, score, _)| score.when))),
        ])
    }
}

/// The totals that may be the highest (or lowest) of their instrument: all but those that another one,
/// which certainly counts, goes beyond.
fn extremes(totals: &[(String, Total, Truth)], beyond: Ordering) -> Vec<&(String, Total, Truth)> {
    let goes_beyond = |(name, other, in_window): &(String, Total, Truth), (own, score, _): &(String, Total, Truth)| {
        name == own && !other.doubtful && *in_window == Truth::True && other.total.cmp(&score.total) == beyond
    };
    totals.iter().filter(|total| !totals.iter().any(|other| goes_beyond(other, total))).collect()
}
