//! Dates and times with the precision they were written with.
//!
//! A [`Temporal`] is a list of components, never an instant: what was not written is not known, and a comparison
//! that depends on it has no answer.

use std::cmp::Ordering;
use std::fmt;

use jiff::civil;

/// The smallest component that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Only the year.
    Year,
    /// To the month.
    Month,
    /// To the day.
    Day,
    /// To the hour.
    Hour,
    /// To the minute.
    Minute,
    /// To the second.
    Second,
    /// To a fraction of a second. Seconds and fractions compare as one component.
    Millisecond,
}

/// A date, a date with a time, or a time of day; which of them is said by the [`crate::Value`] that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Temporal {
    pub(crate) year: i16,
    pub(crate) month: i8,
    pub(crate) day: i8,
    pub(crate) hour: i8,
    pub(crate) minute: i8,
    pub(crate) second: i8,
    pub(crate) precision: Precision,
    /// Minutes east of UTC.
    pub(crate) offset: Option<i16>,
    pub(crate) nanosecond: i32,
}

/// No time zone is further from UTC than this, in minutes.
const EASTMOST: i64 = 14 * 60;
const WESTMOST: i64 = -12 * 60;

impl Temporal {
    pub(super) const START: Self =
        Self { year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0, precision: Precision::Year, offset: None, nanosecond: 0 };

    /// The smallest component that is known.
    #[must_use]
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// The offset from UTC in minutes, where one was written.
    #[must_use]
    pub const fn offset(&self) -> Option<i16> {
        self.offset
    }

    /// The same without what is finer than `precision`; nothing is added.
    pub(crate) fn truncated(mut self, precision: Precision) -> Self {
        if precision < self.precision {
            self.precision = precision;
        }
        if self.precision < Precision::Hour {
            self.offset = None;
        }
        self
    }

    /// The time of day of a date-time, where it has one.
    pub(crate) fn time_of_day(mut self) -> Option<Self> {
        (self.year, self.month, self.day, self.offset) = (Self::START.year, 1, 1, None);
        (self.precision >= Precision::Hour).then_some(self)
    }

    /// Compares component by component; `None` where the answer depends on what is not known.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self.offset, other.offset) {
            (None, None) => self.compare_components(other),
            (Some(a), Some(b)) if a == b => self.compare_components(other),
            (Some(_), Some(_)) => self.shifted()?.compare_components(&other.shifted()?),
            _ => {
                let ((first, last), (other_first, other_last)) = (self.range()?, other.range()?);
                if last < other_first {
                    Some(Ordering::Less)
                } else if first > other_last {
                    Some(Ordering::Greater)
                } else {
                    None
                }
            }
        }
    }

    fn compare_components(&self, other: &Self) -> Option<Ordering> {
        let seconds = |t: &Self| i64::from(t.second) * 1_000_000_000 + i64::from(t.nanosecond);
        let parts = |t: &Self| [i64::from(t.year), t.month.into(), t.day.into(), t.hour.into(), t.minute.into(), seconds(t)];
        let level = |t: &Self| t.precision.min(Precision::Second) as usize;
        let known = level(self).min(level(other)) + 1;
        let order = parts(self).into_iter().zip(parts(other)).take(known).map(|(a, b)| a.cmp(&b)).find(|order| order.is_ne());
        match order {
            Some(order) => Some(order),
            None => (level(self) == level(other)).then_some(Ordering::Equal),
        }
    }

    /// In UTC.
    fn shifted(&self) -> Option<Self> {
        let minutes = -i64::from(self.offset?);
        let moment = self.civil()?.checked_add(jiff::Span::new().try_minutes(minutes).ok()?).ok()?;
        Some(Self { precision: self.precision, offset: Some(0), ..Self::of(moment) })
    }

    /// First and last instant it can mean, in nanoseconds UTC; without an offset it can be anywhere on Earth.
    fn range(&self) -> Option<(i128, i128)> {
        const MINUTE: i128 = 60_000_000_000;
        let instant = |moment: civil::DateTime| moment.duration_since(civil::DateTime::ZERO).as_nanos();
        let (first, last) = (instant(self.first()?), instant(self.last()?));
        Some(match self.offset {
            Some(offset) => (first - i128::from(offset) * MINUTE, last - i128::from(offset) * MINUTE),
            None => (first - i128::from(EASTMOST) * MINUTE, last - i128::from(WESTMOST) * MINUTE),
        })
    }

    /// The first moment of what it can mean.
    pub(crate) fn first(&self) -> Option<civil::DateTime> {
        let known = |precision, value: i8, least: i8| if self.precision >= precision { value } else { least };
        civil::DateTime::new(
            self.year,
            known(Precision::Month, self.month, 1),
            known(Precision::Day, self.day, 1),
            known(Precision::Hour, self.hour, 0),
            known(Precision::Minute, self.minute, 0),
            known(Precision::Second, self.second, 0),
            if self.precision == Precision::Millisecond { self.nanosecond } else { 0 },
        )
        .ok()
    }

    fn last(&self) -> Option<civil::DateTime> {
        let first = self.first()?;
        let span = match self.precision {
            Precision::Year => jiff::Span::new().years(1),
            Precision::Month => jiff::Span::new().months(1),
            Precision::Day => jiff::Span::new().days(1),
            Precision::Hour => jiff::Span::new().hours(1),
            Precision::Minute => jiff::Span::new().minutes(1),
            Precision::Second | Precision::Millisecond => return Some(first),
        };
        first.checked_add(span).ok()?.checked_sub(jiff::Span::new().nanoseconds(1)).ok()
    }

    pub(crate) fn civil(&self) -> Option<civil::DateTime> {
        self.first()
    }

    pub(crate) fn of(moment: civil::DateTime) -> Self {
        Self {
            year: moment.year(),
            month: moment.month(),
            day: moment.day(),
            hour: moment.hour(),
            minute: moment.minute(),
            second: moment.second(),
            precision: Precision::Millisecond,
            offset: None,
            nanosecond: moment.subsec_nanosecond(),
        }
    }

    /// As a date is written; what is finer than a day is left out.
    #[must_use]
    pub fn show_date(&self) -> String {
        let mut text = format!("{:04}", self.year);
        for (precision, value) in [(Precision::Month, self.month), (Precision::Day, self.day)] {
            if self.precision >= precision {
                text.push_str(&format!("-{value:02}"));
            }
        }
        text
    }

    /// As a time of day is written.
    #[must_use]
    pub fn show_time(&self) -> String {
        let mut text = format!("{:02}", self.hour);
        for (precision, value) in [(Precision::Minute, self.minute), (Precision::Second, self.second)] {
            if self.precision >= precision {
                text.push_str(&format!(":{value:02}"));
            }
        }
        if self.precision == Precision::Millisecond {
            if self.nanosecond % 1_000_000 == 0 {
                text.push_str(&format!(".{:03}", self.nanosecond / 1_000_000));
            } else {
                text.push_str(format!(".{:09}", self.nanosecond).trim_end_matches('0'));
            }
        }
        text
    }

    /// As a date with its time is written.
    #[must_use]
    pub fn show_date_time(&self) -> String {
        let mut text = self.show_date();
        if self.precision >= Precision::Hour {
            text.push('T');
            text.push_str(&self.show_time());
        }
        match self.offset {
            Some(0) => text.push('Z'),
            Some(minutes) => {
                let sign = if minutes < 0 { '-' } else { '+' };
                text.push_str(&format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60));
            }
            None => {}
        }
        text
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Millisecond => "millisecond",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_has_no_order() {
        use Ordering::{Equal, Greater, Less};
        for (left, right, order) in [
            ("2018-03", "2018-03-01", None),
            ("2018-02", "2018-03-01", Some(Less)),
            ("2012-04-15T15:30:31", "2012-04-15T15:30:31.0", Some(Equal)),
            ("2012-04-15T15:00:00+02:00", "2012-04-15T16:00:00+03:00", Some(Equal)),
            ("2012-04-15T15:00:00Z", "2012-04-15T10:00:00", None),
            ("2012-04-15T15:00:00Z", "2012-04-17", Some(Less)),
            ("2012-04-18T11:00:00Z", "2012-04-17", None),
            ("2012-04-19", "2012-04-17T15:00:00Z", Some(Greater)),
            ("2017-11-05T01:30:00.0-04:00", "2017-11-05T01:15:00.0-05:00", Some(Less)),
        ] {
            assert_eq!(Temporal::date_time(left).unwrap().compare(&Temporal::date_time(right).unwrap()), order, "{left} {right}");
        }
    }

    #[test]
    fn shown_as_written() {
        for text in [
            "2014",
            "2014-02",
            "2014-02-28",
            "2014-02-28T10",
            "2014-02-28T10:30",
            "2014-02-28T10:30:05",
            "2014-02-28T10:30:05.120-05:00",
            "2014-02-28T10:30:05Z",
        ] {
            assert_eq!(Temporal::date_time(text).unwrap().show_date_time(), text);
        }
        for wrong in
            ["", "14", "2014-13", "2014-02-30", "2014-02T10", "2014-2-1", "2014-02-28T24", "2014-02-28T10:30+1:00", "2014-02-28T10:30:05."]
        {
            assert_eq!(Temporal::date_time(wrong), None, "{wrong}");
        }
    }
}
