//! Days, moments and the intervals that partial dates are.
//!
//! Everything is civil time in one [`Zone`], that of the request: a `dateTime` with an offset is
//! converted, a date without one is taken as it stands. A partial date is an interval:
//! `2025-05` is every moment from 2025-05-01T00:00:00.000 to 2025-05-31T23:59:59.999.

mod as_of;
mod day;
mod duration;
mod parse;
mod when;
mod zone;

pub use as_of::AsOf;
pub use day::Day;
pub use duration::Duration;
pub use when::{Moment, When};
pub use zone::{UnknownZone, Zone};
