//! Looking for a text in others.

use memchr::memmem::Finder;

/// Where a text stands in another one.
pub(crate) fn each<'t>(wanted: &'t Finder<'_>, text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
    #[cfg(target_arch = "wasm32")]
    return blocks::Found::of(wanted.needle(), text);
    #[cfg(not(target_arch = "wasm32"))]
    wanted.find_iter(text)
}

/// Whether a text stands in another one.
pub(crate) fn is_in(wanted: &Finder<'_>, text: &[u8]) -> bool {
    each(wanted, text).next().is_some()
}

/// The same for WebAssembly, where every round of a loop also asks whether time is up: rounds of 64 bytes.
#[cfg(any(target_arch = "wasm32", test))]
mod blocks {
    use wide::u8x16;

    const BLOCK: usize = 64;
    const LANES: usize = 16;

    /// The places where two bytes in the middle of the text stand side by side, and with them all of it.
    pub(super) struct Found<'t> {
        wanted: &'t [u8],
        text: &'t [u8],
        /// Where the first of the two bytes stands in what is wanted.
        middle: usize,
        pair: [u8x16; 2],
        /// Where the next block begins.
        next: usize,
        /// Of the block before that, where the two bytes stand; a bit a byte.
        places: u64,
        /// Where the place found last ends: the next one does not begin before it.
        end: usize,
    }

    impl<'t> Found<'t> {
        /// `wanted` is two bytes long at least.
        pub(super) fn of(wanted: &'t [u8], text: &'t [u8]) -> Self {
            let middle = (wanted.len() / 2).saturating_sub(1);
            let byte = |at: usize| u8x16::splat(wanted.get(at).copied().unwrap_or_default());
            Self { wanted, text, middle, pair: [byte(middle), byte(middle + 1)], next: 0, places: 0, end: 0 }
        }

        /// Where the two bytes stand in a block, the second of them perhaps just behind it.
        fn places(&self, block: &[u8; BLOCK], behind: &[u8; BLOCK]) -> u64 {
            let [first, second] = self.pair;
            let both = block.as_chunks::<LANES>().0.iter().zip(behind.as_chunks::<LANES>().0);
            both.rev().fold(0, |places, (one, next)| {
                let here = u8x16::new(*one).simd_eq(first) & u8x16::new(*next).simd_eq(second);
                places << LANES | u64::from(here.to_bitmask())
            })
        }

        fn look_at_next(&self) -> Option<u64> {
            let rest = self.text.get(self.next..)?;
            if let (Some(block), Some(behind)) = (rest.first_chunk(), rest.get(1..).and_then(<[u8]>::first_chunk)) {
                return Some(self.places(block, behind));
            }
            let (mut block, mut behind) = ([0; BLOCK], [0; BLOCK]);
            block.iter_mut().zip(rest).for_each(|(byte, known)| *byte = *known);
            behind.iter_mut().zip(rest.get(1..)?).for_each(|(byte, known)| *byte = *known);
            Some(self.places(&block, &behind))
        }
    }

    impl Iterator for Found<'_> {
        type Item = usize;

        fn next(&mut self) -> Option<usize> {
            loop {
                while self.places != 0 {
                    let middle = self.next - BLOCK + self.places.trailing_zeros() as usize;
                    self.places &= self.places - 1;
                    let Some(start) = middle.checked_sub(self.middle).filter(|start| *start >= self.end) else { continue };
                    if self.text.get(start..).is_some_and(|text| text.starts_with(self.wanted)) {
                        self.end = start + self.wanted.len();
                        return Some(start);
                    }
                }
                self.places = self.look_at_next()?;
                self.next += BLOCK;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn blocks_find_what_the_usual_finder_finds(text in "(\"code\"|\"cod|od|e\"| |é|[a-e\"]{0,9}){0,40}") {
            let finder = Finder::new("\"code\"");
            let usual: Vec<usize> = finder.find_iter(text.as_bytes()).collect();
            let found: Vec<usize> = blocks::Found::of(finder.needle(), text.as_bytes()).collect();
            assert_eq!(found, usual, "{text}");
        }
    }

    #[test]
    fn places_do_not_overlap() {
        let finder = Finder::new("\"code\"");
        for text in ["\"code\"code\"", "\"code\"code\"code\" \"code\""] {
            assert!(blocks::Found::of(finder.needle(), text.as_bytes()).eq(finder.find_iter(text.as_bytes())), "{text}");
        }
    }

    #[test]
    fn a_text_is_found_wherever_it_stands() {
        let finder = Finder::new("\"entered-in-error\"");
        for before in 0..200 {
            for behind in [0, 1, 70] {
                let text = format!("{}{}{}", " ".repeat(before), "\"entered-in-error\"", " ".repeat(behind));
                assert!(blocks::Found::of(finder.needle(), text.as_bytes()).eq([before]) && is_in(&finder, text.as_bytes()));
            }
        }
    }
}
