//! `score_sequence`: totals of one instrument that follow one another: a baseline, a response, and
//! then, recently, a relapse.

use curbside_chart::time::Day;
use curbside_source::Spanned;
use curbside_terminology::Instrument;
use curbside_terminology::units::Amount;
use schemars::JsonSchema;
use serde::Deserialize;

use super::score::asks_scores;
use super::score_change::{Shift, pick};
use super::test::Test;
use super::{Criterion, Kind, Place};
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::facts::Score;
use crate::model::{DateExpression, Name, OneOrMany, Quantity, Time};
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// A response and then a relapse, by the totals of one instrument. Instruments without a total
/// after the response could begin take no part; where none has one it is unknown.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ScoreSequence")]
pub struct ScoreSequence {
    /// Instruments; each is looked at by itself, and one is enough.
    pub instruments: OneOrMany<Name>,
    /// The days of the baseline, of which the last total counts.
    pub baseline: DaySpan,
    /// A response after this day.
    pub response: Response,
    /// A relapse after the response.
    pub relapse: Relapse,
    /// In place of totals of a relapse: this, where it is true. `response` is the day of the response.
    pub or_relapse_if: Option<Spanned<Criterion>>,
}

/// From one day to another.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DaySpan")]
pub struct DaySpan {
    /// First day.
    pub from: Spanned<DateExpression>,
    /// Last day.
    pub to: Spanned<DateExpression>,
}

/// What is a response.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Response")]
pub struct Response {
    /// Later than this day.
    pub after: Spanned<DateExpression>,
    /// A fall from the baseline by at least so much.
    pub fall_at_least: Quantity,
    /// Or a total in this band.
    pub or_band: Option<Name>,
}

/// What is a relapse.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Relapse")]
pub struct Relapse {
    /// No longer ago than this.
    pub within: Time,
    /// So many points above the lowest total since the response; and at least what the instrument's
    /// file calls a relapse.
    pub rise_at_least: Quantity,
}

#[derive(Debug)]
struct SequenceTest {
    instruments: Vec<String>,
    baseline: (DatePlan, DatePlan),
    after: DatePlan,
    fall: Shift,
    band: Option<String>,
    within: curbside_chart::time::Duration,
    rise: Amount,
    or_relapse_if: Option<Node>,
}

impl Kind for ScoreSequence {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let instruments = compiler.instruments(&self.instruments)?;
        super::score::reads(&instruments, compiler);
        if let Some(band) = &self.response.or_band {
            super::score::check_band(&instruments, band, compiler);
        }
        let test = SequenceTest {
            baseline: (compiler.date(&self.baseline.from)?, compiler.date(&self.baseline.to)?),
            after: compiler.date(&self.response.after)?,
            fall: Shift::compile(place.span, None, Some(&self.response.fall_at_least), compiler)?,
            band: self.response.or_band.as_ref().map(|band| band.value.clone()),
            within: compiler.duration(&self.relapse.within)?,
            rise: compiler.amount(&self.relapse.rise_at_least)?,
            or_relapse_if: compiler.of_response(|compiler| {
                compiler.optional(self.or_relapse_if.as_ref(), |compiler, criterion| compiler.criterion(criterion))
            })?,
            instruments,
        };
        Some(place.node(compiler, test))
    }
}

/// The days of a baseline, where they are known.
type Window = (Option<i64>, Option<i64>);

impl SequenceTest {
    fn day(cx: Cx<'_, '_>, date: &DatePlan) -> Option<i64> {
        match date.resolve(cx) {
            Resolved::Days(when) => when.day().map(curbside_chart::time::Day::number),
            Resolved::Unknown | Resolved::Never => None,
        }
    }

    /// What one instrument says; `None`: it takes no part.
    fn instrument(&self, cx: Cx<'_, '_>, instrument: &Instrument, (from, to): Window, after: i64) -> Option<Verdict> {
        let scores = cx.facts().scores(cx, &instrument.instrument.value);
        let day = |score: &Score| score.when.last_day().number();
        // What is not final decides nothing; what may lie before the day makes nothing true.
        let uncertain = |score: &Score, from: i64, truth: Truth| match score.doubtful {
            true => Truth::Unknown,
            false if score.when.first_day().number() < from => truth.and(Truth::Unknown),
            false => truth,
        };
        let later: Vec<&Score> = scores.iter().filter(|score| day(score) > after).collect();
        if later.is_empty() {
            return None;
        }
        // The last one before, and whether it certainly is.
        let picked = from.zip(to).and_then(|window| pick(scores, window, None));
        let baseline = picked.map(|(baseline, _)| baseline);
        let title = &instrument.title;
        let responded = |score: &Score| {
            let in_band =
                self.band.as_deref().and_then(|band| instrument.band(band)).is_some_and(|(low, high)| (low..=high).contains(&score.total));
            let fell = picked.filter(|(baseline, sure)| *sure && !baseline.doubtful);
            let fell = fell.map_or(Truth::Unknown, |(baseline, _)| self.fall.test(baseline.total, score.total));
            let truth = fell.or(in_band.into());
            uncertain(score, after + 1, truth)
        };
        let first = later.iter().position(|score| responded(score) == Truth::True);
        let Some(response) = first.and_then(|at| later.get(at)) else {
            let open = later.iter().any(|score| responded(score) == Truth::Unknown);
            return Some(if open {
                Verdict::unknown(format!("whether {title} showed a response is not known"), format!("a baseline of {title}"), "Observation")
            } else {
                Verdict::new(Truth::False, format!("{title} showed no response"))
                    .distance(cx, 1.0, || format!("a response by {title}, and then a relapse"))
            });
        };
        let since: Vec<&&Score> = later.iter().skip(first.unwrap_or(0)).collect();
        let recent_from = cx.as_of().back(self.within).day().number();
        let recent: Vec<&&&Score> = since.iter().skip(1).filter(|score| day(score) >= recent_from).collect();
        let before = baseline.map(|before| format!(" after {}", before.words())).unwrap_or_default();
        let words = format!("{title} {}{before}", response.words());
        let evidence: Vec<_> = baseline.into_iter().chain([*response]).map(|score| score.record).collect();
        let other = self.or_relapse_if.as_ref().map(|node| node.decide(cx.after_response(response.when)));
        let recorded = other.filter(|other| other.truth != Truth::False).map(|other| {
            let mut verdict = Verdict::new(other.truth, format!("response: {words}; then {}", other.says)).from_all(evidence.clone());
            verdict.take(&other);
            verdict
        });
        if recorded.as_ref().is_some_and(|verdict| verdict.truth == Truth::True) {
            return recorded;
        }
        if recent.is_empty() {
            return Some(
                Verdict::unknown(
                    format!("response: {words}; no total since within {}", self.within),
                    format!("a recent total of {title}"),
                    "Observation",
                )
                .from_all(evidence),
            );
        }
        let cut = instrument.relapse.as_ref().map(|cut| cut.total.value.value);
        let relapsed = |score: &Score| {
            // It rose above what came before it. What is not final, or came before it only perhaps, makes nothing true.
            let surely = |other: &Score| !other.doubtful && other.when.latest <= score.when.earliest;
            let perhaps = |other: &Score| other.when.earliest <= score.when.latest;
            let rose = |came_before: &dyn Fn(&Score) -> bool| {
                since.iter().any(|other| came_before(other) && score.total - other.total >= self.rise.value)
            };
            let risen = if rose(&surely) { Truth::True } else { Truth::from(rose(&perhaps)).and(Truth::Unknown) };
            let truth = Truth::from(cut.map(|cut| score.total >= cut)).and(risen);
            uncertain(score, recent_from, truth)
        };
        let truth = recent.iter().map(|score| relapsed(score)).fold(Truth::False, Truth::or);
        if truth == Truth::False && recorded.is_some() {
            return recorded;
        }
        let shows = recent.iter().rev().find(|score| relapsed(score) == truth).or(recent.last());
        let now = shows.map(|score| score.words().to_string()).unwrap_or_default();
        let verdict =
            Verdict::new(truth, format!("response: {words}; now {now}")).from_all(evidence).from_all(shows.map(|score| score.record));
        Some(match truth {
            Truth::Unknown => verdict.missing(format!("a final total of {title}"), "Observation"),
            Truth::False => {
                verdict.distance(cx, 0.5, || format!("{title} at the cut-off for a relapse, and {} above its lowest", self.rise))
            }
            Truth::True => verdict,
        })
    }
}

impl SequenceTest {
    /// The answer, with the dates of one course in question or with those of the last one.
    fn answer(&self, cx: Cx<'_, '_>, course_on: Option<Day>) -> Verdict {
        let dated = course_on.map_or(cx, |day| cx.of_course_on(day));
        let after = match self.after.resolve(dated) {
            Resolved::Days(when) => when.last_day().number(),
            Resolved::Unknown => {
                return Verdict::unknown(
                    "when a response could begin is not known",
                    "the dates of the sessions",
                    "MedicationAdministration",
                );
            }
            Resolved::Never => {
                return Verdict::new(Truth::False, "nothing that a response could follow").distance(
                    cx,
                    1.0,
                    || "a response, and then a relapse",
                );
            }
        };
        let baseline = (Self::day(dated, &self.baseline.0), Self::day(dated, &self.baseline.1));
        let found = self
            .instruments
            .iter()
            .filter_map(|name| cx.vocabulary().instrument(name))
            .filter_map(|instrument| self.instrument(cx, instrument, baseline, after));
        found.max_by_key(|verdict| verdict.truth).unwrap_or_else(|| {
            Verdict::unknown("no total since a response could begin", "a total of any of the instruments", "Observation")
        })
    }
}

impl Test for SequenceTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let last = self.answer(cx, None);
        let Some(course) = self.after.course().filter(|_| last.truth != Truth::True) else { return last };
        // A response to a course before the last one may have been lost as well.
        let course = cx.course(course);
        let runs = course.runs();
        let days = runs.iter().rev().skip(1).filter_map(|run| run.sessions.last()).map(|(day, _)| *day);
        let best = days.map(|day| self.answer(cx, Some(day))).fold(last, |best, other| if other.truth > best.truth { other } else { best });
        if best.truth == Truth::False && !course.unclear.is_empty() {
            // What may be a session may make a course that nobody asked about.
            return Verdict::unknown(best.says, "whether and when administrations were sessions", "MedicationAdministration")
                .from_all(course.unclear.iter().map(|own| own.record));
        }
        best
    }

    fn asks(&self, plan: &Plan) -> Asks {
        // Where nothing happened that a response could follow, no total is looked at.
        let scores = if self.after.is_of_an_event() { Vec::new() } else { asks_scores(&self.instruments) };
        Asks::with_dates(scores, [self.after.asks(plan)])
    }
}
