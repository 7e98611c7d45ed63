//! `trial`: facts of the trial in question, in the tables that decide what came of it.

use curbside_chart::datatype::Concept;
use curbside_chart::time::Day;
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::{SmolStr, format_smolstr};

use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Compiler, Node};
use crate::derive::Trial;
use crate::evaluate::{Cx, Verdict};
use crate::facts::{Denial, Reasons, Segment, cover, longest_run, reasons_of};
use crate::model::Time;
use crate::shared::{CodeTest, CodeTestModel, Words, WordsModel};
use crate::truth::Truth;

/// Facts of the trial in question; where several are given, all must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "TrialTest")]
pub struct TrialTest {
    /// It goes on (or does not).
    pub ongoing: Option<bool>,
    /// Why it was stopped, as its records say it in codes.
    pub stop_reason: Option<Spanned<CodeTestModel>>,
    /// What it was given for.
    pub reason: Option<Spanned<CodeTestModel>>,
    /// Words in its reasons and remarks.
    pub text: Option<WordsModel>,
    /// Another drug of the set was begun around its end.
    pub next: Option<Next>,
    /// It ran beside another drug of the set at an adequate dose.
    pub overlap: Option<Overlap>,
    /// An adverse event that one of its records, or its drug, is suspected of.
    pub adverse_event: Option<bool>,
    /// A record says, for some of its days, that it was not taken.
    pub not_taken: Option<bool>,
}

/// Another drug of the set that was begun around the end.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Next")]
pub struct Next {
    /// Begun so shortly before or after.
    pub within: Time,
    /// What that one was given for.
    pub reason: Option<Spanned<CodeTestModel>>,
}

/// Another drug of the set beside it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Overlap")]
pub struct Overlap {
    /// For longer than this.
    pub longer_than: Time,
    /// And never alone for this long.
    pub alone_less_than: Time,
}

#[derive(Debug, Default)]
struct Asked {
    ongoing: Option<bool>,
    stop_reason: Option<CodeTest>,
    reason: Option<CodeTest>,
    text: Option<Words>,
    next: Option<(i64, Option<CodeTest>)>,
    overlap: Option<(i64, i64)>,
    adverse_event: Option<bool>,
    not_taken: Option<bool>,
}

impl Kind for TrialTest {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        compiler.scoped();
        if self.adverse_event.is_some() {
            compiler.reads(RecordKind::AdverseEvent);
        }
        let reason = |compiler: &mut Compiler<'_>, test: &Spanned<CodeTestModel>| CodeTest::of_reason(test, compiler);
        let days = |compiler: &mut Compiler<'_>, figure: &Time| compiler.duration(figure)?.whole_days();
        let asked = Asked {
            ongoing: self.ongoing,
            stop_reason: compiler.optional(self.stop_reason.as_ref(), |compiler, test| CodeTest::compile(test, compiler))?,
            reason: compiler.optional(self.reason.as_ref(), reason)?,
            text: compiler.optional(self.text.as_ref(), Compiler::words)?,
            next: match &self.next {
                Some(next) => Some((days(compiler, &next.within)?, compiler.optional(next.reason.as_ref(), reason)?)),
                None => None,
            },
            overlap: match &self.overlap {
                Some(overlap) => Some((days(compiler, &overlap.longer_than)?, days(compiler, &overlap.alone_less_than)?)),
                None => None,
            },
            adverse_event: self.adverse_event,
            not_taken: self.not_taken,
        };
        Some(place.node(compiler, asked))
    }
}

/// A question with its answer and what it rests on.
type Answer = (Truth, SmolStr, Vec<RecordRef>);

impl Asked {
    /// Each question with its answer.
    fn answers(&self, cx: Cx<'_, '_>, trial: &Trial) -> Vec<Answer> {
        let mut answers = Vec::new();
        let vocabulary = cx.vocabulary();
        if let Some(wanted) = self.ongoing {
            let truth = if wanted { trial.ongoing } else { trial.ongoing.negated() };
            let until = || format_smolstr!("taken until {}", trial.end);
            answers.push((truth, if trial.ongoing == Truth::True { "still taken".into() } else { until() }, Vec::new()));
        }
        let by_record = cx.reasons();
        if let Some(test) = &self.stop_reason {
            let truth = |(record, reasons): &(RecordRef, Reasons<'_>)| {
                // A record without a reason says nothing; it does not leave the question open.
                let given = reasons.status.iter().any(|reason| !reason.is_empty());
                let truth = if given { test.test(vocabulary, &reasons.status) } else { Truth::False };
                // Words without a code are asked for as words.
                let truth = if truth == Truth::Unknown { Truth::False } else { truth };
                truth.doubted(cx.is_doubtful(*record))
            };
            let words = |reasons: &Reasons<'_>| labels(&reasons.status).join(", ");
            answers.push(any_of(by_record, truth, words, "stopped because of", "no such reason for stopping"));
        }
        if let Some(test) = &self.reason {
            let all = || by_record.iter().flat_map(|(_, reasons)| &reasons.indication);
            let words = labels(all());
            let says =
                if words.is_empty() { "given for no recorded reason".into() } else { format_smolstr!("given for {}", words.join(", ")) };
            answers.push((test.test(vocabulary, all()), says, Vec::new()));
        }
        if let Some(words) = &self.text {
            let text = |reasons: &Reasons<'_>| reasons.words().find(|text| words.are_in(text)).map(str::to_owned);
            let truth = |(_, reasons): &(RecordRef, Reasons<'_>)| if text(reasons).is_some() { words.then } else { Truth::False };
            let said = |reasons: &Reasons<'_>| text(reasons).unwrap_or_default();
            answers.push(any_of(by_record, truth, said, "the record says", "no such words in the record"));
        }
        if let Some((within, reason)) = &self.next {
            answers.push(next(cx, trial, *within, reason.as_ref()));
        }
        if let Some((longer, alone)) = self.overlap {
            answers.push(overlap(cx, trial, longer, alone));
        }
        if let Some(wanted) = self.adverse_event {
            let found = adverse_event(cx, trial);
            let says = if found.is_some() { "an adverse event is recorded" } else { "no adverse event is recorded" };
            answers.push((Truth::from(found.is_some() == wanted), says.into(), found.into_iter().collect()));
        }
        if let Some(wanted) = self.not_taken {
            let found = not_taken(cx, trial);
            let says = if found.is_some() { "recorded as not taken" } else { "nowhere recorded as not taken" };
            answers.push((Truth::from(found.is_some() == wanted), says.into(), found.into_iter().collect()));
        }
        answers
    }
}

fn labels<'c, 'a: 'c>(concepts: impl IntoIterator<Item = &'c Concept<'a>>) -> Vec<&'c str> {
    concepts.into_iter().filter_map(Concept::label).collect()
}

/// Whether it is true of the reasons of any record, and the words of the first that decides it.
fn any_of<'r, 'e>(
    by_record: &'r [(RecordRef, Reasons<'e>)],
    truth: impl Fn(&(RecordRef, Reasons<'e>)) -> Truth,
    words: impl Fn(&Reasons<'e>) -> String,
    says: &str,
    otherwise: &'static str,
) -> Answer {
    let found: Vec<(Truth, &'r (RecordRef, Reasons<'e>))> = by_record.iter().map(|own| (truth(own), own)).collect();
    let all = found.iter().map(|(truth, _)| *truth).fold(Truth::False, Truth::or);
    if all == Truth::False {
        return (all, SmolStr::new_static(otherwise), Vec::new());
    }
    let deciding = || found.iter().filter(|(own, _)| *own == all).map(|(_, own)| *own);
    let words = deciding().next().map(|(_, reasons)| words(reasons)).unwrap_or_default();
    (all, format_smolstr!("{says} {words}"), deciding().map(|(record, _)| *record).collect())
}

/// Whether another drug of the set was begun around the end of the trial.
fn next(cx: Cx<'_, '_>, trial: &Trial, within: i64, reason: Option<&CodeTest>) -> Answer {
    let exposures = cx.facts().exposures(cx, trial.set);
    let (mut truth, mut says, mut records) = (Truth::False, SmolStr::new_static("no other drug was begun around its end"), Vec::new());
    for other in exposures.list.iter().filter(|other| other.ingredient.is_some() && other.ingredient != trial.ingredient) {
        let near = |end: Day, start: Day| start.since(end).abs() <= within;
        let ways = [near(trial.end.first_day(), other.start.first_day()), near(trial.end.last_day(), other.start.last_day())];
        let mut own = Truth::agreed(ways.map(Truth::from));
        if own == Truth::False {
            continue;
        }
        if let Some(test) = reason {
            let reasons = reasons_of(cx, other.record).indication;
            let given = test.test(cx.vocabulary(), &reasons);
            own = own.and(if given == Truth::Unknown { Truth::False } else { given });
        }
        if own > truth {
            truth = own;
            says = format_smolstr!("{} was begun {}", named(cx, trial, other.ingredient).unwrap_or(&other.label), other.start);
            records = vec![other.record];
        }
    }
    (truth, says, records)
}

/// Whether the trial ran beside another drug at an adequate dose, and never long enough alone.
fn overlap(cx: Cx<'_, '_>, trial: &Trial, longer: i64, alone: i64) -> Answer {
    let exposures = cx.facts().exposures(cx, trial.set);
    let mut ingredients: Vec<u16> =
        exposures.list.iter().filter_map(|exposure| exposure.ingredient).filter(|at| Some(*at) != trial.ingredient).collect();
    ingredients.sort_unstable();
    ingredients.dedup();
    let others: Vec<(u16, Vec<Segment>)> = ingredients
        .into_iter()
        .map(|ingredient| {
            let group: Vec<_> = exposures.list.iter().filter(|exposure| exposure.ingredient == Some(ingredient)).collect();
            (ingredient, cover(&group))
        })
        .collect();
    let shared = |own: &Segment, other: &Segment| (own.to.min(other.to).since(own.from.max(other.from)) + 1).max(0);
    let days = |other: &[Segment], counts: &dyn Fn(&Segment, &Segment) -> bool| -> i64 {
        let pairs = trial.segments.iter().flat_map(|own| other.iter().map(move |other| (own, other)));
        pairs.filter(|(own, other)| counts(own, other)).map(|(own, other)| shared(own, other)).sum()
    };
    // Beside one drug: for certain, and at most.
    let beside = others.iter().map(|(ingredient, other)| {
        let certain = days(other, &|own, other| own.sure && other.sure && other.enough == Truth::True);
        let most = days(other, &|_, other| other.enough != Truth::False);
        let truth = if certain > longer { Truth::True } else { Truth::from((most <= longer).then_some(false)) };
        (truth, most, *ingredient)
    });
    let Some((beside, most, ingredient)) =
        beside.max_by_key(|(truth, most, _)| (*truth, *most)).filter(|(truth, ..)| *truth != Truth::False)
    else {
        return (Truth::False, SmolStr::new_static("not beside another drug of the set"), Vec::new());
    };
    // The days on which nothing else of the set was taken: not even possibly, and not for certain.
    let longest = |counts: &dyn Fn(&Segment) -> bool| {
        let mut free: Vec<Segment> = trial.segments.clone();
        for other in others.iter().flat_map(|(_, segments)| segments).filter(|other| counts(other)) {
            free = free.iter().flat_map(|own| without(own, other)).collect();
        }
        longest_run(&free, Day::MIN, 0, &|_| true)
    };
    let (least, at_most) = (longest(&|_| true), longest(&|other| other.sure));
    let never_alone = if at_most < alone { Truth::True } else { Truth::from((least >= alone).then_some(false)) };
    let name = named(cx, trial, Some(ingredient)).unwrap_or_default();
    let perhaps = if beside == Truth::True { "" } else { "perhaps " };
    (beside.and(never_alone), format_smolstr!("{perhaps}{most} days beside {name}, alone for {least} at most"), Vec::new())
}

/// How an ingredient of the trial's drug set is called.
fn named<'e>(cx: Cx<'_, 'e>, trial: &Trial, ingredient: Option<u16>) -> Option<&'e str> {
    let drugs = cx.vocabulary().drugs(trial.set)?;
    drugs.ingredients.get(usize::from(ingredient?)).map(|facts| facts.name.as_str())
}

/// What is left of a segment outside another one.
fn without(own: &Segment, other: &Segment) -> Vec<Segment> {
    if other.to < own.from || other.from > own.to {
        return vec![*own];
    }
    let mut left = Vec::new();
    if other.from > own.from {
        left.push(Segment { to: other.from.plus_days(-1), ..*own });
    }
    if other.to < own.to {
        left.push(Segment { from: other.to.plus_days(1), ..*own });
    }
    left
}

fn adverse_event(cx: Cx<'_, '_>, trial: &Trial) -> Option<RecordRef> {
    cx.look_at(cx.chart().adverse_events.len());
    cx.chart().adverse_events.iter().enumerate().find_map(|(at, held)| {
        let when = cx.when(held.data.when());
        let during = when.is_none_or(|when| when.last_day() >= trial.start.first_day() && when.first_day() <= trial.end.last_day());
        let suspects = held.data.suspect_entity.read().unwrap_or_default();
        let is_suspect = suspects.iter().any(|suspect| {
            let reference =
                suspect.instance.as_ref().or(suspect.instance_reference.as_ref()).and_then(|reference| reference.reference.as_deref());
            let record = reference.and_then(|reference| cx.chart().resolve(reference));
            let by_code = |concept: &Concept<'_>| {
                concept.coding.iter().any(|coding| {
                    let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) else { return false };
                    cx.vocabulary()
                        .drugs_of(system, code)
                        .iter()
                        .any(|drug| drug.set == trial.set && Some(drug.ingredient) == trial.ingredient)
                })
            };
            let product = record
                .filter(|record| record.kind == RecordKind::Medication)
                .and_then(|record| cx.chart().medications.get(record.at as usize));
            record.is_some_and(|record| trial.records.contains(&record))
                || suspect.instance_codeable_concept.as_ref().is_some_and(by_code)
                || product.and_then(|held| held.data.code.as_ref()).is_some_and(by_code)
        });
        (during && is_suspect && held.data.actuality.as_deref() != Some("potential")).then(|| RecordRef::new(RecordKind::AdverseEvent, at))
    })
}

/// A statement, for days of the trial, that its drug was not taken.
fn not_taken(cx: Cx<'_, '_>, trial: &Trial) -> Option<RecordRef> {
    let exposures = cx.facts().exposures(cx, trial.set);
    let during = |denial: &&Denial| {
        Some(denial.ingredient) == trial.ingredient
            && denial.start.is_none_or(|start| start.first_day() <= trial.end.last_day())
            && denial.end.is_none_or(|end| end.last_day() >= trial.start.first_day())
    };
    exposures.denied.iter().find(during).map(|denial| denial.record)
}

impl Test for Asked {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let Some(trial) = cx.trial() else {
            return Verdict::unknown("no trial is in question here", "a trial", "the medication record");
        };
        let answers = self.answers(cx, trial);
        let truth = answers.iter().fold(Truth::True, |all, (truth, ..)| all.and(*truth));
        let deciding: Vec<_> = answers.into_iter().filter(|(own, ..)| *own == truth).collect();
        let says = match deciding.as_slice() {
            [(_, says, _)] => says.clone(),
            several => several.iter().map(|(_, says, _)| says.as_str()).collect::<Vec<_>>().join("; ").into(),
        };
        let verdict = Verdict::new(truth, says.clone()).from_all(deciding.into_iter().flat_map(|(.., records)| records));
        if truth == Truth::Unknown { verdict.missing(says, "the medication record") } else { verdict }
    }
}
