//! Passing over JSON without reading it, sixteen bytes at a time. What is passed over is taken to be valid.

use wide::u8x16;

use super::brackets::behind_closing;

const LANES: usize = 16;

/// Where a string ends that begins behind `at`: its closing quote. `None` where it does not end, or holds an escape before
/// it does.
#[inline]
pub(super) fn plain_string(bytes: &[u8], at: usize) -> Option<usize> {
    // Most end soon.
    let special = bytes.get(at..)?.first_chunk().map_or(0, special);
    if special == 0 {
        return longer_string(bytes, at);
    }
    let end = at + special.trailing_zeros() as usize;
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

/// Where quotes and backslashes stand; a bit a byte.
fn special(chunk: &[u8; LANES]) -> u32 {
    let chunk = u8x16::new(*chunk);
    (chunk.simd_eq(u8x16::splat(b'"')) | chunk.simd_eq(u8x16::splat(b'\\'))).to_bitmask()
}

fn longer_string(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(block) = bytes.get(at..)?.first_chunk::<{ 2 * LANES }>() {
        let [first, second] = block.as_chunks().0 else { break };
        let special = special(first) | special(second) << LANES;
        if special != 0 {
            at += special.trailing_zeros() as usize;
            return (bytes.get(at) == Some(&b'"')).then_some(at);
        }
        at += 2 * LANES;
    }
    let length = bytes.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
    at += length;
    (bytes.get(at) == Some(&b'"')).then_some(at)
}

/// The byte behind a value that begins at `at`.
pub(super) fn value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'{' | b'[' => behind_closing(bytes, at),
        b'"' => string(bytes, at + 1),
        _ => {
            let rest = bytes.get(at..)?;
            let length = rest.iter().position(|byte| matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t'));
            let length = length.unwrap_or(rest.len());
            (length > 0).then_some(at + length)
        }
    }
}

/// The byte behind a string that begins behind `at`.
fn string(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        if let Some(end) = plain_string(bytes, at) {
            return Some(end + 1);
        }
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes.get(at) {
            Some(b'"') => return Some(at + 1),
            _ => at += 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_value_ends_where_its_reader_says(value in super::super::tests::json(), behind in "[, \\]}]{0,70}") {
            for text in [value.to_string(), format!("{value:#}")] {
                let all = format!("{text}{}{behind}", if value.is_number() { "," } else { "" });
                assert_eq!(super::value(all.as_bytes(), 0), Some(text.len()), "{all}");
            }
        }
    }

    #[test]
    fn what_does_not_end_has_no_end() {
        for text in ["", "\"", "\"a\\", "{", "[[]", "{\"}", "[\"\\\"]"] {
            assert_eq!(value(text.as_bytes(), 0), None, "{text}");
        }
    }
}
