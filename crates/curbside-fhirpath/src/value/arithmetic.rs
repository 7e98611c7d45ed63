//! Adding durations to dates and times.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::quantity::{Quantity, Word};
use super::temporal::{Precision, Temporal};

/// Why a quantity cannot be added to a date or time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoSum {
    /// Its unit is no duration of the calendar.
    Unit,
    /// The sum is outside of what dates can say.
    Overflow,
}

impl Temporal {
    /// Adds a duration, or subtracts it: calendar arithmetic at the precision of the date.
    pub(crate) fn plus(&self, quantity: &Quantity<'_>, negative: bool, is_time: bool) -> Result<Self, NoSum> {
        let word = quantity.duration().ok_or(NoSum::Unit)?;
        if is_time && matches!(word, Word::Year | Word::Month | Word::Week | Word::Day) {
            return Err(NoSum::Unit);
        }
        let value = if negative { -quantity.value } else { quantity.value };
        let sum = self.add(value, word).ok_or(NoSum::Overflow)?;
        if is_time {
            // A time of day wraps around midnight.
            return sum.time_of_day().ok_or(NoSum::Overflow);
        }
        Ok(sum)
    }

    fn add(&self, value: Decimal, word: Word) -> Option<Self> {
        let moment = self.civil()?;
        let whole = value.trunc().to_i64()?;
        let span = jiff::Span::new();
        let (moment, finest) = match word {
            Word::Year => (moment.checked_add(span.try_years(whole).ok()?), self.precision),
            Word::Month if self.precision == Precision::Year => (moment.checked_add(span.try_years(whole / 12).ok()?), self.precision),
            Word::Month => (moment.checked_add(span.try_months(whole).ok()?), self.precision),
            Word::Week | Word::Day => {
                let days = if word == Word::Week { whole.checked_mul(7)? } else { whole };
                return self.add_days(days);
            }
            Word::Hour | Word::Minute if self.precision >= Precision::Hour => {
                let minutes = if word == Word::Hour { whole.checked_mul(60)? } else { whole };
                // At the precision of an hour only whole hours count.
                let minutes = if self.precision == Precision::Hour { minutes / 60 * 60 } else { minutes };
                (moment.checked_add(span.try_minutes(minutes).ok()?), self.precision)
            }
            Word::Second | Word::Millisecond if self.precision >= Precision::Hour => {
                let unit = Decimal::from(if word == Word::Second { 1_000_000_000_i64 } else { 1_000_000 });
                let nanos = value.checked_mul(unit)?.trunc().to_i64()?;
                let step = match self.precision {
                    Precision::Hour => 3_600_000_000_000,
                    Precision::Minute => 60_000_000_000,
                    Precision::Second => 1_000_000_000,
                    _ => 1,
                };
                (moment.checked_add(span.try_nanoseconds(nanos / step * step).ok()?), self.precision)
            }
            // Finer than a date without a time: whole days of it count.
            Word::Hour => return self.add_days(whole / 24),
            Word::Minute => return self.add_days(whole / (24 * 60)),
            Word::Second => return self.add_days(whole / 86_400),
            Word::Millisecond => return self.add_days(whole / 86_400_000),
        };
        let sum = moment.ok().filter(|moment| (0..=9999).contains(&moment.year()))?;
        Some(Self { precision: finest, offset: self.offset, ..Self::of(sum) })
    }

    fn add_days(&self, days: i64) -> Option<Self> {
        match self.precision {
            Precision::Year => self.add(Decimal::from(days / 365), Word::Year),
            Precision::Month => self.add(Decimal::from(days / 30), Word::Month),
            precision => {
                let moment = self.civil()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
                (0..=9999).contains(&moment.year()).then_some(Self { precision, offset: self.offset, ..Self::of(moment) })
            }
        }
    }
}
