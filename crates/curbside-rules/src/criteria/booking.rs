//! `booking`: appointments.

use curbside_chart::Kind as RecordKind;
use curbside_chart::time::When;
use curbside_source::Spanned;
use curbside_terminology::DrugSetId;
use curbside_terminology::units::{Amount, Unit};
use schemars::JsonSchema;
use serde::Deserialize;

use super::test::Test;
use super::{Kind, Place};
use crate::compile::{Asks, Aspect, Compiler, Node, Plan};
use crate::evaluate::{Cx, Verdict};
use crate::facts::shown;
use crate::model::{DateExpression, Name};
use crate::shared::{DatePlan, Measure, Range, RangeModel, Resolved};
use crate::truth::Truth;

/// An appointment for a drug.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Booking")]
pub struct Booking {
    /// The drug, by its drug set; words that name it leave it unknown.
    pub of: Name,
    /// Proposed by the hook (`true`), or on record (`false`); either where absent.
    pub proposed: Option<bool>,
    /// On this day.
    pub on: Option<Spanned<DateExpression>>,
    /// How long it takes.
    pub length: Option<Spanned<RangeModel>>,
}

#[derive(Debug)]
struct Asked {
    of: DrugSetId,
    proposed: Option<bool>,
    on: Option<DatePlan>,
    length: Option<Range>,
    title: String,
}

impl Kind for Booking {
    fn compile(&self, place: Place<'_>, compiler: &mut Compiler<'_>) -> Option<Node> {
        compiler.reads(RecordKind::Appointment);
        let of = compiler.drug_set(&self.of)?;
        let test = Asked {
            of,
            proposed: self.proposed,
            on: compiler.optional(self.on.as_ref(), Compiler::date)?,
            length: compiler.optional(self.length.as_ref(), |compiler, length| Range::compile(length, Measure::Time, compiler))?,
            title: compiler.vocabulary().title(curbside_terminology::SetId::Drugs(of)).to_lowercase(),
        };
        Some(place.node(compiler, test))
    }
}

impl Test for Asked {
    fn decide(&self, cx: Cx<'_, '_>) -> Verdict {
        let on = self.on.as_ref().map(|on| on.resolve(cx));
        let minute = Unit::parse("min");
        let mut best: Option<Verdict> = None;
        for booking in &cx.facts().bookings(cx).list {
            if self.proposed.is_some_and(|proposed| proposed != booking.is_proposed) {
                continue;
            }
            let mut truth = booking.is_for(self.of);
            let day = match (on, booking.day) {
                (None, _) => Truth::True,
                (Some(Resolved::Never), _) => Truth::False,
                (Some(Resolved::Days(when)), Some(day)) => (When::on(day) == when).into(),
                (Some(_), _) => Truth::Unknown,
            };
            truth = truth.and(day);
            let mut says = format!("appointment for {}", self.title);
            if let Some(range) = &self.length {
                let compare = |minutes: rust_decimal::Decimal| {
                    let minute = minute.clone();
                    move |bound: &Amount| minute.as_ref()?.compare(minutes, &bound.unit, bound.value)
                };
                let fits = booking.minutes.map_or(Truth::Unknown, |minutes| range.test(&compare(minutes)));
                truth = truth.and(fits);
                let length =
                    booking.minutes.map_or_else(|| "length not recorded".to_owned(), |minutes| format!("{} minutes", shown(minutes)));
                says = format!("{says}, {length}");
            }
            if let Some(day) = booking.day {
                says = format!("{says}, on {day}");
            }
            let mut verdict = Verdict::new(truth, says).from(booking.record);
            if truth == Truth::False {
                let length = self.length.as_ref().map(Range::words).unwrap_or_default();
                let change = format!("an appointment for {} {length}", self.title);
                verdict = verdict.distance(cx, 0.5, || change.trim_end()).nearest([booking.record]);
            }
            let verdict = if truth == Truth::Unknown {
                verdict.missing("what the appointment is for, when and how long", "Appointment")
            } else {
                verdict
            };
            match &best {
                Some(known) if known.truth >= truth => {}
                _ => best = Some(verdict),
            }
        }
        let is_known = self.proposed == Some(false) || !cx.facts().bookings(cx).is_incomplete;
        let looked = (cx.chart().looked_for("Appointment") || self.proposed == Some(true)) && is_known;
        let none = || {
            let says = format!("no such appointment for {}", self.title);
            if looked {
                Verdict::new(Truth::False, says).distance(cx, 1.0, || format!("an appointment for {}", self.title))
            } else {
                Verdict::unknown(says, "appointments", "Appointment")
            }
        };
        best.filter(|verdict| verdict.truth != Truth::False || looked).unwrap_or_else(none)
    }

    fn asks(&self, _: &Plan) -> Asks {
        Asks::Of(vec![Aspect::Bookings, Aspect::Unsought(RecordKind::Appointment)])
    }
}
