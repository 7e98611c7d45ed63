//! The moment a chart is looked at.

use super::{Day, Duration, Moment, When, Zone};

/// The moment a question is asked about. An input, never the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    day: Day,
    moment: Moment,
    exact: bool,
}

impl AsOf {
    /// Reads a date (then the end of that day is meant) or a date with a time.
    #[must_use]
    pub fn parse(text: &str, zone: &Zone) -> Option<Self> {
        let when = When::parse(text, zone)?;
        let day = when.day()?;
        Some(Self { day, moment: when.latest, exact: when.has_time() })
    }

    /// The end of a day.
    #[must_use]
    pub const fn end_of(day: Day) -> Self {
        Self { day, moment: Moment::end_of(day), exact: false }
    }

    /// The calendar day.
    #[must_use]
    pub const fn day(self) -> Day {
        self.day
    }

    /// The last moment that counts.
    #[must_use]
    pub const fn moment(self) -> Moment {
        self.moment
    }

    /// The first moment of "within this duration before `as_of`". Days and longer are counted in
    /// calendar days and start at midnight. Hours are counted back from the moment; where only
    /// the day is known, they reach at least to its start.
    #[must_use]
    pub fn back(self, duration: Duration) -> Moment {
        if duration.is_time() {
            let counted = Moment::from_millis(self.moment.millis().saturating_sub(duration.millis));
            if self.exact { counted } else { counted.min(Moment::start_of(self.day)).max(self.day_limit(duration)) }
        } else {
            Moment::start_of(self.day.minus(duration))
        }
    }

    /// With a day only, "24 hours" is that day and "48 hours" that day and the one before.
    fn day_limit(self, duration: Duration) -> Moment {
        let days = (duration.millis + 86_399_999) / 86_400_000;
        Moment::start_of(self.day.plus_days(1 - days.max(1)))
    }
}

impl std::fmt::Display for AsOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.exact { When { earliest: self.moment, latest: self.moment }.fmt(f) } else { self.day.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_start_with_the_day_where_only_the_day_is_known() {
        let back = |at: &str, duration: &str| {
            let start = AsOf::parse(at, &Zone::UTC).unwrap().back(duration.parse().unwrap());
            When { earliest: start, latest: start }.to_string()
        };
        assert_eq!(back("2026-11-23", "24 hours"), "2026-11-23 00:00");
        assert_eq!(back("2026-11-23", "8 hours"), "2026-11-23 00:00");
        assert_eq!(back("2026-11-23", "48 hours"), "2026-11-22 00:00");
        assert_eq!(back("2026-11-23T09:00:00Z", "24 hours"), "2026-11-22 09:00");
        assert_eq!(back("2026-11-23T09:00:00Z", "14 days"), "2026-11-09 00:00");
        assert_eq!(back("2026-11-23", "24 months"), "2024-11-23 00:00");
    }
}
