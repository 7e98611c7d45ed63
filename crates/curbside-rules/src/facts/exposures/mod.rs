//! Who took what, from when to when, and how much: requests, statements, dispenses and
//! administrations as intervals.

mod instructions;
mod read;
mod supply;
mod taking;

use curbside_chart::time::{Day, When};
use curbside_chart::{Place, RecordRef};
use curbside_terminology::DrugSetId;
use rust_decimal::Decimal;
use smol_str::SmolStr;

use self::read::Reader;
use self::supply::{carry_over, end_stopped_orders};
use super::coverage::Told;
use super::dose::Dose;
use crate::evaluate::Cx;
use crate::truth::Truth;

/// Exposures to the drugs of one set.
#[derive(Debug, Default)]
pub struct Exposures {
    /// In the order of their first possible day.
    pub list: Vec<Exposure>,
    /// Statements that a drug was not taken.
    pub denied: Vec<Denial>,
    /// By ingredient, and whether it is only suspected: the days of which something tells that it was taken.
    told: Vec<((Option<u16>, bool), Told)>,
    /// What a reader should know about the data.
    pub notes: Vec<SmolStr>,
}

/// A statement that a drug was not taken.
#[derive(Clone, Debug)]
pub struct Denial {
    /// The record that says so.
    pub record: RecordRef,
    /// The ingredient, by its place in the set.
    pub ingredient: u16,
    /// Since when, where it says so.
    pub start: Option<When>,
    /// Until when, where it says so.
    pub end: Option<When>,
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
        found.told = found.tell();
        found
    }
}

impl Exposures {
    fn tell(&self) -> Vec<((Option<u16>, bool), Told)> {
        let of = |exposure: &Exposure| (exposure.ingredient, exposure.suspected);
        let mut drugs: Vec<(Option<u16>, bool)> = self.list.iter().map(of).filter(|(ingredient, _)| ingredient.is_some()).collect();
        drugs.sort_unstable();
        drugs.dedup();
        drugs.into_iter().map(|drug| (drug, Told::by(self.list.iter().filter(|exposure| of(exposure) == drug)))).collect()
    }

    /// Whether what an exposure says of its days counts: not those of an order beside something that tells what was taken.
    #[must_use]
    pub fn contributes(&self, exposure: &Exposure) -> Truth {
        let told = self.told.iter().find(|(of, _)| *of == (exposure.ingredient, exposure.suspected));
        told.map_or(Truth::True, |(_, told)| told.lets_count(exposure))
    }

    /// Whether a statement says of a day that a drug was not taken then.
    #[must_use]
    pub fn is_denied(&self, ingredient: Option<u16>, day: Day) -> Truth {
        let says = |denial: &Denial| match (denial.start, denial.end) {
            (None, None) => Truth::Unknown,
            (start, end) => {
                let within = |surely: bool, possibly: bool| if surely { Truth::True } else { Truth::from((!possibly).then_some(false)) };
                let begun = start.map_or(Truth::True, |start| within(start.last_day() <= day, start.first_day() <= day));
                let lasts = end.map_or(Truth::True, |end| within(end.first_day() >= day, end.last_day() >= day));
                begun.and(lasts)
            }
        };
        self.denied.iter().filter(|denial| Some(denial.ingredient) == ingredient).map(says).fold(Truth::False, Truth::or)
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
