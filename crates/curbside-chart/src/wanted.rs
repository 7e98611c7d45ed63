//! Which resources are read; the rest of a record is skipped unread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, packed};
use memchr::memmem;

use crate::Kind;

/// The resources somebody wants to read.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    kinds: BTreeMap<Kind, Interest>,
    others: BTreeSet<String>,
}

/// Which resources of a type.
#[derive(Clone, Debug)]
enum Interest {
    /// All of them.
    All,
    /// Those that mention one of these words.
    Mentioning(Words),
}

#[derive(Clone, Debug, Default)]
struct Words {
    words: BTreeSet<String>,
    search: OnceLock<Search>,
}

/// Two ways to look for words, with the same result. The faster one needs vector instructions and
/// few words.
#[derive(Clone, Debug)]
enum Search {
    Packed(packed::Searcher),
    Automaton(AhoCorasick),
    /// No words at all: nothing is wanted.
    Nothing,
}

impl Wanted {
    /// Every type that has a place of its own in a chart.
    #[must_use]
    pub fn everything() -> Self {
        Self { kinds: Kind::ALL.iter().map(|kind| (*kind, Interest::All)).collect(), others: BTreeSet::new() }
    }

    /// Adds all resources of a type, by its FHIR name.
    pub fn add(&mut self, name: &str) {
        match Kind::named(name) {
            Kind::Other => {
                self.others.insert(name.to_owned());
            }
            kind => {
                self.kinds.insert(kind, Interest::All);
            }
        }
    }

    /// Adds the resources of a type that mention one of these words anywhere: codes, mostly. A
    /// record has hundreds of observations, and looking for a word is many times faster than
    /// reading them.
    pub fn add_mentioning<'w>(&mut self, kind: Kind, words: impl IntoIterator<Item = &'w str>) {
        let interest = self.kinds.entry(kind).or_insert_with(|| Interest::Mentioning(Words::default()));
        if let Interest::Mentioning(known) = interest {
            known.words.extend(words.into_iter().map(str::to_owned));
            known.search = OnceLock::new();
        }
    }

    /// Adds what another one wants.
    pub fn merge(&mut self, other: &Self) {
        for (kind, interest) in &other.kinds {
            match interest {
                Interest::All => self.add(kind.name()),
                Interest::Mentioning(words) => self.add_mentioning(*kind, words.words.iter().map(String::as_str)),
            }
        }
        self.others.extend(other.others.iter().cloned());
    }

    /// Whether a resource is wanted; `text` is the whole of it.
    pub(crate) fn has(&self, kind: Kind, name: &str, text: &str) -> bool {
        match kind {
            Kind::Patient => true,
            Kind::Other => self.others.contains(name),
            kind => match self.kinds.get(&kind) {
                None => false,
                Some(Interest::All) => true,
                Some(Interest::Mentioning(words)) => words.are_in(text),
            },
        }
    }

    /// The names of all wanted types, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(|kind| kind.name()).chain(self.others.iter().map(String::as_str))
    }
}

impl Words {
    /// Whether one of the words is in a text, or may be, behind an escape.
    fn are_in(&self, text: &str) -> bool {
        let found = match self.search.get_or_init(|| Search::new(&self.words)) {
            Search::Packed(search) => search.find(text).is_some(),
            Search::Automaton(search) => search.is_match(text),
            Search::Nothing => return false,
        };
        found || memmem::find(text.as_bytes(), b"\\u").is_some()
    }
}

impl Search {
    fn new(words: &BTreeSet<String>) -> Self {
        if words.is_empty() {
            return Self::Nothing;
        }
        match packed::Searcher::new(words) {
            Some(search) => Self::Packed(search),
            None => AhoCorasick::new(words).map_or(Self::Nothing, Self::Automaton),
        }
    }
}
