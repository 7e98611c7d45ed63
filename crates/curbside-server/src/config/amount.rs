//! Times, sizes and rates as people write them: `500 ms`, `10 MiB`, `50 per second`.

use std::num::NonZeroU32;
use std::time::Duration;

use super::model::Rate;

/// A time.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (number, unit) = split(text)?;
    let millis = match unit {
        "ms" | "milliseconds" => 1,
        "s" | "second" | "seconds" => 1000,
        "min" | "minute" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "day" | "days" => 86_400_000,
        _ => return None,
    };
    Some(Duration::from_millis(number.checked_mul(millis)?))
}

/// A size in bytes.
pub(super) fn bytes(text: &str) -> Option<usize> {
    let (number, unit) = split(text)?;
    let factor = match unit {
        "B" | "bytes" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" | "KB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    usize::try_from(number.checked_mul(factor)?).ok()
}

/// A rate of calls.
pub(super) fn rate(text: &str) -> Option<Rate> {
    let (number, unit) = split(text)?;
    let per = match unit {
        "per second" => Duration::from_secs(1),
        "per minute" => Duration::from_secs(60),
        _ => return None,
    };
    Some(Rate { calls: NonZeroU32::new(u32::try_from(number).ok()?)?, per })
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units() {
        assert_eq!(duration("500 ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("2s"), Some(Duration::from_secs(2)));
        assert_eq!(duration("30 days"), Some(Duration::from_secs(30 * 86_400)));
        assert_eq!(bytes("10 MiB"), Some(10 << 20));
        assert_eq!(rate("50 per second").map(|rate| (rate.calls.get(), rate.per)), Some((50, Duration::from_secs(1))));
        assert_eq!(rate("300 per minute").map(|rate| (rate.calls.get(), rate.per)), Some((300, Duration::from_secs(60))));
        for bad in ["0 per second", "50", "50 per day", "fast"] {
            assert_eq!(rate(bad), None, "{bad}");
        }
        for bad in ["500", "ms", "-1 s", "5 fortnights", ""] {
            assert_eq!((duration(bad), bytes(bad)), (None, None), "{bad}");
        }
    }
}
