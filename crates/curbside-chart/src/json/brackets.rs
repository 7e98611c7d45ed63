//! The brackets of a JSON text that stand outside its strings, found sixteen bytes at a time.

use wide::u8x16;

/// Bytes that are looked at together: as many as a mask has bits.
const BLOCK: usize = 64;
const LANES: usize = 16;

/// The byte at which a text nests deeper than so many levels. Of a text that is no JSON it is about there.
#[must_use]
pub fn nests_deeper(text: &[u8], levels: usize) -> Option<usize> {
    let levels = u32::try_from(levels).unwrap_or(u32::MAX);
    let mut depth = 0_u32;
    for (at, brackets) in Blocks::of(text, 0) {
        if depth + brackets.open.count_ones() > levels
            && let Some(bit) = brackets.rises_above(depth, levels)
        {
            return Some(at + bit as usize);
        }
        depth = (depth + brackets.open.count_ones()).saturating_sub(brackets.close.count_ones());
    }
    None
}

/// The byte behind the bracket that closes the one at `at`. Brackets of both kinds are counted together.
#[cfg(any(target_arch = "wasm32", test))]
pub(super) fn behind_closing(bytes: &[u8], at: usize) -> Option<usize> {
    let mut depth = 0;
    for (at, brackets) in Blocks::of(bytes, at) {
        if brackets.close.count_ones() >= depth
            && let Some(bit) = brackets.falls_to_none(depth)
        {
            return Some(at + bit as usize + 1);
        }
        depth = depth + brackets.open.count_ones() - brackets.close.count_ones();
    }
    None
}

/// The brackets of a block, a bit a byte.
struct Brackets {
    open: u64,
    close: u64,
}

impl Brackets {
    /// The closing bracket behind which nothing is open, where `depth` were open before.
    #[cfg(any(target_arch = "wasm32", test))]
    fn falls_to_none(&self, depth: u32) -> Option<u32> {
        (1..).zip(ones(self.close)).find(|(closed, bit)| depth + below(self.open, *bit) == *closed).map(|(_, bit)| bit)
    }

    /// The opening bracket with which more than `levels` are open, where `depth` were open before.
    fn rises_above(&self, depth: u32, levels: u32) -> Option<u32> {
        (1..).zip(ones(self.open)).find(|(opened, bit)| depth + opened > levels + below(self.close, *bit)).map(|(_, bit)| bit)
    }
}

/// The bits that are set, from the lowest.
fn ones(mask: u64) -> impl Iterator<Item = u32> {
    std::iter::successors(Some(mask), |left| Some(left & left.wrapping_sub(1))).take_while(|left| *left != 0).map(u64::trailing_zeros)
}

/// How many bits below one are set.
fn below(mask: u64, bit: u32) -> u32 {
    (mask & ((1 << bit) - 1)).count_ones()
}

/// The blocks of a text from a byte outside strings on: where each begins, and its brackets.
struct Blocks<'t> {
    bytes: &'t [u8],
    at: usize,
    /// All ones where the next block begins within a string.
    inside: u64,
    /// One where the first byte of the next block is escaped.
    escaped: u64,
}

impl<'t> Blocks<'t> {
    fn of(bytes: &'t [u8], at: usize) -> Self {
        Self { bytes, at, inside: 0, escaped: 0 }
    }

    #[inline(always)]
    fn brackets(&mut self, block: &[u8; BLOCK]) -> Brackets {
        let [quote, backslash, opener, closer, case] = [b'"', b'\\', b'{', b'}', b'{' - b'['].map(u8x16::splat);
        let (mut quotes, mut backslashes, mut open, mut close) = (0, 0, 0, 0);
        for (number, chunk) in block.as_chunks::<LANES>().0.iter().enumerate() {
            let chunk = u8x16::new(*chunk);
            let mask = |is: u8x16| u64::from(is.to_bitmask()) << (number * LANES);
            quotes |= mask(chunk.simd_eq(quote));
            backslashes |= mask(chunk.simd_eq(backslash));
            // `[` and `{` differ in one bit, and `]` and `}` in the same.
            open |= mask((chunk | case).simd_eq(opener));
            close |= mask((chunk | case).simd_eq(closer));
        }
        quotes &= !self.escapes(backslashes);
        // Of each byte whether the quotes up to it are odd in number: from an opening one to before its closing one.
        let mut strings = quotes;
        for by in [1, 2, 4, 8, 16, 32] {
            strings ^= strings << by;
        }
        strings ^= self.inside;
        self.inside = if strings >> (BLOCK - 1) == 1 { u64::MAX } else { 0 };
        Brackets { open: open & !strings, close: close & !strings }
    }

    /// The bytes that are escaped.
    #[inline]
    fn escapes(&mut self, backslashes: u64) -> u64 {
        if backslashes | self.escaped == 0 { 0 } else { self.some_escapes(backslashes) }
    }

    fn some_escapes(&mut self, backslashes: u64) -> u64 {
        let mut escaped = std::mem::take(&mut self.escaped);
        let mut left = backslashes & !escaped;
        while left != 0 {
            let at = left.trailing_zeros();
            match 1_u64.checked_shl(at + 1) {
                Some(next) => escaped |= next,
                None => self.escaped = 1,
            }
            left &= !(3 << at);
        }
        escaped
    }
}

impl Iterator for Blocks<'_> {
    type Item = (usize, Brackets);

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let last;
        let block = match rest.first_chunk() {
            Some(block) => block,
            None => {
                last = padded(rest);
                &last
            }
        };
        let brackets = self.brackets(block);
        let at = self.at;
        self.at += BLOCK;
        Some((at, brackets))
    }
}

fn padded(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    block.iter_mut().zip(rest).for_each(|(byte, known)| *byte = *known);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_outside_strings_nest() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        for levels in [1, 63, 64, 65, 1000] {
            assert_eq!(nests_deeper(nested(levels).as_bytes(), levels), None);
            assert_eq!(nests_deeper(nested(levels + 1).as_bytes(), levels), Some(levels));
        }
        for text in [format!("[\"{}\\\"[\"]", "[".repeat(5000)), format!("[{}]", "{},".repeat(5000)), format!("\"{}", "[".repeat(500))] {
            assert_eq!(nests_deeper(text.as_bytes(), 2), None);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_text_nests_as_deep_as_it_is_read(value in super::super::tests::json()) {
            fn depth(value: &serde_json::Value) -> usize {
                match value {
                    serde_json::Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
                    serde_json::Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
                    _ => 0,
                }
            }
            let (text, depth) = (value.to_string(), depth(&value));
            assert_eq!(nests_deeper(text.as_bytes(), depth), None, "{text}");
            assert!(depth == 0 || nests_deeper(text.as_bytes(), depth - 1).is_some(), "{text}");
        }
    }
}
