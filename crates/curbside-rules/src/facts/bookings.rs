//! Appointments: those on record, and the one that is proposed.

use curbside_chart::datatype::Concept;
use curbside_chart::json::Number;
use curbside_chart::resource::{Appointment, Common as _};
use curbside_chart::time::{Day, When};
use curbside_chart::{Chart, Kind, RecordRef};
use curbside_terminology::{DrugSetId, Vocabulary};
use rust_decimal::Decimal;

use crate::evaluate::Cx;
use crate::shared::Resolved;
use crate::truth::Truth;

/// The appointments on record, and those that are proposed.
#[derive(Debug, Default)]
pub struct Bookings {
    /// In the order of the chart.
    pub list: Vec<Booking>,
    /// More may be proposed, which cannot be read.
    pub is_incomplete: bool,
}

/// An appointment.
#[derive(Clone, Debug)]
pub struct Booking {
    /// The resource.
    pub record: RecordRef,
    /// The day; `None` where it is not known.
    pub day: Option<Day>,
    /// How long it takes, in minutes.
    pub minutes: Option<Decimal>,
    /// Whether it is proposed by the hook, not on record.
    pub is_proposed: bool,
    /// Drug sets it is for by a code, and those that its words name.
    drugs: (Vec<DrugSetId>, Vec<DrugSetId>),
    doubtful: bool,
    /// What it is for cannot be read in full.
    is_unread: bool,
}

/// Statuses of appointments that will take place or did.
const COUNTED: [&str; 6] = ["proposed", "pending", "booked", "arrived", "checked-in", "fulfilled"];

/// Members that say what an appointment is for.
const PURPOSE: [&str; 5] = ["serviceType", "appointmentType", "reasonCode", "reason", "description"];

impl Bookings {
    pub(super) fn of(cx: Cx<'_, '_>) -> Self {
        let chart = cx.chart();
        let mut list = Vec::new();
        cx.look_at(chart.appointments.len());
        for (at, held) in chart.appointments.iter().enumerate() {
            if !held.data.status.as_deref().is_none_or(|status| COUNTED.contains(&status)) {
                continue;
            }
            let start = cx.when(held.data.start.as_deref());
            let purpose = held.data.purpose();
            list.push(Booking {
                record: RecordRef::new(Kind::Appointment, at),
                day: start.and_then(When::day),
                minutes: minutes(&held.data, start, cx.when(held.data.end.as_deref())),
                is_proposed: chart.hook.member(held.place).is_some(),
                drugs: named_drugs(cx.vocabulary(), purpose.as_deref().unwrap_or_default(), held.data.description.as_deref()),
                doubtful: held.doubt.is_some(),
                is_unread: purpose.is_err() || held.doubt.as_ref().is_some_and(|doubt| PURPOSE.iter().any(|member| doubt.covers(member))),
            });
        }
        // What is proposed may be on record as well, by its id or its identifier; it is one appointment.
        let proposed: Vec<RecordRef> = list.iter().filter(|booking| booking.is_proposed).map(|booking| booking.record).collect();
        let is_same = |a: RecordRef, b: RecordRef| {
            let shared = |key: (&str, &str)| identifiers(chart, b).any(|other| other == key);
            cx.name(a) == cx.name(b) || identifiers(chart, a).any(shared)
        };
        list.retain(|booking| booking.is_proposed || !proposed.iter().any(|proposal| is_same(*proposal, booking.record)));
        Self { list, is_incomplete: chart.hook.is_incomplete("appointments") }
    }

    /// Whether what is proposed, or the one of it that is in question, is for a drug.
    #[must_use]
    pub fn proposes(&self, drugs: DrugSetId, in_question: Option<RecordRef>) -> Truth {
        let none = if self.is_incomplete && in_question.is_none() { Truth::Unknown } else { Truth::False };
        self.proposals(in_question).map(|booking| booking.is_for(drugs)).fold(none, Truth::or)
    }

    /// The day of the appointment that is proposed, for a drug where one is given: of the one in question, else of the
    /// earliest.
    #[must_use]
    pub fn proposed(&self, drugs: Option<DrugSetId>, in_question: Option<RecordRef>) -> Resolved {
        let fits = |booking: &&Booking| drugs.is_none_or(|drugs| booking.is_for(drugs) != Truth::False);
        let days: Option<Vec<Day>> = self.proposals(in_question).filter(fits).map(|booking| booking.day).collect();
        match days {
            Some(days) => {
                let none = if self.is_incomplete { Resolved::Unknown } else { Resolved::Never };
                days.into_iter().min().map_or(none, |day| Resolved::Days(When::on(day)))
            }
            None => Resolved::Unknown,
        }
    }

    fn proposals(&self, in_question: Option<RecordRef>) -> impl Iterator<Item = &Booking> {
        let wanted = move |booking: &&Booking| booking.is_proposed && in_question.is_none_or(|record| record == booking.record);
        self.list.iter().filter(wanted)
    }
}

impl Booking {
    /// Whether it is for a drug of this set. Words alone leave it unknown.
    #[must_use]
    pub fn is_for(&self, drugs: DrugSetId) -> Truth {
        let (coded, named) = &self.drugs;
        if coded.contains(&drugs) {
            Truth::True.doubted(self.doubtful)
        } else if named.contains(&drugs) || self.is_unread {
            Truth::Unknown
        } else {
            Truth::False
        }
    }
}

/// The business identifiers of an appointment: system and value.
fn identifiers<'c>(chart: &'c Chart<'_>, record: RecordRef) -> impl Iterator<Item = (&'c str, &'c str)> {
    let held = chart.appointments.get(record.at as usize);
    let identifiers = held.into_iter().flat_map(|held| held.data.head().identifier.iter());
    identifiers.filter_map(|identifier| Some((identifier.system.as_deref()?, identifier.value.as_deref()?)))
}

/// The drug sets that a purpose names by a code, and those that only its words name.
#[must_use]
pub(crate) fn named_drugs(vocabulary: &Vocabulary, purpose: &[Concept<'_>], description: Option<&str>) -> (Vec<DrugSetId>, Vec<DrugSetId>) {
    let (mut coded, mut named) = (Vec::new(), Vec::new());
    for concept in purpose {
        for coding in &*concept.coding {
            if let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) {
                coded.extend(vocabulary.drugs_of(system, code).into_iter().map(|drug| drug.set));
            }
        }
    }
    for words in purpose.iter().flat_map(Concept::words).chain(description) {
        named.extend(vocabulary.drugs_named_in(words).into_iter().map(|drug| drug.set));
    }
    (coded, named)
}

fn minutes(appointment: &Appointment<'_>, start: Option<When>, end: Option<When>) -> Option<Decimal> {
    let between = || {
        let (start, end) = (start.filter(|start| start.has_time())?, end.filter(|end| end.has_time())?);
        let millis = end.earliest.millis().checked_sub(start.earliest.millis())?;
        (millis >= 0).then(|| Decimal::from(millis / 60_000))
    };
    appointment.minutes_duration.and_then(Number::decimal).or_else(between)
}
