//! Windows of time: `within: 30 days`, `dated: {on_or_after: start}`.

use curbside_chart::time::{Duration, Moment, When};
use curbside_source::Spanned;
use schemars::JsonSchema;
use serde::Deserialize;

use super::dates::{DatePlan, Resolved};
use crate::check::{in_order, recent};
use crate::compile::Compiler;
use crate::evaluate::Cx;
use crate::model::{DateExpression, Time};
use crate::truth::Truth;

/// Bounds of a date.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Dated")]
pub struct DatedModel {
    /// That day or later.
    pub on_or_after: Option<Spanned<DateExpression>>,
    /// That day or earlier.
    pub on_or_before: Option<Spanned<DateExpression>>,
    /// Later than that day.
    pub after: Option<Spanned<DateExpression>>,
    /// Earlier than that day.
    pub before: Option<Spanned<DateExpression>>,
}

/// A window of time, ready.
#[derive(Clone, Debug, Default)]
pub struct Window {
    within: Option<Duration>,
    bounds: Vec<(Side, DatePlan)>,
    words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    OnOrAfter,
    OnOrBefore,
    After,
    Before,
}

impl Side {
    const fn is_begin(self) -> bool {
        matches!(self, Self::OnOrAfter | Self::After)
    }
}

/// A window resolved for one patient.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first moment that may count, and from which on it certainly does.
    from: (Moment, Moment),
    /// Until when it certainly counts, and the last moment that may.
    to: (Moment, Moment),
    /// The moment the chart is looked at.
    as_of: Moment,
    /// A bound that is not known.
    open: bool,
    /// A bound that does not exist: nothing lies in the window.
    empty: bool,
}

impl Window {
    /// Makes the window of a criterion ready.
    pub fn compile(within: Option<&Time>, dated: Option<&DatedModel>, compiler: &mut Compiler<'_>) -> Option<Self> {
        let recent_time = match within {
            Some(within) => Some((within, compiler.duration(within)?)),
            None => None,
        };
        let (mut bounds, mut written) = (Vec::new(), Vec::new());
        if let Some(dated) = dated {
            let sides = [
                (Side::OnOrAfter, &dated.on_or_after),
                (Side::OnOrBefore, &dated.on_or_before),
                (Side::After, &dated.after),
                (Side::Before, &dated.before),
            ];
            for (side, date) in sides {
                if let Some(date) = date {
                    let plan = compiler.date(date)?;
                    bounds.push((side, plan));
                    written.push(date);
                }
            }
        }
        for ((from_side, from), from_written) in bounds.iter().zip(&written) {
            for ((to_side, to), to_written) in bounds.iter().zip(&written) {
                if from_side.is_begin() && !to_side.is_begin() {
                    in_order((from_written, from), (to_written, to), compiler);
                }
            }
        }
        let ends = bounds.iter().zip(&written).filter(|((side, _), _)| !side.is_begin());
        for ((_, plan), date) in ends {
            if let Some(within) = recent_time {
                recent(within, (date, plan), compiler);
            }
        }
        let within = recent_time.map(|(_, duration)| duration);
        Some(Self { within, words: words(within, &bounds), bounds })
    }

    /// Whether there is any bound.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.within.is_some() || !self.bounds.is_empty()
    }

    /// The window for one patient.
    #[must_use]
    pub fn resolve(&self, cx: Cx<'_, '_>) -> Span {
        let as_of = cx.as_of();
        let first = Moment::from_millis(i64::MIN);
        let start = self.within.map_or(first, |within| as_of.back(within));
        let mut span =
            Span { from: (start, start), to: (as_of.moment(), as_of.moment()), as_of: as_of.moment(), open: false, empty: false };
        for (side, date) in &self.bounds {
            match date.resolve(cx) {
                Resolved::Never => span.empty = true,
                Resolved::Unknown => span.open = true,
                Resolved::Days(days) => {
                    let (lo, hi) = (days.first_day(), days.last_day());
                    match side {
                        Side::OnOrAfter => span.after(Moment::start_of(lo), Moment::start_of(hi)),
                        Side::After => span.after(Moment::start_of(lo.plus_days(1)), Moment::start_of(hi.plus_days(1))),
                        Side::OnOrBefore => span.before(Moment::end_of(lo), Moment::end_of(hi)),
                        Side::Before => span.before(Moment::end_of(lo.plus_days(-1)), Moment::end_of(hi.plus_days(-1))),
                    }
                }
            }
        }
        span
    }

    /// The window in words.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }
}

fn words(within: Option<Duration>, bounds: &[(Side, DatePlan)]) -> String {
    let within = within.map(|within| format!("within {within}"));
    let bounds = bounds.iter().map(|(side, date)| {
        let word = match side {
            Side::OnOrAfter => "from",
            Side::OnOrBefore => "up to",
            Side::After => "after",
            Side::Before => "before",
        };
        format!("{word} {}", date.words())
    });
    within.into_iter().chain(bounds).collect::<Vec<_>>().join(" and ")
}

impl Span {
    fn after(&mut self, earliest: Moment, latest: Moment) {
        self.from = (self.from.0.max(earliest), self.from.1.max(latest));
    }

    fn before(&mut self, earliest: Moment, latest: Moment) {
        self.to = (self.to.0.min(earliest), self.to.1.min(latest));
    }

    /// Whether an event lies in the window. One without a date lies somewhere before `as_of`; one
    /// that is certainly later than `as_of` never counts.
    #[must_use]
    pub fn holds(&self, event: Option<When>) -> Truth {
        let event = event.unwrap_or(When { earliest: Moment::from_millis(i64::MIN), latest: self.as_of });
        if self.empty || event.latest < self.from.0 || event.earliest > self.to.1 {
            return Truth::False;
        }
        let inside = event.earliest >= self.from.1 && event.latest <= self.to.0;
        Truth::from((inside && !self.open).then_some(true))
    }
}
