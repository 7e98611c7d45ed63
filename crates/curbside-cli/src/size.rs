//! Sizes as people write them: `256MiB`, `64 KiB`, `1GB`, plain bytes.

const UNITS: [(&str, u64); 8] =
    [("", 1), ("b", 1), ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30)];

/// Reads a size in bytes.
///
/// # Errors
///
/// A sentence that says how to write one.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is no size; write it like `256MiB`");
    let text = text.trim();
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = unit.trim().to_ascii_lowercase();
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(*factor)).filter(|bytes| *bytes > 0).ok_or_else(wrong)
}

/// A size for people.
pub(crate) fn show(bytes: u64) -> String {
    let whole = UNITS.iter().rev().find(|(name, factor)| name.ends_with("ib") && bytes.is_multiple_of(*factor));
    match whole {
        Some((name, factor)) => format!("{} {}", bytes / factor, name.to_uppercase().replace("IB", "iB")),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, bytes) in [("256MiB", 256 << 20), ("1 GB", 1_000_000_000), ("64kib", 64 << 10), ("10", 10), ("10 b", 10)] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        for text in ["", "MiB", "0", "-1", "1.5 GiB", "10 parsecs", "99999999999 GiB"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert_eq!(show(256 << 20), "256 MiB");
        assert_eq!(show(1001), "1001 bytes");
    }
}
