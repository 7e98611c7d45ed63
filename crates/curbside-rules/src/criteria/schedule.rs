//! `schedule`: administrations against the phases of a course.

use curbside_chart::time::{Duration, When};
use curbside_source::{Diagnostic, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use super::course::asks_course;
use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Compiler, DefId, DefinitionKind, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::{DateExpression, Name, Time};
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// Administrations against the phases of a course, by how far apart sessions are meant to be.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Schedule")]
pub struct Schedule {
    /// The course; its phases say `every`.
    pub of: Name,
    /// What it must be.
    pub is: Standing,
    /// Days it may be early or late without being so (default: none).
    pub grace: Option<Time>,
    /// On which day it is asked (default: `as_of`).
    pub at: Option<Spanned<DateExpression>>,
}

/// How the next session stands to the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Standing")]
pub enum Standing {
    /// There has been no session yet.
    NotStarted,
    /// The course goes on, in a phase.
    InPhase,
    /// The next session is due that day, or within the grace around it.
    Due,
    /// The next session is past due, grace included.
    Late,
    /// The next session is not due yet, grace included.
    Early,
    /// The course has paused for longer than its break.
    Paused,
}

#[derive(Debug)]
struct ScheduleTest {
    of: DefId,
    is: Standing,
    grace: i64,
    at: Option<DatePlan>,
    name: String,
}

impl Kind for Schedule {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        let of = compiler.definition(&self.of, &[DefinitionKind::Course])?;
        let grace = compiler.optional(self.grace.as_ref(), Compiler::duration)?.map_or(Some(0), Duration::whole_days);
        let Some(grace) = grace else {
            compiler.report(Diagnostic::error("wrong-unit", place.span, "grace is counted in days").help("write `2 days`"));
            return None;
        };
        let at = compiler.optional(self.at.as_ref(), Compiler::date)?;
        Some(place.node(compiler, ScheduleTest { of, is: self.is, grace, at, name: self.of.value.clone() }))
    }
}

impl Test for ScheduleTest {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let cx = cx.course_of(self.of).map_or(cx, |drugs| cx.proposing(drugs));
        let course = cx.course(self.of);
        let day = match self.at.as_ref().map_or(Resolved::Days(When::on(cx.as_of().day())), |at| at.resolve(cx)) {
            Resolved::Days(when) => when.day(),
            Resolved::Unknown => None,
            Resolved::Never => return Verdict::new(Truth::False, "no day is proposed"),
        };
        let Some(day) = day else {
            return Verdict::unknown("the day that is asked for is not known", "start of the appointment", "Appointment.start");
        };
        let unclear = course.unclear_at(day);
        if !unclear.is_empty() || !cx.chart().looked_for("MedicationAdministration") {
            return Verdict::unknown(
                "some administrations may be sessions",
                "whether and when administrations were sessions",
                "MedicationAdministration",
            )
            .from_all(unclear.iter().map(|own| own.record));
        }
        let Some(run) = course.run_at(day) else {
            return Verdict::new((self.is == Standing::NotStarted).into(), format!("{}: no session on record", self.name));
        };
        let last = run.sessions.last().map_or(day, |(last, _)| *last);
        let phase = course.phase(run.day_of(day));
        let next = phase.and_then(|phase| phase.every).map(|every| last.plus(every));
        let name = phase.map_or("no phase", |phase| phase.name.as_str());
        let due = next.map_or_else(|| "no next session planned".to_owned(), |next| format!("next session due {next}"));
        let truth = match self.is {
            Standing::NotStarted => Truth::False,
            Standing::Paused => (!run.is_active).into(),
            Standing::InPhase => (run.is_active && phase.is_some()).into(),
            Standing::Due | Standing::Late | Standing::Early if !run.is_active => Truth::False,
            Standing::Due => next.is_some_and(|next| day.since(next).abs() <= self.grace).into(),
            Standing::Late => next.is_some_and(|next| day.since(next) > self.grace).into(),
            Standing::Early => next.is_some_and(|next| next.since(day) > self.grace).into(),
        };
        let says = format!("{}: day {}, {name}, last session {last}, {due}", self.name, run.day_of(day));
        Verdict::new(truth, says).from_all(run.evidence()).distance(cx, 1.0, || due)
    }

    fn asks(&self, plan: &Plan) -> Asks {
        asks_course(plan, self.of, &self.at)
    }
}
