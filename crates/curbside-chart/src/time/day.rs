//! Calendar days.

use std::fmt;

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan as _};

use super::Duration;

/// A calendar day, counted from 1970-01-01. The range is that of FHIR, years 1 to 9999; what
/// arithmetic would push beyond it stays at its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// 0001-01-01.
    pub const MIN: Self = Self(-719_162);
    /// 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// The day with this number, 0 being 1970-01-01.
    #[must_use]
    pub fn from_number(days: i64) -> Self {
        let clipped = days.clamp(i64::from(Self::MIN.0), i64::from(Self::MAX.0));
        Self(i32::try_from(clipped).unwrap_or(0))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0 as i64
    }

    /// The day of a year, month and day of month, or `None` where the calendar has no such day.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // Count from 0000-03-01, so that the leap day is the last of its year.
        let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let day_of_year = (153 * i32::try_from(shifted_month).ok()? + 2) / 5 + i32::try_from(day).ok()? - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// Year, month and day of month.
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let date = self.date();
        (i32::from(date.year()), u32::from(date.month().unsigned_abs()), u32::from(date.day().unsigned_abs()))
    }

    /// This many days later (or earlier, when negative).
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self::from_number(self.number().saturating_add(days))
    }

    /// A calendar duration later: months first, clamped to the end of the month, then days.
    /// Hours do not count.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        self.months_later(duration.months).plus_days(duration.days)
    }

    /// A calendar duration earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        self.months_later(-duration.months).plus_days(-duration.days)
    }

    /// Whole days from `earlier` to this day; negative where this day is the earlier one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.number() - earlier.number()
    }

    /// Completed years from a birth to this day. Births on 29 February reach their birthday on
    /// 1 March in common years.
    #[must_use]
    pub fn years_since(self, birth: Self) -> i64 {
        let ((year, month, day), (birth_year, birth_month, birth_day)) = (self.ymd(), birth.ymd());
        let before_birthday = (month, day) < (birth_month, birth_day);
        i64::from(year - birth_year) - i64::from(before_birthday)
    }

    fn months_later(self, months: i32) -> Self {
        if months == 0 {
            return self;
        }
        let span: Span = months.months();
        match self.date().checked_add(span) {
            Ok(date) => Self::from_date(date),
            Err(_) if months < 0 => Self::MIN,
            Err(_) => Self::MAX,
        }
    }

    fn date(self) -> Date {
        let epoch = date(1970, 1, 1);
        epoch.checked_add(self.0.days()).unwrap_or(epoch)
    }

    fn from_date(date: Date) -> Self {
        let (month, day) = (date.month().unsigned_abs(), date.day().unsigned_abs());
        Self::from_ymd(i32::from(date.year()), u32::from(month), u32::from(day)).unwrap_or(Self::MIN)
    }
}

/// Days in a month of the Gregorian calendar.
pub(super) const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        let mut parts = text.split('-').map(|part| part.parse().unwrap());
        let (year, month, day) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        Day::from_ymd(year, u32::try_from(month).unwrap(), u32::try_from(day).unwrap()).unwrap()
    }

    #[test]
    fn days_and_dates_agree() {
        for number in (Day::MIN.number()..=Day::MAX.number()).step_by(9_973) {
            let there = Day::from_number(number);
            let (year, month, day) = there.ymd();
            assert_eq!(Day::from_ymd(year, month, day), Some(there));
        }
        assert_eq!(Day::from_ymd(1, 1, 1), Some(Day::MIN));
        assert_eq!(Day::from_ymd(9999, 12, 31), Some(Day::MAX));
        assert_eq!(Day::from_ymd(2025, 2, 29), None);
        assert_eq!(Day::from_ymd(2024, 2, 29).unwrap().to_string(), "2024-02-29");
    }

    #[test]
    fn months_clamp_and_leap_births_wait_for_march() {
        let months = |n| Duration { months: n, ..Duration::default() };
        assert_eq!(day("2026-01-31").plus(months(1)), day("2026-02-28"));
        assert_eq!(day("2026-11-23").minus(months(24)), day("2024-11-23"));
        assert_eq!(Day::MAX.plus(months(1)), Day::MAX);
        assert_eq!(day("2026-02-28").years_since(day("2008-02-29")), 17);
        assert_eq!(day("2026-03-01").years_since(day("2008-02-29")), 18);
        assert_eq!(day("2026-11-23").years_since(day("2008-11-23")), 18);
        assert_eq!(day("2026-11-23").years_since(day("2008-11-24")), 17);
    }
}
