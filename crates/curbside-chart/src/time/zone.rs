//! The zone in which days begin and end.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// A time zone: UTC, a fixed offset, or a zone of the IANA database that is built in, so that
/// every machine gives the same answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    name: String,
    zone: Option<TimeZone>,
}

/// No zone has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownZone(pub String);

impl std::fmt::Display for UnknownZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unknown time zone `{}`; write `UTC`, an offset such as `+02:00`, or a name such as `Europe/Berlin`", self.0)
    }
}

impl std::error::Error for UnknownZone {}

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self { name: String::new(), zone: None };

    /// Reads a zone's name or offset.
    ///
    /// # Errors
    ///
    /// [`UnknownZone`] where it is neither.
    pub fn parse(text: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(text.to_owned());
        if matches!(text, "UTC" | "Z" | "") {
            return Ok(Self::UTC);
        }
        let zone = if text.starts_with(['+', '-']) {
            let sign = if text.starts_with('-') { -1 } else { 1 };
            let (hours, minutes) = text.get(1..).and_then(|rest| rest.split_once(':')).ok_or_else(unknown)?;
            let (hours, minutes): (i32, i32) = (hours.parse().map_err(|_| unknown())?, minutes.parse().map_err(|_| unknown())?);
            if !(0..=14).contains(&hours) || !(0..60).contains(&minutes) {
                return Err(unknown());
            }
            let seconds = sign * (hours * 3600 + minutes * 60);
            TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| unknown())?)
        } else {
            TimeZoneDatabase::bundled().get(text).map_err(|_| unknown())?
        };
        Ok(Self { name: text.to_owned(), zone: Some(zone) })
    }

    /// Its name or offset.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.name.is_empty() { "UTC" } else { &self.name }
    }

    /// Civil milliseconds of an instant given in milliseconds of UTC.
    pub(super) fn civil(&self, utc_millis: i64) -> i64 {
        let Some(zone) = &self.zone else { return utc_millis };
        match Timestamp::from_millisecond(utc_millis) {
            Ok(instant) => utc_millis + i64::from(zone.to_offset(instant).seconds()) * 1000,
            Err(_) => utc_millis,
        }
    }
}
