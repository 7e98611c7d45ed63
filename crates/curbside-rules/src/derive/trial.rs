//! A trial of a drug: a stretch of exposures to one ingredient, its adequate days, and whether it
//! lies in the time that counts.

use curbside_chart::RecordRef;
use curbside_chart::time::{Day, Duration, When};
use curbside_terminology::{DrugSetId, Drugs};
use smol_str::SmolStr;

use crate::evaluate::Cx;
use crate::fact::{Fact, Shape};
use crate::facts::{Dose, Exposure, Segment, cover, longest_run};
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// A trial of a drug.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The drug set it is of.
    pub set: DrugSetId,
    /// The ingredient, by its place in the set; `None` where the record does not say what drug.
    pub ingredient: Option<u16>,
    /// The ingredient it is counted as.
    pub counts_as: Option<usize>,
    /// How a person would call the drug.
    pub name: String,
    /// The drug is only named in the record's words.
    pub suspected: bool,
    /// When it began.
    pub start: When,
    /// When it ended; the day the chart is looked at, while it goes on.
    pub end: When,
    /// Its days.
    pub segments: Vec<Segment>,
    /// The records it is made of.
    pub records: Vec<RecordRef>,
    /// What shows how it turned out, besides those: scores, an allergy.
    pub evidence: Vec<RecordRef>,
    /// The dose on most of its days.
    pub dose: Dose,
    /// Days at an adequate dose, in a row but for tolerated gaps: for certain, and at most.
    pub days: (i64, i64),
    /// Whether it goes on.
    pub ongoing: Truth,
    /// Whether it lies in the time that counts.
    pub in_window: Truth,
    /// Whether dose and duration are adequate.
    pub adequate: Truth,
    /// Why not, or why not for certain.
    pub shortfall: &'static str,
    /// The outcome: true for confirmed, unknown for review, false for not counted.
    pub outcome: Truth,
    /// Why, as a code: `short-duration`, `response`, …
    pub reason: String,
    /// Why, in a sentence.
    pub because: String,
    /// What a reader should know about the data it rests on.
    pub notes: Vec<SmolStr>,
}

/// The time in which trials count.
#[derive(Clone, Debug, Default)]
pub struct TrialWindow {
    /// Since this date, where it is known.
    pub since: Option<DatePlan>,
    /// But not further back than this; alone where the date is not known.
    pub lookback: Option<Duration>,
}

/// What makes a trial adequate.
#[derive(Clone, Debug)]
pub(super) struct Adequacy {
    pub(super) days: i64,
    pub(super) gap: i64,
    pub(super) needs_dose: bool,
}

/// The trials of a drug set: one ingredient each, cut where a gap is longer than tolerated.
pub(super) fn trials(cx: Cx<'_, '_>, set: DrugSetId, adequacy: &Adequacy, window: &TrialWindow) -> Vec<Trial> {
    let exposures = cx.facts().exposures(cx, set);
    let mut groups: Vec<((Option<u16>, bool, u32), Vec<&Exposure>)> = Vec::new();
    for exposure in &exposures.list {
        // Records that do not say what drug may each be another one.
        let own = if exposure.ingredient.is_none() { exposure.record.at } else { 0 };
        let key = (exposure.ingredient, exposure.suspected, own);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, list)) => list.push(exposure),
            None => groups.push((key, vec![exposure])),
        }
    }
    let drugs = cx.vocabulary().drugs(set);
    let mut found = Vec::new();
    for ((ingredient, suspected, _), group) in &groups {
        let segments = cover(group);
        for run in runs(&segments, adequacy.gap) {
            found.push(trial(cx, set, (*ingredient, *suspected), drugs, group, run, adequacy, window));
        }
    }
    found.sort_by(|a, b| (a.start, &a.name, &a.records).cmp(&(b.start, &b.name, &b.records)));
    found
}

/// Stretches of days between which no gap is longer than tolerated.
fn runs(segments: &[Segment], gap: i64) -> Vec<&[Segment]> {
    let mut runs = Vec::new();
    let mut first = 0;
    for (at, (before, after)) in segments.iter().zip(segments.iter().skip(1)).enumerate() {
        if after.from.since(before.to) - 1 > gap {
            runs.extend(segments.get(first..=at));
            first = at + 1;
        }
    }
    runs.extend(segments.get(first..).filter(|rest| !rest.is_empty()));
    runs
}

#[expect(clippy::too_many_arguments, reason = "each is one thing a trial is made of")]
fn trial(
    cx: Cx<'_, '_>,
    set: DrugSetId,
    (ingredient, suspected): (Option<u16>, bool),
    drugs: Option<&Drugs>,
    group: &[&Exposure],
    segments: &[Segment],
    adequacy: &Adequacy,
    window: &TrialWindow,
) -> Trial {
    let today = cx.as_of().day();
    let sure = |segment: &&Segment| segment.sure;
    let (first, last) = (segments.first().map_or(today, |s| s.from), segments.last().map_or(today, |s| s.to));
    let start = When::between(first, segments.iter().find(sure).map_or(last, |segment| segment.from));
    let end = When::between(segments.iter().rev().find(sure).map_or(first, |segment| segment.to), last);
    let concerned: Vec<&&Exposure> = group.iter().filter(|e| e.start.first_day() <= last && e.end.last_day() >= first).collect();
    let mut records: Vec<RecordRef> = concerned.iter().map(|exposure| exposure.record).collect();
    records.sort_unstable();
    records.dedup();
    let facts = ingredient.and_then(|at| drugs?.ingredients.get(usize::from(at)));
    let label = || concerned.first().map(|exposure| exposure.label.clone()).unwrap_or_default();
    let (in_window, from) = window.judge(cx, end);
    let (adequate, days, shortfall) = judge(segments, adequacy, from);
    Trial {
        set,
        ingredient,
        counts_as: facts.map(|facts| facts.counts_as),
        name: facts.map_or_else(label, |facts| facts.name.clone()),
        suspected,
        start,
        end,
        evidence: Vec::new(),
        dose: usual_dose(segments),
        segments: segments.to_vec(),
        records,
        days,
        ongoing: ongoing(segments, today),
        in_window,
        adequate,
        shortfall,
        outcome: Truth::Unknown,
        reason: String::new(),
        because: String::new(),
        notes: Vec::new(),
    }
}

/// The dose on most of the days.
fn usual_dose(segments: &[Segment]) -> Dose {
    let mut days: Vec<(Dose, i64)> = Vec::new();
    for segment in segments {
        match days.iter_mut().find(|(dose, _)| *dose == segment.dose) {
            Some((_, count)) => *count += segment.days(),
            None => days.push((segment.dose, segment.days())),
        }
    }
    days.into_iter().max_by_key(|(_, count)| *count).map_or(Dose::UNKNOWN, |(dose, _)| dose)
}

fn ongoing(segments: &[Segment], today: Day) -> Truth {
    match segments.last() {
        Some(last) if last.to >= today && last.sure => Truth::True,
        Some(last) if last.to >= today => Truth::Unknown,
        _ => Truth::False,
    }
}

/// Whether dose and duration are adequate, the adequate days (for certain, at most), and what is
/// wanting.
fn judge(segments: &[Segment], adequacy: &Adequacy, from: (Day, Day)) -> (Truth, (i64, i64), &'static str) {
    let Adequacy { days: needed, gap, needs_dose } = *adequacy;
    let enough = |segment: &Segment, wanted: &dyn Fn(Truth) -> bool| !needs_dose || wanted(segment.enough);
    let certain = longest_run(segments, from.1, gap, &|segment| segment.sure && enough(segment, &|t| t == Truth::True));
    let possible = longest_run(segments, from.0, gap, &|segment| enough(segment, &|t| t != Truth::False));
    let days = (certain, possible);
    if certain >= needed {
        return (Truth::True, days, "");
    }
    if possible < needed {
        let taken = longest_run(segments, from.0, gap, &|_| true);
        return (Truth::False, days, if taken >= needed { "below-min-dose" } else { "short-duration" });
    }
    let surely_taken = longest_run(segments, from.1, gap, &|segment| segment.sure);
    (Truth::Unknown, days, if surely_taken >= needed { "dose-unknown" } else { "dates-uncertain" })
}

impl TrialWindow {
    /// Whether a trial that ended then lies in the window, and from which day on its days count
    /// (at the earliest, for certain).
    fn judge(&self, cx: Cx<'_, '_>, end: When) -> (Truth, (Day, Day)) {
        let back = self.lookback.map_or(Day::MIN, |lookback| cx.as_of().day().minus(lookback));
        let not_before = |day: Day| {
            if end.first_day() >= day {
                Truth::True
            } else if end.last_day() < day {
                Truth::False
            } else {
                Truth::Unknown
            }
        };
        match self.since.as_ref().map(|since| since.resolve(cx)) {
            Some(Resolved::Days(since)) => {
                let from = (since.first_day(), since.last_day());
                let in_episode = if end.first_day() >= from.1 {
                    Truth::True
                } else if end.last_day() < from.0 {
                    Truth::False
                } else {
                    Truth::Unknown
                };
                // Within the episode and further back than one looks: for a person to judge.
                let truth = match (in_episode, not_before(back)) {
                    (Truth::False, _) => Truth::False,
                    (Truth::True, Truth::True) => Truth::True,
                    _ => Truth::Unknown,
                };
                (truth, from)
            }
            _ => (not_before(back), (back, back)),
        }
    }
}

impl Trial {
    /// What templates can show of a trial.
    #[must_use]
    pub fn shape() -> Shape {
        Shape::Record(vec![
            ("ingredient", Shape::Text(60)),
            ("daily_dose", Shape::Text(40)),
            ("start", Shape::Date),
            ("end", Shape::Date),
            ("days", Shape::Number(5)),
            ("days_at_most", Shape::Number(5)),
            ("ongoing", Shape::Truth),
            ("adequate", Shape::Truth),
            ("in_window", Shape::Truth),
            ("outcome", Shape::Label(vec!["confirmed".into(), "review".into(), "not counted".into()])),
            ("reason", Shape::Text(40)),
            ("because", Shape::Text(200)),
            ("records", Shape::List(Box::new(Shape::Text(120)))),
        ])
    }

    /// What templates show of it.
    #[must_use]
    pub fn fact(&self, cx: Cx<'_, '_>) -> Fact {
        let end = if self.ongoing == Truth::True { "ongoing".to_owned() } else { self.end.to_string() };
        Fact::Record(vec![
            ("ingredient", Fact::Text(self.name.clone())),
            ("daily_dose", Fact::Text(self.dose.to_string())),
            ("start", Fact::Text(self.start.to_string())),
            ("end", Fact::Text(end)),
            ("days", Fact::Number(self.days.0.to_string())),
            ("days_at_most", Fact::Number(self.days.1.to_string())),
            ("ongoing", Fact::Truth(self.ongoing)),
            ("adequate", Fact::Truth(self.adequate)),
            ("in_window", Fact::Truth(self.in_window)),
            ("outcome", Fact::Text(self.outcome_name().to_owned())),
            ("reason", Fact::Text(self.reason.clone())),
            ("because", Fact::Text(self.because.clone())),
            ("records", Fact::List(self.records.iter().chain(&self.evidence).map(|record| Fact::Text(cx.name(*record))).collect())),
        ])
    }

    /// `confirmed`, `review` or `not counted`.
    #[must_use]
    pub const fn outcome_name(&self) -> &'static str {
        match self.outcome {
            Truth::True => "confirmed",
            Truth::Unknown => "review",
            Truth::False => "not counted",
        }
    }

    /// Whether it is for certain a trial of a drug of the set: not where the record does not say
    /// what drug it is about.
    #[must_use]
    pub fn is_of_set(&self) -> Truth {
        if self.ingredient.is_none() { Truth::Unknown } else { Truth::True }
    }
}
