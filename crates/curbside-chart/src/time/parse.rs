//! FHIR's date formats, read byte by byte: dates are the most frequent value of a record.

use super::{Day, Moment, When, Zone};

/// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDThh:mm[:ss[.fff]][Z|±hh:mm]`.
pub(super) fn when(text: &str, zone: &Zone) -> Option<When> {
    let bytes = text.as_bytes();
    let year = i32::try_from(number(bytes.get(..4)?)?).ok()?;
    if bytes.len() == 4 {
        return Some(When::between(Day::from_ymd(year, 1, 1)?, Day::from_ymd(year, 12, 31)?));
    }
    let month = two(bytes, 4, b'-')?;
    if bytes.len() == 7 {
        return Day::from_ymd(year, month, 1).map(|first| When::between(first, first.last_of_month()));
    }
    let day = Day::from_ymd(year, month, two(bytes, 7, b'-')?)?;
    if bytes.len() == 10 {
        return Some(When::on(day));
    }
    time(bytes, day, zone)
}

fn time(bytes: &[u8], day: Day, zone: &Zone) -> Option<When> {
    let (hour, minute) = (two(bytes, 10, b'T')?, two(bytes, 13, b':')?);
    let mut at = 16;
    let mut second = None;
    if bytes.get(at) == Some(&b':') {
        second = Some(two(bytes, at, b':')?);
        at += 3;
    }
    let mut millis = 0;
    if second.is_some() && bytes.get(at) == Some(&b'.') {
        let digits = bytes.get(at + 1..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        for place in 0..3 {
            let digit = if place < digits { u32::from(bytes.get(at + 1 + place)? - b'0') } else { 0 };
            millis = millis * 10 + digit;
        }
        at += 1 + digits;
    }
    // A leap second is read as the second before it.
    let seconds = second.unwrap_or(0);
    if hour > 23 || minute > 59 || seconds > 60 {
        return None;
    }
    let of_day = i64::from(hour) * 3_600_000 + i64::from(minute) * 60_000 + i64::from(seconds.min(59)) * 1000 + i64::from(millis);
    let civil = day.number() * 86_400_000 + of_day;
    let earliest = match bytes.get(at..)? {
        [] => civil,
        b"Z" => zone.civil(civil),
        [sign @ (b'+' | b'-'), ..] if bytes.len() == at + 6 => {
            let (hours, minutes) = (number(bytes.get(at + 1..at + 3)?)?, two(bytes, at + 3, b':')?);
            if hours > 14 || minutes > 59 {
                return None;
            }
            let offset = (i64::from(hours) * 60 + i64::from(minutes)) * 60_000;
            zone.civil(if *sign == b'-' { civil + offset } else { civil - offset })
        }
        _ => return None,
    };
    let width = if second.is_none() { 59_999 } else { 0 };
    Some(When { earliest: Moment::from_millis(earliest), latest: Moment::from_millis(earliest + width) })
}

/// Two digits behind a separator at `at`.
fn two(bytes: &[u8], at: usize, separator: u8) -> Option<u32> {
    if *bytes.get(at)? != separator {
        return None;
    }
    number(bytes.get(at + 1..at + 3)?)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum: u32, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, zone: &str) -> String {
        When::parse(text, &Zone::parse(zone).unwrap()).map_or_else(|| "none".to_owned(), |when| when.to_string())
    }

    #[test]
    fn every_precision_is_an_interval() {
        for (text, zone, shown) in [
            ("2025", "UTC", "2025"),
            ("2025-02", "UTC", "2025-02"),
            ("2025-12", "UTC", "2025-12"),
            ("2024-02-29", "UTC", "2024-02-29"),
            ("2026-11-23T08:30:00Z", "UTC", "2026-11-23 08:30"),
            ("2026-11-23T08:30Z", "UTC", "2026-11-23 08:30"),
            ("2026-11-23T08:30:00.123+02:00", "UTC", "2026-11-23 06:30"),
            ("2026-11-23T23:30:00-05:00", "UTC", "2026-11-24 04:30"),
            ("2026-11-23T23:30:00Z", "Europe/Berlin", "2026-11-24 00:30"),
            ("2026-07-23T23:30:00Z", "Europe/Berlin", "2026-07-24 01:30"),
            ("2026-07-23T23:30:00Z", "-03:30", "2026-07-23 20:00"),
            ("2016-12-31T23:59:60Z", "UTC", "2016-12-31 23:59"),
            ("2110-04-11T15:08:00-04:00", "UTC", "2110-04-11 19:08"),
        ] {
            assert_eq!(show(text, zone), shown, "{text}");
        }
        for wrong in [
            "",
            "20",
            "2025-13",
            "2025-00",
            "2025-02-30",
            "2025-1-1",
            "2025-02-01T",
            "2025-02-01T25:00:00Z",
            "2025-02-01T10:00:00+2",
            "2025-02-01 10:00",
            "yesterday",
            "２０２５",
            "2025-02-01T10:00:00.Z",
        ] {
            assert_eq!(show(wrong, "UTC"), "none", "{wrong}");
        }
        assert!(Zone::parse("Mars/Olympus").is_err());
    }
}
