//! Courses of treatment: administrations as sessions, one a day, cut where they pause, with phases
//! counted from the first session.

use curbside_chart::resource::status;
use curbside_chart::time::{Day, Duration, When};
use curbside_chart::{Kind, Place, RecordRef};
use curbside_source::{Diagnostic, Spanned};
use curbside_terminology::DrugSetId;
use schemars::JsonSchema;
use serde::Deserialize;
use smol_str::SmolStr;

use super::Unclear;
use crate::compile::{Compiler, Node};
use crate::criteria::Criterion;
use crate::evaluate::Cx;
use crate::fact::{Fact, Shape};
use crate::facts::reasons_of;
use crate::model::{Count, Name, Time};
use crate::shared::fhir_words::check_statuses;
use crate::shared::{CodeTest, CodeTestModel, CourseDay, Resolved};
use crate::truth::Truth;

/// A course of treatment with a drug.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "TreatmentCourse")]
pub struct CourseModel {
    /// The drug set.
    pub of: Name,
    /// Statuses of administrations that are sessions (default: completed, stopped, in-progress).
    pub status: Option<Vec<Spanned<String>>>,
    /// What the administration was for; where it is false it is no session.
    pub reason: Option<Spanned<CodeTestModel>>,
    /// In which category it was given; where it is false it is no session.
    pub category: Option<Spanned<CodeTestModel>>,
    /// An administration without a reason is a session only where this is true.
    pub without_reason_if: Option<Spanned<Criterion>>,
    /// Sessions further apart than this begin a new course.
    pub break_after: Time,
    /// Courses with fewer sessions are passed over.
    pub sessions_at_least: Option<Count>,
    /// Phases in order, each with its length, the last one open.
    #[serde(default)]
    pub phases: Vec<PhaseModel>,
}

/// A phase of a course.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Phase")]
pub struct PhaseModel {
    /// Its name.
    pub phase: Name,
    /// How long it lasts; open where absent.
    pub lasts: Option<Time>,
    /// How far apart its sessions are meant to be.
    pub every: Option<Time>,
}

/// A course of treatment, ready to be looked for.
#[derive(Clone, Debug)]
pub struct CoursePlan {
    pub(crate) set: DrugSetId,
    status: Vec<String>,
    reason: Option<CodeTest>,
    category: Option<CodeTest>,
    without_reason_if: Option<Node>,
    break_after: i64,
    sessions_at_least: usize,
    /// Its phases.
    pub phases: Vec<Phase>,
    /// What it is of.
    pub title: String,
}

/// A phase of a course, in days counted from the first session, which is day 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Its first day.
    pub from: i64,
    /// Its last day; open where absent.
    pub to: Option<i64>,
    /// How far apart its sessions are meant to be.
    pub every: Option<Duration>,
}

/// The sessions of a patient.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// Sessions by day, oldest first.
    pub sessions: Vec<(Day, RecordRef)>,
    /// Administrations of which it is not known whether they are sessions, or when.
    pub unclear: Vec<Unclear>,
    /// Notes on the data.
    pub notes: Vec<SmolStr>,
    pub(super) sessions_at_least: usize,
    /// Sessions before what is too short is left out.
    pub(super) all: Vec<(Day, RecordRef)>,
    pub(super) break_after: i64,
    phases: Vec<Phase>,
    today: Option<Day>,
    /// Nobody looked for administrations: there may be some.
    is_unsought: bool,
}

/// The sessions of one course.
#[derive(Clone, Copy, Debug)]
pub struct Run<'c> {
    /// Its sessions, oldest first; never empty.
    pub sessions: &'c [(Day, RecordRef)],
    /// Whether it goes on at the day it was asked for.
    pub is_active: bool,
}

impl CourseModel {
    /// Makes the course of a definition ready.
    pub(crate) fn compile(&self, compiler: &mut Compiler<'_>) -> Option<CoursePlan> {
        compiler.reads(Kind::MedicationAdministration);
        compiler.reads(Kind::Medication);
        let set = compiler.drug_set(&self.of);
        let reason = compiler.optional(self.reason.as_ref(), |compiler, reason| CodeTest::of_reason(reason, compiler));
        let category = compiler.optional(self.category.as_ref(), |compiler, category| CodeTest::compile(category, compiler));
        let without_reason_if = compiler.optional(self.without_reason_if.as_ref(), |compiler, criterion| compiler.criterion(criterion));
        let break_after = whole_days(compiler, &self.break_after);
        let sessions_at_least = compiler.optional(self.sessions_at_least.as_ref(), Compiler::count);
        let mut phases = Vec::new();
        let mut next = Some(1);
        for model in &self.phases {
            let Some(from) = next else {
                let message = format!("phase `{}` never begins: the one before it has no end", model.phase.value);
                compiler.error("impossible-range", model.phase.span, message);
                break;
            };
            let length = match &model.lasts {
                Some(lasts) => Some(whole_days(compiler, lasts)?),
                None => None,
            };
            let every = compiler.optional(model.every.as_ref(), Compiler::duration)?;
            phases.push(Phase { name: model.phase.value.clone(), from, to: length.map(|length| from + length - 1), every });
            next = length.map(|length| from + length);
        }
        check_statuses(self.status.iter().flatten(), status::MEDICATION_ADMINISTRATION, compiler);
        let status = match &self.status {
            Some(status) => status.iter().map(|word| word.value.clone()).collect(),
            None => vec!["completed".to_owned(), "stopped".to_owned(), "in-progress".to_owned()],
        };
        let set = set?;
        let title = compiler.vocabulary().title(curbside_terminology::SetId::Drugs(set)).to_owned();
        Some(CoursePlan {
            set,
            status,
            reason: reason?,
            category: category?,
            without_reason_if: without_reason_if?,
            break_after: break_after?,
            sessions_at_least: sessions_at_least?.unwrap_or(0),
            phases,
            title,
        })
    }
}

fn whole_days(compiler: &mut Compiler<'_>, figure: &Time) -> Option<i64> {
    let days = compiler.duration(figure)?.whole_days();
    if days.is_none() {
        compiler.report(Diagnostic::error("wrong-unit", figure.span, "a course is counted in days").help("write days or weeks"));
    }
    days
}

impl CoursePlan {
    /// The sessions of a patient.
    #[must_use]
    pub fn course(&self, cx: Cx<'_, '_>) -> Course {
        let chart = cx.chart();
        let medicines = cx.facts().medicines(cx);
        let today = cx.as_of().day();
        let mut course = Course {
            break_after: self.break_after,
            sessions_at_least: self.sessions_at_least,
            phases: self.phases.clone(),
            today: Some(today),
            is_unsought: !chart.looked_for(Kind::MedicationAdministration.name()),
            ..Course::default()
        };
        cx.look_at(chart.administrations.len());
        for (&(record, ref medicine), held) in medicines.administrations().iter().zip(&chart.administrations) {
            if held.place != Place::Record || !medicine.may_be_of(self.set) {
                continue;
            }
            let is_coded = medicine.of_set(self.set).next().is_some();
            let status = held.data.status.as_deref();
            if held.data.not_given == Some(true)
                || status.is_some_and(|status| status != "unknown" && !self.status.iter().any(|known| known == status))
            {
                continue;
            }
            let period = held.data.effective_period.as_ref().or(held.data.occurence_period.as_ref());
            let date = held.data.effective_date_time.as_deref().or(held.data.occurence_date_time.as_deref());
            let when = cx.when(date.or(period.and_then(|period| period.start.as_deref())));
            if when.is_some_and(|when| when.first_day() > today) {
                continue;
            }
            let certain = is_coded && held.doubt.is_none() && !matches!(status, None | Some("unknown"));
            let category = held.data.category.read().unwrap_or_default();
            let in_category = self.category.as_ref().map_or(Truth::True, |test| test.test(cx.vocabulary(), &category));
            match (in_category.and(self.is_session(cx, record)).doubted(!certain), when.and_then(When::day)) {
                (Truth::False, _) => course.notes.push(format!("{} is not counted as a session", cx.name(record)).into()),
                (Truth::True, Some(day)) => course.sessions.push((day, record)),
                (truth, _) => course.unclear.push(Unclear::new(record, when, truth == Truth::True, today)),
            }
        }
        course.all.clone_from(&course.sessions);
        course.settle();
        course
    }

    /// Whether an administration is a session, by what it was for.
    fn is_session(&self, cx: Cx<'_, '_>, record: RecordRef) -> Truth {
        let Some(test) = &self.reason else { return Truth::True };
        let reasons = reasons_of(cx, record);
        if reasons.indication.iter().all(curbside_chart::datatype::Concept::is_empty)
            && let Some(node) = &self.without_reason_if
        {
            // Without a reason of its own it is one where another record gives the reason.
            return node.decide(cx).truth;
        }
        test.test(cx.vocabulary(), &reasons.indication)
    }

    /// What templates can show of a course.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape::Record(vec![
            ("active", Shape::Truth),
            ("day", Shape::Number(5)),
            ("phase", Shape::Label(self.phases.iter().map(|phase| phase.name.clone()).collect())),
            ("sessions", Shape::Number(5)),
            ("first_session", Shape::Date),
            ("last_session", Shape::Date),
            ("unclear", Shape::Truth),
        ])
    }
}

impl Course {
    /// Puts the sessions in order; what is too short to be a course is none.
    pub(super) fn settle(&mut self) {
        self.sessions.sort_unstable();
        self.sessions.dedup_by_key(|(day, _)| *day);
        if self.sessions_at_least > 1 {
            let long = |run: &Run<'_>| run.sessions.len() >= self.sessions_at_least;
            self.sessions = self.runs().into_iter().filter(long).flat_map(|run| run.sessions.to_vec()).collect();
        }
    }

    /// Whether there ever was a session, on whatever day.
    #[must_use]
    pub fn has_any(&self) -> bool {
        !self.sessions.is_empty() || self.unclear.iter().any(|own| own.is_session)
    }

    /// The course that a day falls in: the one with the last session before it, or on it.
    #[must_use]
    pub fn run_at(&self, day: Day) -> Option<Run<'_>> {
        let end = self.sessions.partition_point(|(session, _)| *session <= day);
        let (last, _) = *self.sessions.get(end.checked_sub(1)?)?;
        let before = self.sessions.get(..end)?;
        let breaks = before.iter().zip(before.iter().skip(1)).rposition(|((a, _), (b, _))| b.since(*a) > self.break_after);
        let start = breaks.map_or(0, |at| at + 1);
        Some(Run { sessions: before.get(start..)?, is_active: day.since(last) <= self.break_after })
    }

    /// Every course there was, oldest first.
    #[must_use]
    pub fn runs(&self) -> Vec<Run<'_>> {
        let mut runs = Vec::new();
        let mut day = self.today;
        while let Some(run) = day.and_then(|day| self.run_at(day)) {
            day = run.sessions.first().map(|(first, _)| first.plus_days(-1));
            runs.push(run);
        }
        runs.reverse();
        runs
    }

    /// The phase that a day of the course (from 1) falls in.
    #[must_use]
    pub fn phase(&self, day: i64) -> Option<&Phase> {
        self.phases.iter().find(|phase| day >= phase.from && phase.to.is_none_or(|to| day <= to))
    }

    /// The first day on which there may have been a session that is not certain.
    fn perhaps_first(&self) -> Option<Day> {
        self.unclear.iter().map(|own| own.days.map_or(Day::MIN, |(first, _)| first)).min()
    }

    /// The day by which there was a session for certain, also where that is only known to the month.
    fn first_by(&self) -> Option<Day> {
        let certain = self.sessions.first().map(|(day, _)| *day);
        if self.sessions_at_least > 1 {
            // A session alone may be too little to be a course.
            return certain;
        }
        let by = |own: &Unclear| own.days.map(|(_, last)| last).or(self.today);
        certain.into_iter().chain(self.unclear.iter().filter(|own| own.is_session).filter_map(by)).min()
    }

    /// A date of the course that went on on a day, or else of the last one.
    pub(crate) fn day(&self, wanted: CourseDay, on: Option<Day>) -> Resolved {
        let run = on.or(self.today).and_then(|day| self.run_at(day));
        let day = match (wanted, run) {
            (CourseDay::FirstEver, _) => self.first_by(),
            (CourseDay::First, Some(run)) => run.sessions.first().map(|(day, _)| *day),
            (CourseDay::Last, Some(run)) => run.sessions.last().map(|(day, _)| *day),
            (CourseDay::Session(number), Some(run)) => run.sessions.get(number.saturating_sub(1)).map(|(day, _)| *day),
            (_, None) => None,
        };
        match day {
            Some(day) if wanted == CourseDay::FirstEver => Resolved::Days(When::between(self.perhaps_first().unwrap_or(day).min(day), day)),
            Some(day) => Resolved::Days(When::on(day)),
            None if self.unclear.is_empty() && !self.is_unsought => Resolved::Never,
            None => Resolved::Unknown,
        }
    }

    /// What templates show of it.
    #[must_use]
    pub fn fact(&self, today: Day) -> Fact {
        let run = self.run_at(today);
        let first = run.and_then(|run| run.sessions.first()).map(|(day, _)| *day);
        let day = first.map(|first| today.since(first) + 1);
        Fact::Record(vec![
            ("active", Fact::Truth(run.is_some_and(|run| run.is_active).into())),
            ("day", Fact::number(day)),
            ("phase", Fact::text(day.and_then(|day| self.phase(day)).map(|phase| phase.name.clone()))),
            ("sessions", Fact::Number(run.map_or(0, |run| run.sessions.len()).to_string())),
            ("first_session", Fact::date(first)),
            ("last_session", Fact::date(run.and_then(|run| run.sessions.last()).map(|(day, _)| *day))),
            // Whether there may be sessions that all this does not tell of.
            ("unclear", Fact::Truth((!self.unclear_at(today).is_empty()).into())),
        ])
    }
}

impl Run<'_> {
    /// Day of the course (from 1) that a day is.
    #[must_use]
    pub fn day_of(&self, day: Day) -> i64 {
        self.sessions.first().map_or(1, |(first, _)| day.since(*first) + 1)
    }

    /// The records of its first and last session.
    #[must_use]
    pub fn evidence(&self) -> Vec<RecordRef> {
        let ends = [self.sessions.first(), self.sessions.last()];
        let mut records: Vec<RecordRef> = ends.into_iter().flatten().map(|(_, record)| *record).collect();
        records.dedup();
        records
    }
}
