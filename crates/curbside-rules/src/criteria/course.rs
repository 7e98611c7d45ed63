//! `course`: where a course of treatment stands.

use curbside_chart::Kind as RecordKind;
use curbside_chart::time::{Day, Duration, When};
use curbside_source::{Diagnostic, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Aspect, Compiler, DefId, DefinitionKind, Node, Plan};
use crate::derive::{Course, Run, Unclear};
use crate::evaluate::{Cx, Verdict};
use crate::fact::{Fact, Shape};
use crate::model::{Count, DateExpression, Name, Names, Time};
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// Where a course of treatment stands; where several things are asked, all must hold.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "CourseTest")]
pub struct CourseTest {
    /// The course.
    pub of: Name,
    /// It goes on: its last session is not longer ago than its break.
    pub active: Option<bool>,
    /// It is in one of these phases.
    pub phase: Option<Names>,
    /// The day of the course (the first session is day 1).
    pub day: Option<DayRange>,
    /// It has so many sessions.
    pub sessions: Option<AtLeastCount>,
    /// There is a session on this day.
    pub session_on: Option<Spanned<DateExpression>>,
    /// There ever was a session.
    pub ever: Option<bool>,
    /// It is as old as this, counted inclusively.
    pub lasts_at_least: Option<Time>,
    /// On which day it is asked (default: `as_of`).
    pub at: Option<Spanned<DateExpression>>,
}

/// Days of a course, both included.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DayRange")]
pub struct DayRange {
    /// First day.
    pub from: Option<Count>,
    /// Last day.
    pub to: Option<Count>,
}

/// A least number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "AtLeastCount")]
pub struct AtLeastCount {
    /// At least so many.
    pub at_least: Count,
}

#[derive(Debug)]
struct Asked {
    of: DefId,
    active: Option<bool>,
    phases: Option<Vec<String>>,
    day: Option<(Option<usize>, Option<usize>)>,
    sessions: Option<usize>,
    session_on: Option<DatePlan>,
    ever: Option<bool>,
    lasts: Option<Duration>,
    at: Option<DatePlan>,
    name: String,
}

impl Kind for CourseTest {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let of = compiler.definition(&self.of, &[DefinitionKind::Course])?;
        for phase in self.phase.iter().flatten() {
            compiler.phase(&self.of, phase);
        }
        let day = match &self.day {
            Some(range) => {
                Some((compiler.optional(range.from.as_ref(), Compiler::count)?, compiler.optional(range.to.as_ref(), Compiler::count)?))
            }
            None => None,
        };
        if let Some((Some(from), Some(to))) = day
            && from > to
        {
            compiler.error("impossible-range", place.span, format!("no day is from {from} to {to}"));
        }
        let lasts = compiler.optional(self.lasts_at_least.as_ref(), Compiler::duration)?;
        if let (Some(figure), Some(lasts)) = (&self.lasts_at_least, lasts)
            && lasts.is_time()
        {
            compiler
                .report(Diagnostic::error("wrong-unit", figure.span, "a course is counted in days").help("write days, weeks or months"));
        }
        let test = Asked {
            of,
            active: self.active,
            phases: self.phase.as_ref().map(|phases| phases.iter().map(|phase| phase.value.clone()).collect()),
            day,
            sessions: match &self.sessions {
                Some(sessions) => Some(compiler.count(&sessions.at_least)?),
                None => None,
            },
            session_on: compiler.optional(self.session_on.as_ref(), Compiler::date)?,
            ever: self.ever,
            lasts,
            at: compiler.optional(self.at.as_ref(), Compiler::date)?,
            name: self.of.value.clone(),
        };
        let asks = [
            test.active.is_some(),
            test.phases.is_some(),
            test.day.is_some(),
            test.sessions.is_some(),
            test.session_on.is_some(),
            test.ever.is_some(),
            test.lasts.is_some(),
        ];
        if !asks.contains(&true) {
            compiler.error(
                "nothing-asked",
                place.span,
                "this asks for nothing: give `active`, `phase`, `day`, `sessions`, `session_on`, `ever` or `lasts_at_least`",
            );
        }
        Some(place.node(compiler, test))
    }
}

/// What is asked about a course of treatment and these dates.
pub(super) fn asks_course<'d>(plan: &Plan, course: DefId, dates: impl IntoIterator<Item = &'d DatePlan>) -> Asks {
    let Some(course) = plan.course(course) else { return Asks::Anything };
    let own = vec![Aspect::Given(course.set), Aspect::Unsought(RecordKind::MedicationAdministration)];
    Asks::with_dates(own, dates.into_iter().map(|date| date.asks(plan)))
}

impl Asked {
    /// What is asked of the course as it stands on a day.
    fn on(&self, cx: Cx<'_, '_>, course: &Course, today: Day) -> Truth {
        let run = course.run_at(today);
        let mut truth = Truth::True;
        if let Some(wanted) = self.active {
            truth = truth.and((run.is_some_and(|run| run.is_active) == wanted).into());
        }
        if let Some(wanted) = self.ever {
            truth = truth.and((course.has_any() == wanted).into());
        }
        // A phase, a day and an age are those of a course that goes on.
        let going = run.filter(|run| run.is_active);
        let of_run = |ask: &dyn Fn(&Run<'_>) -> bool| Truth::from(going.as_ref().is_some_and(ask));
        if let Some(phases) = &self.phases {
            truth = truth.and(of_run(&|run| course.phase(run.day_of(today)).is_some_and(|phase| phases.contains(&phase.name))));
        }
        if let Some((from, to)) = self.day {
            let bound = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            truth = truth.and(of_run(&|run| {
                let day = run.day_of(today);
                from.is_none_or(|from| day >= bound(from)) && to.is_none_or(|to| day <= bound(to))
            }));
        }
        if let Some(lasts) = self.lasts {
            truth = truth.and(of_run(&|run| run.sessions.first().is_some_and(|(first, _)| first.plus(lasts).plus_days(-1) <= today)));
        }
        if let Some(wanted) = self.sessions {
            truth = truth.and(run.is_some_and(|run| run.sessions.len() >= wanted).into());
        }
        if let Some(on) = &self.session_on {
            truth = truth.and(match on.resolve(cx) {
                Resolved::Days(when) => {
                    let days = (when.first_day(), when.last_day());
                    let some = course.sessions.iter().any(|(day, _)| (days.0..=days.1).contains(day));
                    Truth::from(if when.is_to_the_day() || !some { Some(some) } else { None })
                }
                Resolved::Unknown => Truth::Unknown,
                Resolved::Never => Truth::False,
            });
        }
        truth
    }

    /// The administrations that may change the answer.
    fn unclear(&self, cx: Cx<'_, '_>, course: &Course, today: Day) -> Vec<Unclear> {
        if course.unclear.is_empty() || self.ever.is_some() {
            // What was ever, any of them may tell.
            return course.unclear.clone();
        }
        let asks_more =
            self.active.is_some() || self.phases.is_some() || self.day.is_some() || self.sessions.is_some() || self.lasts.is_some();
        let mut unclear = if asks_more { course.unclear_at(today) } else { Vec::new() };
        // Whether there was a session on a day, only those tell that may have been on it.
        let on_day = |own: &&Unclear| match self.session_on.as_ref().map(|on| on.resolve(cx)) {
            Some(Resolved::Days(when)) => own.may_be_in(when.first_day(), when.last_day()),
            Some(Resolved::Unknown) => true,
            Some(Resolved::Never) | None => false,
        };
        for own in course.unclear.iter().filter(on_day) {
            if unclear.iter().all(|known| known.record != own.record) {
                unclear.push(*own);
            }
        }
        unclear
    }

    fn describe(&self, cx: Cx<'_, '_>, course: &Course, today: Day) -> String {
        let title = cx.course_title(self.of).unwrap_or(&self.name);
        match course.run_at(today) {
            None => format!("{title}: no session on record"),
            Some(run) => {
                let (first, last) = (run.sessions.first().map(|(day, _)| *day), run.sessions.last().map(|(day, _)| *day));
                let day = run.day_of(today);
                let phase = course.phase(day).map(|phase| format!(", {}", phase.name)).unwrap_or_default();
                let state = if run.is_active { format!("day {day}{phase}") } else { "not active".to_owned() };
                let show = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
                format!("{title}: {state}, {} sessions from {} to {}", run.sessions.len(), show(first), show(last))
            }
        }
    }
}

impl Test for Asked {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let cx = cx.course_of(self.of).map_or(cx, |drugs| cx.proposing(drugs));
        let course = cx.course(self.of);
        let today = match self.at.as_ref().map_or(Resolved::Days(When::on(cx.as_of().day())), |at| at.resolve(cx)) {
            Resolved::Days(when) => when,
            Resolved::Unknown => {
                return Verdict::unknown("the day that is proposed is not known", "start of the appointment", "Appointment.start");
            }
            Resolved::Never => return Verdict::new(Truth::False, "no day is proposed").distance(cx, 1.0, || "a day that is proposed"),
        };
        let certain = Truth::agreed([self.on(cx, &course, today.first_day()), self.on(cx, &course, today.last_day())]);
        let unclear = self.unclear(cx, &course, today.last_day());
        let truth = if unclear.is_empty() {
            certain
        } else {
            let possible = course.possible(cx, today.last_day(), &unclear);
            let is_open = possible.is_open || (self.sessions.is_some() && unclear.len() > 1);
            let of_each = |other: &Course| Truth::agreed([today.first_day(), today.last_day()].map(|day| self.on(cx, other, day)));
            let truth = Truth::agreed(possible.courses.iter().map(of_each));
            // What they leave open is what there is too little of, and what one of them would change.
            if truth == Truth::False && is_open { Truth::Unknown } else { truth }
        };
        let looked = cx.chart().looked_for("MedicationAdministration");
        let mut says = self.describe(cx, &course, today.last_day());
        if !unclear.is_empty() {
            says.push_str(&format!("; besides {} of which it is not known whether or when they were sessions", unclear.len()));
        }
        if (truth == Truth::Unknown && !unclear.is_empty()) || !looked {
            let mut verdict = Verdict::unknown(says, "whether and when administrations were sessions", "MedicationAdministration");
            verdict.evidence.extend(unclear.iter().map(|own| own.record));
            return verdict;
        }
        let evidence = course.run_at(today.last_day()).map(|run| run.evidence()).unwrap_or_default();
        let mut verdict = Verdict::new(truth, says).from_all(evidence).from_all(unclear.iter().map(|own| own.record));
        verdict.notes.extend(course.notes.iter().cloned());
        let share = if course.sessions.is_empty() { 1.0 } else { 0.5 };
        verdict.distance(cx, share, || format!("another stage of {}", self.name))
    }

    fn asks(&self, plan: &Plan) -> Asks {
        asks_course(plan, self.of, self.at.iter().chain(&self.session_on))
    }

    fn shape(&self, plan: &Plan) -> Shape {
        match plan.definitions.get(self.of.index()).map(|definition| &definition.body) {
            Some(crate::compile::DefinitionBody::Course(course)) => match course.shape() {
                Shape::Record(members) => Shape::Record([("truth", Shape::Truth)].into_iter().chain(members).collect()),
                other => other,
            },
            _ => Shape::Anything,
        }
    }

    fn fact(&self, cx: Cx<'_, '_>, verdict: &Verdict) -> Fact {
        match cx.course(self.of).fact(cx.as_of().day()) {
            Fact::Record(members) => Fact::Record([("truth", Fact::Truth(verdict.truth))].into_iter().chain(members).collect()),
            other => other,
        }
    }
}
