//! Amounts with units: UCUM codes and the words of the calendar.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use curbside_terminology::units::Unit;
use rust_decimal::Decimal;

/// A number and its unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity<'a> {
    /// The number, with the digits it was written with.
    pub value: Decimal,
    /// A UCUM code, or a word of the calendar as it was written (`days`).
    pub unit: Cow<'a, str>,
}

/// A duration of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// The word of the calendar a unit is, in singular or plural.
pub(crate) fn calendar(unit: &str) -> Option<Word> {
    Some(match unit {
        "year" | "years" => Word::Year,
        "month" | "months" => Word::Month,
        "week" | "weeks" => Word::Week,
        "day" | "days" => Word::Day,
        "hour" | "hours" => Word::Hour,
        "minute" | "minutes" => Word::Minute,
        "second" | "seconds" => Word::Second,
        "millisecond" | "milliseconds" => Word::Millisecond,
        _ => return None,
    })
}

impl Word {
    /// The UCUM unit of the same length. A calendar's years and months have no fixed length: there it is the mean.
    const fn ucum(self) -> &'static str {
        match self {
            Self::Year => "a",
            Self::Month => "mo",
            Self::Week => "wk",
            Self::Day => "d",
            Self::Hour => "h",
            Self::Minute => "min",
            Self::Second => "s",
            Self::Millisecond => "ms",
        }
    }

    const fn is_fixed(self) -> bool {
        !matches!(self, Self::Year | Self::Month)
    }
}

impl<'a> Quantity<'a> {
    /// A plain number.
    pub(crate) const fn plain(value: Decimal) -> Self {
        Self { value, unit: Cow::Borrowed("1") }
    }

    /// The duration it is for arithmetic with dates: words, and UCUM units of a fixed length.
    pub(crate) fn duration(&self) -> Option<Word> {
        calendar(&self.unit).or(match &*self.unit {
            "wk" => Some(Word::Week),
            "d" => Some(Word::Day),
            "h" => Some(Word::Hour),
            "min" => Some(Word::Minute),
            "s" => Some(Word::Second),
            "ms" => Some(Word::Millisecond),
            _ => None,
        })
    }

    /// Compares two amounts; `None` where their units do not compare. A calendar's year is 12 months and no number of days.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.unit == other.unit {
            return Some(self.value.cmp(&other.value));
        }
        let twelve = Decimal::from(12);
        match (calendar(&self.unit), calendar(&other.unit)) {
            (Some(Word::Year), Some(Word::Year)) | (Some(Word::Month), Some(Word::Month)) => Some(self.value.cmp(&other.value)),
            (Some(Word::Year), Some(Word::Month)) => Some(self.value.checked_mul(twelve)?.cmp(&other.value)),
            (Some(Word::Month), Some(Word::Year)) => Some(self.value.cmp(&other.value.checked_mul(twelve)?)),
            (a, b) if a.is_none_or(Word::is_fixed) && b.is_none_or(Word::is_fixed) => {
                self.ucum()?.compare(self.value, &other.ucum()?, other.value)
            }
            _ => None,
        }
    }

    /// Whether two amounts are alike when the one is read at the coarser precision of the two.
    pub(crate) fn equivalent(&self, other: &Self) -> bool {
        let (Some(unit), Some(other_unit)) = (self.ucum(), other.ucum()) else { return false };
        let same = |a: Decimal, b: Decimal, scale: u32| a.round_dp(scale) == b.round_dp(scale);
        if unit.code() == other_unit.code() {
            return same(self.value, other.value, self.value.scale().min(other.value.scale()));
        }
        // The coarser of the two units decides what a digit means.
        let (here, there) = (other_unit.convert(other.value, &unit), unit.convert(self.value, &other_unit));
        let (Some(here), Some(there)) = (here, there) else { return false };
        if here.abs() <= other.value.abs() {
            same(self.value, here, self.value.scale().min(here.scale()))
        } else {
            same(there, other.value, other.value.scale().min(there.scale()))
        }
    }

    /// Whether the units are of one dimension.
    pub(crate) fn comparable(&self, other: &Self) -> bool {
        self.ucum().zip(other.ucum()).is_some_and(|(a, b)| a.code() == b.code() || a.comparable(&b))
    }

    /// The same amount in another's unit.
    pub(crate) fn converted(&self, to: &Self) -> Option<Decimal> {
        if self.unit == to.unit {
            return Some(self.value);
        }
        self.ucum()?.convert(self.value, &to.ucum()?)
    }

    /// Product or quotient; units that cancel leave `1`.
    pub(crate) fn combined(&self, other: &Self, divide: bool) -> Option<Quantity<'a>> {
        let value = if divide { self.value.checked_div(other.value)? } else { self.value.checked_mul(other.value)? };
        let (unit, other_unit) = (self.ucum_code(), other.ucum_code());
        let composed = match (unit, other_unit) {
            (unit, "1") => unit.to_owned(),
            ("1", unit) if !divide => unit.to_owned(),
            (a, b) if divide && a == b => "1".to_owned(),
            (a, b) if divide => format!("{a}/{}", grouped(b)),
            (a, b) => format!("{}.{}", a, grouped(b)),
        };
        Unit::parse(&composed)?;
        Some(Quantity { value, unit: Cow::Owned(composed) })
    }

    fn ucum_code(&self) -> &str {
        match calendar(&self.unit) {
            Some(word) => word.ucum(),
            None => &self.unit,
        }
    }

    fn ucum(&self) -> Option<Unit> {
        Unit::parse(self.ucum_code())
    }
}

fn grouped(unit: &str) -> Cow<'_, str> {
    if unit.contains(['/', '.']) { Cow::Owned(format!("({unit})")) } else { Cow::Borrowed(unit) }
}

impl fmt::Display for Quantity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match calendar(&self.unit) {
            Some(_) => write!(f, "{} {}", self.value, self.unit),
            None => write!(f, "{} '{}'", self.value, self.unit),
        }
    }
}
