//! Moments, and the intervals in which an imprecisely dated event may lie.

use std::fmt;

use super::{Day, Zone, parse};

const DAY: i64 = 86_400_000;

/// A moment on the civil clock of the request's zone: milliseconds since 1970-01-01T00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// A moment `millis` milliseconds after 1970-01-01T00:00.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Midnight at which a day begins.
    #[must_use]
    pub const fn start_of(day: Day) -> Self {
        Self(day.number() * DAY)
    }

    /// The last millisecond of a day.
    #[must_use]
    pub const fn end_of(day: Day) -> Self {
        Self(day.number() * DAY + DAY - 1)
    }

    /// The day it lies in.
    #[must_use]
    pub fn day(self) -> Day {
        Day::from_number(self.0.div_euclid(DAY))
    }
}

/// When something happened, as precisely as the record says: some moment from `earliest` to
/// `latest`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    /// The earliest moment it can have been.
    pub earliest: Moment,
    /// The latest moment it can have been.
    pub latest: Moment,
}

impl When {
    /// Reads a FHIR `date`, `dateTime` or `instant`; `None` where it is none or no such day exists.
    #[must_use]
    pub fn parse(text: &str, zone: &Zone) -> Option<Self> {
        parse::when(text, zone)
    }

    /// Some moment of one day.
    #[must_use]
    pub const fn on(day: Day) -> Self {
        Self { earliest: Moment::start_of(day), latest: Moment::end_of(day) }
    }

    /// Some moment from the start of one day to the end of another.
    #[must_use]
    pub const fn between(first: Day, last: Day) -> Self {
        Self { earliest: Moment::start_of(first), latest: Moment::end_of(last) }
    }

    /// The earliest day.
    #[must_use]
    pub fn first_day(self) -> Day {
        self.earliest.day()
    }

    /// The latest day.
    #[must_use]
    pub fn last_day(self) -> Day {
        self.latest.day()
    }

    /// The day, where only one is possible.
    #[must_use]
    pub fn day(self) -> Option<Day> {
        (self.first_day() == self.last_day()).then(|| self.first_day())
    }

    /// Whether it is known to the day.
    #[must_use]
    pub fn is_to_the_day(self) -> bool {
        self.day().is_some()
    }

    /// Whether it is known to the minute or better.
    #[must_use]
    pub const fn has_time(self) -> bool {
        self.latest.0 - self.earliest.0 < 60_000
    }

    /// Everything in this interval and in the other and between them.
    #[must_use]
    pub fn hull(self, other: Self) -> Self {
        Self { earliest: self.earliest.min(other.earliest), latest: self.latest.max(other.latest) }
    }
}

/// The date at the precision it is known: `2025`, `2025-05`, `2025-05-01`, `2025-05-01 08:30`,
/// or `2025-05-01 to 2025-05-20`.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.first_day(), self.last_day());
        if first == last {
            if self.has_time() {
                let minutes = self.earliest.0.rem_euclid(DAY) / 60_000;
                return write!(f, "{first} {:02}:{:02}", minutes / 60, minutes % 60);
            }
            return first.fmt(f);
        }
        let ((year, month, day), next) = (first.ymd(), last.plus_days(1).ymd());
        if day == 1 && next == (year + 1, 1, 1) && month == 1 {
            write!(f, "{year:04}")
        } else if day == 1 && next.2 == 1 && last.ymd().0 == year && last.ymd().1 == month {
            write!(f, "{year:04}-{month:02}")
        } else if first == Day::MIN {
            write!(f, "up to {last}")
        } else {
            write!(f, "{first} to {last}")
        }
    }
}
