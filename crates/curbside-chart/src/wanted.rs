//! Which resources are read; the rest of a record is skipped unread.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use hashbrown::HashSet;
use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};

use crate::Kind;
use crate::json::search;

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
    /// Those that carry one of these codes.
    Coded(Codes),
}

/// Codes that are looked for.
#[derive(Clone, Debug, Default)]
struct Codes(HashSet<Box<str>>);

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

    /// Adds the resources of a type that carry one of these codes anywhere, whatever its system. A
    /// record has hundreds of observations, and looking for a code is many times faster than
    /// reading them.
    pub fn add_coded<'c>(&mut self, kind: Kind, codes: impl IntoIterator<Item = &'c str>) {
        let interest = self.kinds.entry(kind).or_insert_with(|| Interest::Coded(Codes::default()));
        if let Interest::Coded(known) = interest {
            known.0.extend(codes.into_iter().map(Box::from));
        }
    }

    /// Adds what another one wants.
    pub fn merge(&mut self, other: &Self) {
        for (kind, interest) in &other.kinds {
            match interest {
                Interest::All => self.add(kind.name()),
                Interest::Coded(codes) => self.add_coded(*kind, codes.0.iter().map(|code| &**code)),
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
                Some(Interest::Coded(codes)) => codes.are_in(text),
            },
        }
    }

    /// The names of all wanted types, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(|kind| kind.name()).chain(self.others.iter().map(String::as_str))
    }
}

impl Codes {
    /// Whether a member `code` of a text is one of them, or may be: behind an escape, where one is malformed, or where
    /// there is none.
    fn are_in(&self, text: &str) -> bool {
        static MEMBER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"code\""));
        if self.0.is_empty() {
            return false;
        }
        let bytes = text.as_bytes();
        let mut members = search::each(&MEMBER, bytes).filter_map(|at| Code::behind(text.get(at + MEMBER.needle().len()..)?)).peekable();
        members.peek().is_none()
            || members.any(|code| match code {
                // Codes are compared without the space around them.
                Code::Text(code) => self.0.contains(code.trim()) || code.contains('\\'),
                Code::Object => false,
                Code::Malformed => true,
            })
            || memchr_iter(b'\\', bytes).any(|at| bytes.get(at + 1) == Some(&b'u'))
    }
}

/// What stands behind the name `code`.
enum Code<'t> {
    /// A string, its escapes as they stand; up to the first escape where it has some.
    Text(&'t str),
    /// A concept.
    Object,
    /// Neither.
    Malformed,
}

impl<'t> Code<'t> {
    /// `None` where it was no name of a member.
    fn behind(name: &'t str) -> Option<Self> {
        let value = name.trim_ascii_start().strip_prefix(':')?.trim_ascii_start();
        Some(match value.as_bytes().first()? {
            b'{' => Self::Object,
            b'"' => {
                let text = value.get(1..)?;
                Self::Text(text.get(..memchr(b'"', text.as_bytes())?)?)
            }
            _ => Self::Malformed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_member_wherever_it_stands() {
        let codes = Codes(["44261-6", "a/b"].into_iter().map(Box::from).collect());
        for text in [
            r#"{"code":{"coding":[{"code":"44261-6"}]}}"#,
            r#"{"component": [{"code" : { "coding" : [ {"code" : "x"}, {"code"
                : "44261-6"} ] } }]}"#,
            r#"{"code":" 44261-6 "}"#,
            // Behind an escape it may be one.
            r#"{"code":"a\/b"}"#,
            r#"{"\u0063ode":"44261-6"}"#,
            // What is malformed, or not there at all, may be one.
            r#"{"code":5}"#,
            r#"{"display":"44261-6"}"#,
            "{}",
        ] {
            assert!(codes.are_in(text), "{text}");
        }
        for text in
            [r#"{"code":"44261"}"#, r#"{"code":{"text":"PHQ-9"}}"#, r#"{"code":{"coding":[{"code":"1"}]},"note":"\"code\"","x":"\n"}"#]
        {
            assert!(!codes.are_in(text), "{text}");
        }
    }
}
