//! References, taken apart.

use memchr::{memchr, memrchr};

/// What a reference points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target<'r> {
    /// `#id`: a resource contained in the one that refers.
    Contained(&'r str),
    /// `urn:uuid:…` or `urn:oid:…`: the `fullUrl` of an entry.
    Urn(&'r str),
    /// `Type/id`, with the server's base where the reference is absolute. A version is left out.
    Typed {
        /// Base URL without the slash at its end.
        base: Option<&'r str>,
        /// Resource type.
        kind: &'r str,
        /// Logical id.
        id: &'r str,
    },
    /// Resolved by a search (`Practitioner?identifier=…`), which needs a server.
    Conditional,
    /// An id without a type.
    Bare(&'r str),
}

/// Takes a reference apart.
#[must_use]
pub fn parse(reference: &str) -> Target<'_> {
    if let Some(id) = reference.strip_prefix('#') {
        return Target::Contained(id);
    }
    if reference.starts_with("urn:") {
        return Target::Urn(reference);
    }
    if memchr(b'?', reference.as_bytes()).is_some() {
        return Target::Conditional;
    }
    let unversioned = match at_last_slash(reference) {
        Some((before, _)) => before.strip_suffix("/_history").unwrap_or(reference),
        None => reference,
    };
    match at_last_slash(unversioned) {
        None => Target::Bare(unversioned),
        Some((before, id)) => match at_last_slash(before) {
            None => Target::Typed { base: None, kind: before, id },
            Some((base, kind)) => Target::Typed { base: Some(base), kind, id },
        },
    }
}

fn at_last_slash(text: &str) -> Option<(&str, &str)> {
    let at = memrchr(b'/', text.as_bytes())?;
    text.get(..at).zip(text.get(at + 1..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_told_apart() {
        let typed = |base, kind, id| Target::Typed { base, kind, id };
        assert_eq!(parse("Patient/1"), typed(None, "Patient", "1"));
        assert_eq!(parse("Patient/1/_history/3"), typed(None, "Patient", "1"));
        assert_eq!(parse("https://x.org/fhir/Patient/1"), typed(Some("https://x.org/fhir"), "Patient", "1"));
        assert_eq!(parse("urn:uuid:0c3151bd"), Target::Urn("urn:uuid:0c3151bd"));
        assert_eq!(parse("#med"), Target::Contained("med"));
        assert_eq!(parse("Practitioner?identifier=http://x|1"), Target::Conditional);
        assert_eq!(parse("p45"), Target::Bare("p45"));
    }
}
