//! Who took what, from when to when, and how much: requests, statements, dispenses and
//! administrations as intervals.

mod instructions;
mod read;
mod supply;

use curbside_chart::time::{Day, When};
use curbside_chart::{Place, RecordRef};
use curbside_terminology::DrugSetId;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use self::read::Reader;
use self::supply::{carry_over, end_stopped_orders};
use super::dose::Dose;
use crate::evaluate::Cx;

/// Exposures to the drugs of one set.
#[derive(Debug, Default)]
pub struct Exposures {
    /// In the order of their first possible day.
    pub list: Vec<Exposure>,
    /// What a reader should know about the data.
    pub notes: Vec<SmolStr>,
}

/// A stretch of time in which somebody took, or was to take, a drug.
#[derive(Clone, Debug)]
pub struct Exposure {
    /// The record that says so.
    pub record: RecordRef,
    /// What kind of record.
    pub source: Source,
    /// The ingredient, by its place in the set; `None` where the record does not say what drug.
    pub ingredient: Option<u16>,
    /// The ingredient is only named in the record's words.
    pub suspected: bool,
    /// When it began.
    pub start: When,
    /// When it ended; the last possible day is never later than the day the chart is looked at.
    pub end: When,
    /// How much, in steps.
    pub steps: Vec<Step>,
    /// Least daily dose in mg that counts: of the form that needs least, and of the one that needs
    /// most, where the form is not known.
    pub needs: Option<(Decimal, Decimal)>,
    /// The dose cannot be worked with: a form taken weekly, a figure that must be a slip.
    pub dose_unusable: bool,
    /// The record says so only doubtfully (status `unknown`, owner unclear).
    pub doubtful: bool,
    /// What tells products apart.
    pub product: String,
    /// How a person would call the drug.
    pub label: String,
    /// The order ended early, and nobody wrote when.
    pub stopped: bool,
}

/// A dose, for all of the time or for a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// First and last day, where the instruction is bounded.
    pub days: Option<(Day, Day)>,
    /// How much a day.
    pub dose: Dose,
}

/// What kind of record an exposure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// It was given.
    Administration,
    /// It was handed over.
    Dispense,
    /// It is said to be taken.
    Statement,
    /// It was ordered.
    Request,
}

impl Source {
    /// The one that comes nearest to the patient's mouth first.
    pub const BY_PRECEDENCE: [Self; 4] = [Self::Administration, Self::Dispense, Self::Statement, Self::Request];
}

impl Exposures {
    pub(super) fn of(cx: Cx<'_, '_>, set: DrugSetId) -> Self {
        let mut reader = Reader { cx, set, found: Self::default() };
        let medicines = cx.facts().medicines(cx);
        for (record, medicine) in medicines.iter() {
            if medicine.may_be_of(set) && cx.chart().place(*record) == Some(Place::Record) {
                reader.read(*record, medicine);
            }
        }
        let mut found = reader.found;
        let carried = cx.vocabulary().drugs(set).map_or(0, |drugs| drugs.carry_over_days);
        carry_over(&mut found.list, carried);
        end_stopped_orders(&mut found.list);
        found.list.sort_by_key(|exposure| (exposure.start.first_day(), exposure.record));
        found.notes.sort();
        found.notes.dedup();
        found
    }
}

impl Exposure {
    /// The dose on a day.
    #[must_use]
    pub fn dose_on(&self, day: Day) -> Dose {
        let of_day = |step: &&Step| step.days.is_none_or(|(from, to)| (from..=to).contains(&day));
        self.steps.iter().find(of_day).map_or(Dose::UNKNOWN, |step| step.dose)
    }
}
