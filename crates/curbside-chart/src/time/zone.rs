//! The zone in which days begin and end.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use super::Moment;

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

    /// A moment of this zone with its offset, as RFC 3339 writes it. Where clocks were set back, the earlier of two.
    #[must_use]
    pub fn rfc3339(&self, moment: Moment) -> String {
        let civil = Timestamp::from_millisecond(moment.millis()).map(|civil| Offset::UTC.to_datetime(civil)).unwrap_or_default();
        let instant = |zone: &TimeZone| zone.to_ambiguous_zoned_datetime(civil).compatible().ok();
        let seconds: i32 = self.zone.as_ref().and_then(instant).map_or(0, |zoned| zoned.offset().seconds());
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        format!("{}{sign}{:02}:{:02}", civil.strftime("%Y-%m-%dT%H:%M:%S%.3f"), minutes / 60, minutes % 60)
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

#[cfg(test)]
mod tests {
    use super::super::AsOf;
    use super::*;

    #[test]
    fn moments_have_the_offset_of_their_day() {
        let show = |at: &str, zone: &str| {
            let zone = Zone::parse(zone).unwrap();
            zone.rfc3339(AsOf::parse(at, &zone).unwrap().moment())
        };
        assert_eq!(show("2026-11-23", "UTC"), "2026-11-23T23:59:59.999+00:00");
        assert_eq!(show("2026-07-01T10:00:00Z", "Europe/Berlin"), "2026-07-01T12:00:00.000+02:00");
        assert_eq!(show("2026-11-23", "America/St_Johns"), "2026-11-23T23:59:59.999-03:30");
    }
}
