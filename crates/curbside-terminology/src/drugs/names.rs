//! Drugs by their names in a text.

use aho_corasick::automaton::OverlappingState;
use aho_corasick::{AhoCorasick, Anchored, Input, StartKind};

use super::index::Drug;

/// The names of drugs, ready to be looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    drugs: Vec<Drug>,
    search: Option<AhoCorasick>,
    starts: Starts,
}

impl Names {
    /// Of names in lower case, each with its drug.
    pub(super) fn new(names: Vec<(String, Drug)>) -> Self {
        let (names, drugs): (Vec<String>, Vec<Drug>) = names.into_iter().unzip();
        let mut starts = Starts::default();
        names.iter().for_each(|name| starts.add(name.as_bytes()));
        let search = AhoCorasick::builder().ascii_case_insensitive(true).start_kind(StartKind::Anchored).build(&names).ok();
        Self { drugs, search, starts }
    }

    /// The drugs whose names stand in a text as words of their own.
    pub(super) fn found_in(&self, text: &str) -> Vec<Drug> {
        let mut found = Vec::new();
        let Some(search) = &self.search else { return found };
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let mut is_inside = false;
        for (start, byte) in text.bytes().enumerate() {
            let begins = !std::mem::replace(&mut is_inside, byte.is_ascii_alphanumeric());
            let is_name = || text.as_bytes().get(start..).is_some_and(|rest| self.starts.has(rest));
            if !begins || !is_name() || is_word(text.get(..start).and_then(|before| before.chars().next_back())) {
                continue;
            }
            let input = Input::new(text).range(start..).anchored(Anchored::Yes);
            let mut state = OverlappingState::start();
            while search.try_find_overlapping(input.clone(), &mut state).is_ok()
                && let Some(at) = state.get_match()
            {
                // A name that ends like another one is found with it, and begins inside of a word.
                if at.start() == start && !is_word(text.get(at.end()..).and_then(|after| after.chars().next())) {
                    found.extend(self.drugs.get(at.pattern().as_usize()).copied());
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// How names begin: most words begin like none of them, and no name is looked for there.
#[derive(Clone, Debug)]
struct Starts {
    /// The first four letters, each four as one bit.
    bits: [u64; 64],
    /// There is a name of fewer letters.
    has_short: bool,
}

impl Default for Starts {
    fn default() -> Self {
        Self { bits: [0; 64], has_short: false }
    }
}

impl Starts {
    fn add(&mut self, name: &[u8]) {
        match place(name) {
            Some((word, bit)) => self.bits.iter_mut().skip(word).take(1).for_each(|bits| *bits |= bit),
            None => self.has_short = true,
        }
    }

    /// Whether a name may begin like this text, in whatever case.
    fn has(&self, text: &[u8]) -> bool {
        let known = place(text).and_then(|(word, bit)| Some(self.bits.get(word)? & bit != 0));
        self.has_short || known == Some(true)
    }
}

/// Where the first four letters are noted, whatever their case; `None` where there are fewer.
fn place(text: &[u8]) -> Option<(usize, u64)> {
    let letters = u32::from_le_bytes(*text.first_chunk()?) & 0x1f1f_1f1f;
    // The upper twelve bits of a product depend on all four of them.
    let place = letters.wrapping_mul(0x9e37_79b1) >> 20;
    Some(((place / 64) as usize, 1 << (place % 64)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DrugSetId;

    fn found(names: &[&str], text: &str) -> Vec<u16> {
        let drug = |at: usize| Drug { set: DrugSetId(0), ingredient: u16::try_from(at).unwrap(), product: None };
        let names = names.iter().enumerate().map(|(at, name)| ((*name).to_owned(), drug(at))).collect();
        Names::new(names).found_in(text).into_iter().map(|drug| drug.ingredient).collect()
    }

    #[test]
    fn names_are_found_as_words_in_any_case_and_beside_any_sign() {
        let names = ["lithium", "st. john's wort", "épival", "ketamine"];
        for (text, expected) in [
            ("Lithium", &[0][..]),
            ("oral LITHIUM carbonate", &[0]),
            ("(lithium)/ketamine", &[0, 3]),
            ("St. John's wort 300 mg", &[1]),
            ("nach épival", &[2]),
            ("\u{2013}ketamine", &[3]),
            ("esketamine", &[]),
            ("lithiumcarbonate", &[]),
            ("élithium", &[]),
            ("lit", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(&names, text), expected, "{text}");
        }
    }

    #[test]
    fn of_names_that_end_alike_the_longer_one_is_not_the_shorter_one_too() {
        let names = ["ketamine", "esketamine", "venlafaxine", "desvenlafaxine"];
        for (text, expected) in [("Esketamine", [1]), ("ketamine", [0]), ("desvenlafaxine 50 mg", [3]), ("venlafaxine", [2])] {
            assert_eq!(found(&names, text), expected, "{text}");
        }
    }

    #[test]
    fn a_short_name_is_found_too() {
        assert_eq!(found(&["k2", "lithium"], "some K2"), [0]);
        assert_eq!(found(&["k2", "lithium"], "k2"), [0]);
    }
}
