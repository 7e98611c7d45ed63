//! From exposures to covered days: which days a drug was taken, surely or possibly, and how much.

use curbside_chart::time::Day;

use super::dose::Dose;
use super::exposures::{Exposure, Source};
use crate::truth::Truth;

/// Days in a row on which the same is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
    /// Whether it was surely taken; else possibly.
    pub sure: bool,
    /// How much a day.
    pub dose: Dose,
    /// Whether that is enough.
    pub enough: Truth,
}

impl Segment {
    /// Its days.
    #[must_use]
    pub const fn days(&self) -> i64 {
        self.to.since(self.from) + 1
    }
}

/// The covered days of one ingredient, in order, without overlaps.
#[must_use]
pub fn cover(exposures: &[&Exposure]) -> Vec<Segment> {
    let told = Told::by(exposures.iter().copied());
    let contributing: Vec<Truth> = exposures.iter().map(|exposure| told.lets_count(exposure)).collect();
    let mut starts: Vec<Day> = Vec::with_capacity(exposures.len() * 4);
    for exposure in exposures {
        starts.extend([
            exposure.start.first_day(),
            exposure.start.last_day(),
            exposure.end.first_day().plus_days(1),
            exposure.end.last_day().plus_days(1),
        ]);
        for step in &exposure.steps {
            starts.extend(step.days.into_iter().flat_map(|(from, to)| [from, to.plus_days(1)]));
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let mut order: Vec<usize> = (0..exposures.len()).collect();
    order.sort_by_key(|at| exposures.get(*at).map(|exposure| exposure.start.first_day()));
    let (mut waiting, mut active) = (order.into_iter().peekable(), Vec::<usize>::new());
    let mut segments: Vec<Segment> = Vec::new();
    for (from, next) in starts.iter().zip(starts.iter().skip(1)) {
        let (from, to) = (*from, next.plus_days(-1));
        active.retain(|at| exposures.get(*at).is_some_and(|exposure| exposure.end.last_day() >= from));
        while let Some(at) = waiting.next_if(|at| exposures.get(*at).is_some_and(|exposure| exposure.start.first_day() <= from)) {
            if exposures.get(at).is_some_and(|exposure| exposure.end.last_day() >= from) {
                active.push(at);
            }
        }
        let is_sure = |exposure: &Exposure| exposure.start.last_day() <= from && exposure.end.first_day() >= to;
        let possible: Vec<&Exposure> = active.iter().filter_map(|at| exposures.get(*at).copied()).collect();
        let covered = |wanted: &dyn Fn(&Exposure, Truth) -> bool| {
            active
                .iter()
                .any(|at| exposures.get(*at).zip(contributing.get(*at)).is_some_and(|(exposure, counts)| wanted(exposure, *counts)))
        };
        if !covered(&|_, counts| counts != Truth::False) {
            continue;
        }
        let sure = covered(&|exposure, counts| counts == Truth::True && is_sure(exposure) && !exposure.doubtful);
        // What was taken tells when; an order beside it tells only how much, where orders agree on that.
        let is_beside = |at: &usize| contributing.get(*at) == Some(&Truth::False);
        let mut beside = active.iter().filter(|at| is_beside(at)).filter_map(|at| exposures.get(*at)).map(|order| order.dose_on(from));
        let ordered = beside.next();
        let agree = beside.all(|dose| Some(dose) == ordered);
        let certain =
            active.iter().filter_map(|at| exposures.get(*at).filter(|exposure| is_sure(exposure) || (agree && is_beside(at))).copied());
        let certain: Vec<&Exposure> = certain.collect();
        let mut dose = dose_of(&possible, from);
        if certain.len() != possible.len() && !certain.is_empty() {
            dose = dose.either(dose_of(&certain, from));
        }
        let enough = enough(dose, &possible);
        match segments.last_mut() {
            Some(last) if last.to.plus_days(1) == from && last.sure == sure && last.dose == dose && last.enough == enough => last.to = to,
            _ => segments.push(Segment { from, to, sure, dose, enough }),
        }
    }
    segments
}

/// When something tells for how long it was taken, not only ordered: first and last days, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    surely: Vec<(Day, Day)>,
    /// Those that only doubtful records tell.
    perhaps: Vec<(Day, Day)>,
}

impl Told {
    /// What exposures to one drug tell.
    pub(super) fn by<'x>(exposures: impl IntoIterator<Item = &'x Exposure>) -> Self {
        let mut told = Self::default();
        // Single doses that were given tell nothing of the days between them.
        for exposure in exposures.into_iter().filter(|exposure| matches!(exposure.source, Source::Dispense | Source::Statement)) {
            let days = if exposure.doubtful { &mut told.perhaps } else { &mut told.surely };
            days.push((exposure.start.first_day(), exposure.end.last_day()));
        }
        Self { surely: merged(told.surely), perhaps: merged(told.perhaps) }
    }

    /// Whether what an exposure says of its days counts: an order says what should be taken, so its days count only where
    /// nothing tells what was. What is told doubtfully leaves that open.
    pub(super) fn lets_count(&self, exposure: &Exposure) -> Truth {
        let meets = |days: &[(Day, Day)]| {
            let after = days.partition_point(|(_, to)| *to < exposure.start.first_day());
            days.get(after).is_some_and(|(from, _)| *from <= exposure.end.last_day())
        };
        if exposure.source != Source::Request {
            Truth::True
        } else if meets(&self.surely) {
            Truth::False
        } else {
            Truth::True.doubted(meets(&self.perhaps))
        }
    }
}

/// Days in order, those that touch as one.
fn merged(mut days: Vec<(Day, Day)>) -> Vec<(Day, Day)> {
    days.sort_unstable();
    days.dedup_by(|next, last| {
        let touches = next.0 <= last.1.plus_days(1);
        if touches {
            last.1 = last.1.max(next.1);
        }
        touches
    });
    days
}

/// The dose of a day: of the source that comes nearest to the patient's mouth and says how much.
fn dose_of(exposures: &[&Exposure], day: Day) -> Dose {
    for source in Source::BY_PRECEDENCE {
        let mut by_product: Vec<(&str, Dose)> = Vec::new();
        for exposure in exposures.iter().filter(|exposure| exposure.source == source) {
            let dose = exposure.dose_on(day);
            match by_product.iter_mut().find(|(product, _)| *product == exposure.product) {
                // The same product twice is one and the same, unless it was given at two times.
                Some((_, known)) if exposure.source == Source::Administration => {
                    *known = Dose { low: known.low.max(dose.low), high: known.plus(dose).high };
                }
                Some((_, known)) => *known = known.max(dose),
                None => by_product.push((&exposure.product, dose)),
            }
        }
        let total = by_product.into_iter().map(|(_, dose)| dose).reduce(Dose::plus);
        if let Some(total) = total.filter(|total| total.is_known()) {
            return total;
        }
    }
    Dose::UNKNOWN
}

/// Whether a dose is enough, given what each exposure's form would need.
fn enough(dose: Dose, exposures: &[&Exposure]) -> Truth {
    let needs = exposures.iter().filter_map(|exposure| exposure.needs);
    let Some((least, most)) = needs.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))) else { return Truth::Unknown };
    if exposures.iter().any(|exposure| exposure.dose_unusable) {
        return Truth::Unknown;
    }
    // What a division leaves behind the sixth decimal is no dose.
    if dose.low.round_dp(6) >= most {
        Truth::True
    } else if dose.high.is_some_and(|high| high.round_dp(6) < least) {
        Truth::False
    } else {
        Truth::Unknown
    }
}

/// The most days in a row among the segments that count, from a day on, where up to `gap` days
/// between them do not end the row. The gap's own days are not counted.
#[must_use]
pub fn longest_run(segments: &[Segment], from: Day, gap: i64, counts: &dyn Fn(&Segment) -> bool) -> i64 {
    let (mut longest, mut run, mut last): (i64, i64, Option<Day>) = (0, 0, None);
    for segment in segments.iter().filter(|segment| segment.to >= from && counts(segment)) {
        let start = segment.from.max(from);
        if last.is_none_or(|last| start.since(last) - 1 > gap) {
            run = 0;
        }
        run += segment.to.since(start) + 1;
        longest = longest.max(run);
        last = Some(segment.to);
    }
    longest
}
