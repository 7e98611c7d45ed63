//! How often a caller may call.

use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::Rate;

/// Counts the calls of one caller.
#[derive(Debug)]
pub(super) struct Limit(DefaultDirectRateLimiter);

impl Limit {
    pub(super) fn new(rate: Rate) -> Self {
        // A rate is of at least one call, and no time is divided into nothing.
        let one = (rate.per / rate.calls.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(one).unwrap_or(Quota::per_second(rate.calls)).allow_burst(rate.calls);
        Self(RateLimiter::direct(quota))
    }

    /// Counts a call, or says after how many seconds there is room for one.
    pub(super) fn check(&self) -> Result<(), u32> {
        self.0.check().map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;

    #[test]
    fn a_rate_may_be_used_at_once_and_then_tells_when_to_come_back() {
        let limit = Limit::new(Rate { calls: NonZeroU32::new(2).unwrap(), per: Duration::from_secs(60) });
        assert_eq!((limit.check(), limit.check()), (Ok(()), Ok(())));
        let wait = limit.check().unwrap_err();
        assert!((29..=31).contains(&wait), "{wait}");
    }
}
