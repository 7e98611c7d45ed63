//! `score_change`: how the total of an instrument changed between two times.

use curbside_source::{Span, Spanned};
use curbside_terminology::units::Amount;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::SmolStr;

use super::score::asks_scores;
use super::test::Test;
use super::{Kind, Place};
use crate::check::in_order;
use crate::compile::{Asks, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::facts::{Score, shown};
use crate::model::{DateExpression, Name, OneOrMany, Quantity};
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// How the total of an instrument changed: the same instrument at both times.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ScoreChange")]
pub struct ScoreChange {
    /// Instruments; each is looked at by itself.
    pub instruments: OneOrMany<Name>,
    /// The earlier total: the one nearest to a day.
    pub baseline: Baseline,
    /// The later total: the last one in a window.
    pub endpoint: Endpoint,
    /// It fell by at least so much.
    pub fall_at_least: Option<Quantity>,
    /// It fell by less than so much.
    pub fall_less_than: Option<Quantity>,
    /// Or the later total is in this band.
    pub or_band: Option<Spanned<String>>,
    /// And the later total is not in this band.
    pub not_band: Option<Spanned<String>>,
    /// What it means that there is no pair of totals (default: false).
    pub if_absent: Option<Truth>,
}

/// The earlier total.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Baseline")]
pub struct Baseline {
    /// The day it is nearest to; the earlier of two that are as near. Without it, the last in the window.
    pub around: Option<Spanned<DateExpression>>,
    /// Not before this day.
    pub from: Spanned<DateExpression>,
    /// Not after this day.
    pub to: Spanned<DateExpression>,
    /// It counts only from the instrument's floor (`floor: instrument`) or this total.
    pub floor: Option<Spanned<Floor>>,
}

/// Lowest baseline that counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "Floor")]
pub enum Floor {
    /// What the instrument's file says.
    Instrument,
}

/// The later total.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Endpoint")]
pub struct Endpoint {
    /// Not before this day.
    pub from: Spanned<DateExpression>,
    /// Not after this day.
    pub to: Spanned<DateExpression>,
}

#[derive(Debug)]
struct ScoreChangeTest {
    instruments: Vec<String>,
    around: Option<DatePlan>,
    baseline: (DatePlan, DatePlan),
    endpoint: (DatePlan, DatePlan),
    needs_floor: bool,
    shift: Option<Shift>,
    less_than: Option<Amount>,
    or_band: Option<String>,
    not_band: Option<String>,
    if_absent: Truth,
}

/// A change by at least so much, up or down.
#[derive(Clone, Debug)]
pub(super) struct Shift {
    rise: Option<Amount>,
    fall: Option<Amount>,
}

impl Shift {
    pub(super) fn compile(span: Span, rise: Option<&Quantity>, fall: Option<&Quantity>, compiler: &mut Compiler<'_>) -> Option<Self> {
        if rise.is_none() && fall.is_none() {
            compiler.error("nothing-asked", span, "say by how much it rose or fell");
        }
        Some(Self { rise: compiler.optional(rise, Compiler::amount)?, fall: compiler.optional(fall, Compiler::amount)? })
    }

    /// Whether it changed so much. A share of nothing is not known.
    pub(super) fn test(&self, from: Decimal, to: Decimal) -> Truth {
        let by = |amount: &Amount, change: Decimal| Truth::from(reaches(amount, from, change));
        let rise = self.rise.as_ref().map(|amount| by(amount, to - from));
        let fall = self.fall.as_ref().map(|amount| by(amount, from - to));
        rise.into_iter().chain(fall).fold(Truth::False, Truth::or)
    }
}

/// Whether a change reaches an amount: a share of the earlier value, or points.
pub(super) fn reaches(amount: &Amount, from: Decimal, change: Decimal) -> Option<bool> {
    if amount.unit.code() == "%" {
        if from <= Decimal::ZERO {
            return None;
        }
        // Multiplied, not divided: exactly half is exactly half.
        return Some(change.checked_mul(Decimal::ONE_HUNDRED)? >= amount.value.checked_mul(from)?);
    }
    Some(change >= amount.value)
}

impl Kind for ScoreChange {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let instruments = compiler.instruments(&self.instruments)?;
        super::score::reads(&instruments, compiler);
        if self.fall_at_least.is_none() && self.fall_less_than.is_none() && self.or_band.is_none() {
            compiler.error("nothing-asked", place.span, "say by how much it fell: `fall_at_least`, `fall_less_than` or `or_band`");
        }
        for band in self.or_band.iter().chain(&self.not_band) {
            super::score::check_band(&instruments, band, compiler);
        }
        let baseline = (compiler.date(&self.baseline.from)?, compiler.date(&self.baseline.to)?);
        in_order((&self.baseline.from, &baseline.0), (&self.baseline.to, &baseline.1), compiler);
        let endpoint = (compiler.date(&self.endpoint.from)?, compiler.date(&self.endpoint.to)?);
        in_order((&self.endpoint.from, &endpoint.0), (&self.endpoint.to, &endpoint.1), compiler);
        let test = ScoreChangeTest {
            around: compiler.optional(self.baseline.around.as_ref(), Compiler::date)?,
            baseline,
            endpoint,
            needs_floor: self.baseline.floor.is_some(),
            shift: match &self.fall_at_least {
                Some(fall) => Some(Shift::compile(place.span, None, Some(fall), compiler)?),
                None => None,
            },
            less_than: compiler.optional(self.fall_less_than.as_ref(), Compiler::amount)?,
            or_band: self.or_band.as_ref().map(|band| band.value.clone()),
            not_band: self.not_band.as_ref().map(|band| band.value.clone()),
            if_absent: self.if_absent.unwrap_or(Truth::False),
            instruments,
        };
        Some(place.node(compiler, test))
    }
}

/// The days between which a total is looked for, for one of the ways in which imprecise dates may be
/// meant.
#[derive(Clone, Copy)]
struct Days {
    around: Option<i64>,
    baseline: (i64, i64),
    endpoint: (i64, i64),
}

/// Two totals that are compared.
#[derive(Clone, Copy)]
struct Pair<'s> {
    baseline: &'s Score,
    endpoint: &'s Score,
    /// Whether their dates say for certain that these are the two that are asked for.
    sure: bool,
}

/// The totals that lie between two days, or may.
fn between(scores: &[Score], (from, to): (i64, i64)) -> impl Iterator<Item = &Score> {
    scores.iter().filter(move |score| score.when.last_day().number() >= from && score.when.first_day().number() <= to)
}

/// The total between two days that is nearest to a day, else the latest; and whether it certainly is.
pub(super) fn pick(scores: &[Score], (from, to): (i64, i64), around: Option<i64>) -> Option<(&Score, bool)> {
    let day = |score: &Score| score.when.last_day().number();
    let first = |score: &Score| score.when.first_day().number();
    let possible = || between(scores, (from, to));
    let found = match around {
        Some(around) => possible().min_by_key(|score| ((day(score) - around).abs(), day(score))),
        None => possible().max_by_key(|score| day(score)),
    }?;
    let inside = first(found) >= from && day(found) <= to;
    let alone = possible().all(|other| other.record == found.record || (around.is_none() && day(other) < first(found)));
    Some((found, inside && (alone || possible().all(|score| score.when.is_to_the_day()))))
}

impl ScoreChangeTest {
    /// Every way in which imprecise dates may be meant: each date at its earliest and at its latest. Without
    /// one of the days, what that means.
    fn days(&self, cx: Cx<'_, '_>) -> Result<Vec<Days>, Truth> {
        let resolve = |date: &DatePlan| match date.resolve(cx) {
            Resolved::Days(when) => Ok((when.first_day().number(), when.last_day().number())),
            Resolved::Unknown => Err(Truth::Unknown),
            Resolved::Never => Err(self.if_absent),
        };
        let pick = |(early, late): (i64, i64), last: bool| if last { late } else { early };
        let around = match &self.around {
            Some(around) => Some(resolve(around)?),
            None => None,
        };
        let baseline = (resolve(&self.baseline.0)?, resolve(&self.baseline.1)?);
        let endpoint = (resolve(&self.endpoint.0)?, resolve(&self.endpoint.1)?);
        let ways = [(false, false), (false, true), (true, false), (true, true)];
        Ok(ways
            .into_iter()
            .map(|(start, end)| Days {
                around: around.map(|around| pick(around, start)),
                baseline: (pick(baseline.0, start), pick(baseline.1, start)),
                endpoint: (pick(endpoint.0, start), pick(endpoint.1, end)),
            })
            .collect())
    }

    /// The pair of totals for one way of meaning the dates; where imprecise dates leave it open whether there
    /// is one, one that may be it.
    fn pair<'s>(&self, cx: Cx<'_, '_>, name: &str, scores: &'s [Score], days: Days) -> Option<Pair<'s>> {
        let floor = cx.vocabulary().instrument(name)?.floor.as_ref().map(|cut| cut.total.value.value).filter(|_| self.needs_floor);
        let is_low = |score: &Score| floor.is_some_and(|floor| score.total < floor);
        let (baseline, sure_baseline) = pick(scores, days.baseline, days.around)?;
        if is_low(baseline) && sure_baseline {
            return None;
        }
        let (endpoint, sure_endpoint) = pick(scores, days.endpoint, None)?;
        // One total of an imprecise day is not two.
        if baseline.record != endpoint.record && !is_low(baseline) {
            return Some(Pair { baseline, endpoint, sure: sure_baseline && sure_endpoint });
        }
        let baselines = || between(scores, days.baseline).filter(|score| !is_low(score));
        let other =
            |endpoint: &'s Score| baselines().find(|baseline| baseline.record != endpoint.record).map(|baseline| (baseline, endpoint));
        let (baseline, endpoint) = between(scores, days.endpoint).find_map(other)?;
        Some(Pair { baseline, endpoint, sure: false })
    }

    fn judge(&self, cx: Cx<'_, '_>, name: &str, pair: Pair<'_>) -> Truth {
        let Pair { baseline, endpoint, sure } = pair;
        let in_band = |band: &str| {
            let range = cx.vocabulary().instrument(name).and_then(|instrument| instrument.band(band));
            range.is_some_and(|(low, high)| (low..=high).contains(&endpoint.total))
        };
        let fell = self.shift.as_ref().map_or(Truth::True, |shift| shift.test(baseline.total, endpoint.total));
        let less = self
            .less_than
            .as_ref()
            .map_or(Truth::True, |amount| Truth::from(reaches(amount, baseline.total, baseline.total - endpoint.total)).negated());
        let banned = self.not_band.as_deref().is_some_and(in_band);
        let asked = self.shift.is_some() || self.less_than.is_some();
        let truth = if asked { fell.and(less) } else { Truth::False };
        let truth = truth.or(self.or_band.as_deref().is_some_and(in_band).into()).and((!banned).into());
        if baseline.doubtful || endpoint.doubtful || !sure { Truth::Unknown } else { truth }
    }
}

/// The totals that are compared, where they could be read.
type Totals = (Option<Decimal>, Option<Decimal>);

impl ScoreChangeTest {
    /// The answer, and the totals it rests on.
    fn answer(&self, cx: Cx<'_, '_>) -> (Verdict, Totals) {
        let ways = match self.days(cx) {
            Ok(ways) => ways,
            Err(truth) => {
                let says = "the days between which totals are compared do not exist or are not known";
                let verdict = Verdict::new(truth, says);
                return (
                    if truth == Truth::Unknown {
                        verdict.missing("the days between which totals are compared", "the record")
                    } else {
                        verdict
                    },
                    (None, None),
                );
            }
        };
        let mut best: Option<(Verdict, Totals)> = None;
        for name in &self.instruments {
            let scores = cx.facts().scores(cx, name);
            if scores.is_empty() {
                continue;
            }
            let pairs: Vec<Option<Pair<'_>>> = ways.iter().map(|days| self.pair(cx, name, scores, *days)).collect();
            let truth = Truth::agreed(pairs.iter().map(|pair| pair.map_or(self.if_absent, |pair| self.judge(cx, name, pair))));
            let Some(Pair { baseline: from, endpoint: to, .. }) = pairs.into_iter().flatten().next() else { continue };
            let title = cx.vocabulary().instrument(name).map_or("", |instrument| instrument.title.as_str());
            let says = format!("{title} {} to {}", from.words(), to.words());
            let mut verdict = Verdict::new(truth, says).from(from.record).from(to.record);
            verdict.notes.extend([from, to].into_iter().filter_map(|score| score.note(title).map(SmolStr::from)));
            if truth == Truth::Unknown {
                verdict = verdict.missing(format!("certain totals of {title}"), "Observation");
            }
            match &best {
                Some((known, _)) if known.truth >= truth => {}
                _ => best = Some((verdict, (from.read(), to.read()))),
            }
        }
        match best {
            Some(answer) => answer,
            None if self.if_absent == Truth::Unknown => {
                (Verdict::unknown("no pair of totals", "totals of one instrument at both times", "Observation"), (None, None))
            }
            None => (Verdict::new(self.if_absent, "no pair of totals"), (None, None)),
        }
    }
}

impl Test for ScoreChangeTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        self.answer(cx).0
    }

    fn asks(&self, plan: &Plan) -> Asks {
        let dates = || [&self.baseline.0, &self.baseline.1, &self.endpoint.0, &self.endpoint.1].into_iter().chain(&self.around);
        // Without one of the days nothing is compared.
        match dates().find(|date| date.is_of_an_event()) {
            Some(date) => Asks::with_dates(Vec::new(), [date.asks(plan)]),
            None => Asks::with_dates(asks_scores(&self.instruments), dates().map(|date| date.asks(plan))),
        }
    }

    fn shape(&self, _: &Plan) -> Shape {
        Shape::Record(vec![
            ("truth", Shape::Truth),
            ("because", Shape::Text(160)),
            ("from", Shape::Number(8)),
            ("to", Shape::Number(8)),
            ("fall_percent", Shape::Number(8)),
            ("records", Shape::List(Box::new(Shape::Text(120)))),
        ])
    }

    fn fact(&self, cx: Cx<'_, '_>, _: &Verdict) -> Fact {
        let (verdict, (from, to)) = self.answer(cx);
        let percent = from
            .zip(to)
            .filter(|(from, _)| *from > Decimal::ZERO)
            .and_then(|(from, to)| Some((from - to).checked_mul(Decimal::ONE_HUNDRED)?.checked_div(from)?.round_dp(1).normalize()));
        Fact::Record(vec![
            ("truth", Fact::Truth(verdict.truth)),
            ("because", Fact::Text(verdict.says.to_string())),
            ("from", Fact::number(from.map(shown))),
            ("to", Fact::number(to.map(shown))),
            ("fall_percent", Fact::number(percent)),
            ("records", Fact::List(verdict.evidence.iter().map(|record| Fact::Text(cx.name(*record))).collect())),
        ])
    }
}
