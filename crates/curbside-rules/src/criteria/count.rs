//! `count`: how many sessions and bookings of a drug lie in a window, one a day.

use std::collections::BTreeMap;

use curbside_chart::time::Day;
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_source::{Diagnostic, Spanned};
use curbside_terminology::DrugSetId;
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::check::in_order;
use crate::compile::{Asks, Aspect, Compiler, DefId, DefinitionKind, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::model::{Count, DateExpression, Name, OneOrMany};
use crate::shared::{DatePlan, Resolved};
use crate::truth::Truth;

/// How many sessions and bookings of a drug lie in a window; each day counts once.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Count")]
pub struct CountTest {
    /// What is counted.
    pub of: OneOrMany<Counted>,
    /// The drug, by its drug set.
    pub drug: Name,
    /// The course whose sessions are counted.
    pub course: Option<Name>,
    /// First day.
    pub from: Spanned<DateExpression>,
    /// Last day.
    pub to: Spanned<DateExpression>,
    /// More than so many.
    pub more_than: Option<Count>,
    /// At least so many.
    pub at_least: Option<Count>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "CountOf")]
pub enum Counted {
    /// Sessions that were held.
    Sessions,
    /// Appointments on record, and those proposed besides the one in question.
    Bookings,
    /// The appointment that is proposed.
    Proposed,
}

#[derive(Debug)]
struct Asked {
    of: Vec<Counted>,
    drug: DrugSetId,
    course: Option<DefId>,
    from: DatePlan,
    to: DatePlan,
    at_least: usize,
    title: String,
}

impl Kind for CountTest {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        if self.of.contains(&Counted::Bookings) || self.of.contains(&Counted::Proposed) {
            compiler.reads(RecordKind::Appointment);
        }
        let drug = compiler.drug_set(&self.drug)?;
        let course = compiler.optional(self.course.as_ref(), |compiler, name| compiler.definition(name, &[DefinitionKind::Course]))?;
        if self.of.contains(&Counted::Sessions) && course.is_none() {
            compiler.report(Diagnostic::error("missing-key", place.span, "sessions are counted of a course").help("add `course: NAME`"));
            return None;
        }
        let at_least = match (&self.more_than, &self.at_least) {
            (Some(count), None) => compiler.count(count)?.saturating_add(1),
            (None, Some(count)) => compiler.count(count)?,
            _ => {
                compiler.error("nothing-asked", place.span, "give either `more_than` or `at_least`");
                return None;
            }
        };
        let (from, to) = (compiler.date(&self.from)?, compiler.date(&self.to)?);
        in_order((&self.from, &from), (&self.to, &to), compiler);
        let test = Asked {
            of: self.of.to_vec(),
            drug,
            course,
            from,
            to,
            at_least,
            title: compiler.vocabulary().title(curbside_terminology::SetId::Drugs(drug)).to_lowercase(),
        };
        Some(place.node(compiler, test))
    }
}

impl Asked {
    fn counts(&self, what: Counted) -> bool {
        self.of.contains(&what)
    }

    /// The days that count, each with whether it does for certain and what it rests on; and whether
    /// there is something of which the day is not known.
    fn days(&self, cx: Cx<'_, '_>, (from, to): (Day, Day)) -> (BTreeMap<Day, (Truth, Vec<RecordRef>)>, bool) {
        let (mut days, mut open) = (BTreeMap::<Day, (Truth, Vec<RecordRef>)>::new(), false);
        let mut add = |day: Day, truth: Truth, record: RecordRef| {
            let known = days.entry(day).or_insert((Truth::False, Vec::new()));
            known.0 = known.0.or(truth);
            known.1.push(record);
        };
        if let Some(course) = self.course.filter(|_| self.counts(Counted::Sessions)) {
            let course = cx.course(course);
            course.sessions.iter().for_each(|(day, record)| add(*day, Truth::True, *record));
            open |= course.unclear.iter().any(|own| own.may_be_in(from, to)) || !cx.chart().looked_for("MedicationAdministration");
        }
        open |= self.counts(Counted::Bookings) && !cx.chart().looked_for("Appointment");
        for booking in &cx.facts().bookings(cx).list {
            // Where one of several that are proposed is in question, the others are bookings beside it.
            let is_proposal = booking.is_proposed && cx.proposal().is_none_or(|proposal| proposal == booking.record);
            let wanted = self.counts(if is_proposal { Counted::Proposed } else { Counted::Bookings });
            let is_for = booking.is_for(self.drug);
            match booking.day {
                _ if !wanted || is_for == Truth::False => {}
                Some(day) => add(day, is_for, booking.record),
                None => open = true,
            }
        }
        (days, open)
    }
}

impl Test for Asked {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        // The appointment in question is the one for this drug.
        let day = |date: &DatePlan| match date.resolve(cx.proposing(self.drug)) {
            Resolved::Days(when) => when.day().ok_or(Truth::Unknown),
            Resolved::Unknown => Err(Truth::Unknown),
            Resolved::Never => Err(Truth::False),
        };
        let (from, to) = match (day(&self.from), day(&self.to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(Truth::False), _) | (_, Err(Truth::False)) => {
                return Verdict::new(Truth::False, format!("no day is proposed for {}", self.title))
                    .distance(cx, 1.0, || format!("an appointment for {} that is proposed", self.title));
            }
            _ => return Verdict::unknown("the day that is proposed is not known", "start of the appointment", "Appointment.start"),
        };
        let (days, open) = self.days(cx, (from, to));
        let inside: Vec<(&Day, &(Truth, Vec<RecordRef>))> = days.range(from.min(to)..=to).collect();
        let mut truth = Truth::at_least(self.at_least, inside.iter().map(|(_, (truth, _))| *truth));
        if open {
            truth = truth.or(Truth::Unknown);
        }
        // Where it is not certain that the drug is proposed, neither is what follows from its day.
        let by_proposal = self.from.is_proposed() || self.to.is_proposed();
        truth = truth.doubted(by_proposal && cx.facts().bookings(cx).proposes(self.drug, cx.proposal()) != Truth::True);
        let shown: Vec<String> = inside.iter().map(|(day, _)| day.to_string()).collect();
        let says = format!(
            "{} of {} from {from} to {to}: {}",
            shown.len(),
            self.title,
            if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
        );
        let verdict = Verdict::new(truth, says).from_all(inside.into_iter().flat_map(|(_, (_, records))| records.iter().copied()));
        if truth == Truth::Unknown {
            verdict.missing("days and drugs of all appointments", "Appointment")
        } else {
            verdict.distance(cx, 1.0, || format!("{} in that time", self.at_least))
        }
    }

    fn asks(&self, _: &Plan) -> Asks {
        // Where nothing is proposed nothing is counted. Otherwise it names days.
        let by_proposal = self.from.is_proposed() || self.to.is_proposed();
        if by_proposal { Asks::Of(vec![Aspect::Bookings]) } else { Asks::Anything }
    }
}
