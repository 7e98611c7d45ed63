//! Calendar days.

use std::fmt;

use jiff_core::civil::{Date, UnixEpochDay, date};

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
        let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        (year > 0).then(|| Self::from_date(date))
    }

    /// Year, month and day of month.
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let date = self.date();
        (i32::from(date.year()), u32::from(date.month().unsigned_abs()), u32::from(date.day().unsigned_abs()))
    }

    /// The last day of its month.
    pub(super) fn last_of_month(self) -> Self {
        Self::from_date(self.date().last_of_month())
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
        let date = self.date();
        let months_since_0 = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
        let later = months_since_0.saturating_add(months);
        let later = i16::try_from(later.div_euclid(12)).ok().filter(|year| *year > 0).zip(i8::try_from(later.rem_euclid(12) + 1).ok());
        match later.and_then(|(year, month)| Date::new_constrain(year, month, date.day()).ok()) {
            Some(date) => Self::from_date(date),
            None if months < 0 => Self::MIN,
            None => Self::MAX,
        }
    }

    fn date(self) -> Date {
        UnixEpochDay::new(self.0).map(UnixEpochDay::to_date).unwrap_or(date(1970, 1, 1))
    }

    const fn from_date(date: Date) -> Self {
        Self(date.to_unix_epoch_day().day())
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        let (year, month, day) = (date.year().unsigned_abs(), date.month().unsigned_abs(), date.day().unsigned_abs());
        let mut text = *b"0000-00-00";
        let parts = [year / 100, year % 100, u16::from(month), u16::from(day)];
        for (at, number) in [0, 2, 5, 8].into_iter().zip(parts) {
            if let Some([tens, ones]) = text.get_mut(at..at + 2) {
                // Below 100, so both are digits.
                *tens = b'0' + u8::try_from(number / 10).unwrap_or(0);
                *ones = b'0' + u8::try_from(number % 10).unwrap_or(0);
            }
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
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
        assert_eq!(day("2026-01-31").minus(months(11)), day("2025-02-28"));
        assert_eq!(Day::MAX.plus(months(1)), Day::MAX);
        assert_eq!(Day::MIN.minus(months(1)), Day::MIN);
        assert_eq!(Day::MIN.plus(months(i32::MAX)), Day::MAX);
        assert_eq!(day("2026-02-28").years_since(day("2008-02-29")), 17);
        assert_eq!(day("2026-03-01").years_since(day("2008-02-29")), 18);
        assert_eq!(day("2026-11-23").years_since(day("2008-11-23")), 18);
        assert_eq!(day("2026-11-23").years_since(day("2008-11-24")), 17);
    }
}
