//! Dates of a rule, resolved for one patient.

use curbside_chart::Kind;
use curbside_chart::time::{Day, Duration, When};

use crate::compile::{Aspect, DefId, Plan};
use crate::evaluate::Cx;

/// A date, ready to be resolved.
#[derive(Clone, Debug)]
pub struct DatePlan {
    /// What it is counted from.
    pub anchor: AnchorPlan,
    /// Days and months after it (before it, when negative).
    pub offset: Option<(Duration, bool)>,
    /// As it was written.
    pub words: String,
}

/// What a date is counted from, ready to be resolved.
#[derive(Clone, Debug)]
pub enum AnchorPlan {
    /// The day the chart is looked at.
    AsOf,
    /// The day of the order or appointment that is proposed.
    Proposed,
    /// When the trial in question began.
    Start,
    /// When the trial in question ended.
    End,
    /// When the response in question was seen.
    Response,
    /// A day of the calendar.
    Day(When),
    /// A date that the pack defines.
    Date(DefId),
    /// A day of a course.
    Course(DefId, CourseDay),
}

/// A day of a course of treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CourseDay {
    /// The first session.
    First,
    /// The last session so far.
    Last,
    /// The nth session, from 1.
    Session(usize),
    /// The first session there ever was, whatever the course.
    FirstEver,
}

/// A date, resolved for one patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Some day of these.
    Days(When),
    /// There is one, and the record does not say which.
    Unknown,
    /// There is none.
    Never,
}

impl DatePlan {
    /// The date for one patient.
    #[must_use]
    pub fn resolve(&self, cx: Cx<'_, '_>) -> Resolved {
        let anchor = match &self.anchor {
            AnchorPlan::AsOf => Resolved::Days(When::on(cx.as_of().day())),
            AnchorPlan::Proposed => cx.proposed(),
            AnchorPlan::Start => cx.trial().map_or(Resolved::Never, |trial| Resolved::Days(trial.start)),
            AnchorPlan::End => cx.trial().map_or(Resolved::Never, |trial| Resolved::Days(trial.end)),
            AnchorPlan::Response => cx.response().map_or(Resolved::Never, Resolved::Days),
            AnchorPlan::Day(day) => Resolved::Days(*day),
            AnchorPlan::Date(id) => cx.date(*id),
            AnchorPlan::Course(id, day) => cx.course_day(*id, *day),
        };
        match (anchor, self.offset) {
            (Resolved::Days(when), Some((duration, before))) => {
                let moved = |day: Day| if before { day.minus(duration) } else { day.plus(duration) };
                Resolved::Days(When::between(moved(when.first_day()), moved(when.last_day())))
            }
            (other, _) => other,
        }
    }

    /// What of a chart it depends on, beside the day the chart is looked at; `None`: anything.
    pub(crate) fn asks(&self, plan: &Plan) -> Option<Vec<Aspect>> {
        match self.anchor {
            AnchorPlan::AsOf | AnchorPlan::Day(_) => Some(Vec::new()),
            AnchorPlan::Proposed => Some(vec![Aspect::Bookings]),
            AnchorPlan::Course(id, _) => {
                plan.course(id).map(|course| vec![Aspect::Given(course.set), Aspect::Unsought(Kind::MedicationAdministration)])
            }
            AnchorPlan::Start | AnchorPlan::End | AnchorPlan::Response | AnchorPlan::Date(_) => None,
        }
    }

    /// Whether there is no such day where nothing of what it depends on is there.
    pub(crate) fn is_of_an_event(&self) -> bool {
        matches!(self.anchor, AnchorPlan::Proposed | AnchorPlan::Course(..))
    }

    /// The course of which it is a day.
    pub(crate) fn course(&self) -> Option<DefId> {
        match self.anchor {
            AnchorPlan::Course(id, _) => Some(id),
            _ => None,
        }
    }

    /// Whether it is counted from the day that is proposed.
    #[must_use]
    pub fn is_proposed(&self) -> bool {
        matches!(self.anchor, AnchorPlan::Proposed)
    }

    /// The date as its author wrote it.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }
}
