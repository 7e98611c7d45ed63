//! Calendar durations: `6 weeks`, `24 months`, `120 minutes`.

use std::fmt;
use std::str::FromStr;

/// A calendar duration: months and years keep to the calendar, weeks and days are days, hours
/// and minutes are time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Duration {
    /// Calendar months (a year is twelve).
    pub months: i32,
    /// Days (a week is seven).
    pub days: i64,
    /// Milliseconds, from hours, minutes and seconds.
    pub millis: i64,
}

impl Duration {
    /// A number of days.
    #[must_use]
    pub const fn days(days: i64) -> Self {
        Self { months: 0, days, millis: 0 }
    }

    /// Whether it is counted in hours or less.
    #[must_use]
    pub const fn is_time(self) -> bool {
        self.millis != 0
    }

    /// Length in days where no month is involved.
    #[must_use]
    pub const fn whole_days(self) -> Option<i64> {
        if self.months == 0 && self.millis == 0 { Some(self.days) } else { None }
    }

    /// Length in whole years where it is one of years or months.
    #[must_use]
    pub const fn whole_years(self) -> Option<i64> {
        if self.days == 0 && self.millis == 0 && self.months % 12 == 0 { Some((self.months / 12) as i64) } else { None }
    }

    /// Length in minutes where it is one of time.
    #[must_use]
    pub const fn minutes(self) -> Option<i64> {
        if self.months == 0 && self.days == 0 { Some(self.millis / 60_000) } else { None }
    }

    /// An order of size for checks of bounds: a month counts 30.44 days.
    #[must_use]
    pub const fn approximate_millis(self) -> i64 {
        self.millis.saturating_add(self.days.saturating_mul(86_400_000)).saturating_add((self.months as i64).saturating_mul(2_629_800_000))
    }
}

/// The text is not a duration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotADuration;

impl fmt::Display for NotADuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration is a whole number and minutes, hours, days, weeks, months or years, like `6 weeks`")
    }
}

impl FromStr for Duration {
    type Err = NotADuration;

    fn from_str(text: &str) -> Result<Self, NotADuration> {
        let (number, unit) = text.trim().split_once(' ').ok_or(NotADuration)?;
        let number: i64 = number.parse().map_err(|_| NotADuration)?;
        if !(0..=1_000_000).contains(&number) {
            return Err(NotADuration);
        }
        let mut duration = Self::default();
        match unit.trim() {
            "second" | "seconds" => duration.millis = number * 1_000,
            "minute" | "minutes" | "min" => duration.millis = number * 60_000,
            "hour" | "hours" => duration.millis = number * 3_600_000,
            "day" | "days" => duration.days = number,
            "week" | "weeks" => duration.days = number * 7,
            "month" | "months" => duration.months = i32::try_from(number).map_err(|_| NotADuration)?,
            "year" | "years" => duration.months = i32::try_from(number * 12).map_err(|_| NotADuration)?,
            _ => return Err(NotADuration),
        }
        Ok(duration)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, unit) = match self {
            Self { months, days: 0, millis: 0 } if *months != 0 && months % 12 == 0 => (i64::from(months / 12), "year"),
            Self { months, days: 0, millis: 0 } if *months != 0 => (i64::from(*months), "month"),
            Self { months: 0, days, millis: 0 } => (*days, "day"),
            Self { months: 0, days: 0, millis } if millis % 3_600_000 == 0 => (millis / 3_600_000, "hour"),
            Self { months: 0, days: 0, millis } if millis % 60_000 == 0 => (millis / 60_000, "minute"),
            Self { months: 0, days: 0, millis } => (millis / 1_000, "second"),
            Self { months, days, millis } => {
                return write!(f, "{months} months {days} days {} minutes", millis / 60_000);
            }
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_durations_and_back() {
        for (text, back) in
            [("6 weeks", "42 days"), ("24 months", "2 years"), ("1 day", "1 day"), ("120 minutes", "2 hours"), ("40 min", "40 minutes")]
        {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), back);
        }
        for wrong in ["6", "six weeks", "6 fortnights", "-1 day", "", "1.5 days", "9999999 days"] {
            assert_eq!(wrong.parse::<Duration>(), Err(NotADuration), "{wrong}");
        }
    }
}
