//! Which of several observations counts.

use std::cmp::Ordering;

use curbside_chart::time::{Moment, When};

use super::reading::Reading;
use super::{ObservationTest, Pick};
use crate::shared::compare_values;
use crate::truth::Truth;

impl ObservationTest {
    /// The readings that count: those that may be the one that is picked.
    pub(super) fn picked<'r, 'e>(&self, readings: &'r [Reading<'e>]) -> Vec<&'r Reading<'e>> {
        let span = |reading: &Reading<'_>| {
            reading.when.unwrap_or(When { earliest: Moment::from_millis(i64::MIN), latest: Moment::from_millis(i64::MAX) })
        };
        match self.pick {
            Pick::Any | Pick::Every => readings.iter().collect(),
            Pick::Highest => extremes(readings, Ordering::Greater),
            Pick::Lowest => extremes(readings, Ordering::Less),
            Pick::Latest => {
                let measured = self.measured(readings);
                let last = measured.iter().map(|reading| span(reading).earliest).max();
                measured.into_iter().filter(|reading| last.is_some_and(|last| span(reading).latest >= last)).collect()
            }
            Pick::Earliest => {
                let measured = self.measured(readings);
                let first = measured.iter().map(|reading| span(reading).latest).min();
                measured.into_iter().filter(|reading| first.is_some_and(|first| span(reading).earliest <= first)).collect()
            }
        }
    }

    /// Those at which something was measured: that it could not be measured once takes back nothing. All where none was.
    fn measured<'r, 'e>(&self, readings: &'r [Reading<'e>]) -> Vec<&'r Reading<'e>> {
        let measured: Vec<&Reading<'e>> = readings.iter().filter(|reading| self.asks_presence() || !reading.says_nothing()).collect();
        if measured.is_empty() { readings.iter().collect() } else { measured }
    }
}

/// The readings that may be the highest (or lowest): all but those that another one, which certainly
/// counts, goes beyond. What cannot be compared may be anything.
fn extremes<'r, 'e>(readings: &'r [Reading<'e>], beyond: Ordering) -> Vec<&'r Reading<'e>> {
    let goes_beyond = |other: &Reading<'_>, reading: &Reading<'_>| {
        let values = other.value.as_ref().zip(reading.value.as_ref());
        let order = values.and_then(|((other, _), (value, _))| compare_values(other, value));
        order == Some(beyond) && !other.doubtful && other.in_window == Truth::True
    };
    readings.iter().filter(|reading| !readings.iter().any(|other| goes_beyond(other, reading))).collect()
}
