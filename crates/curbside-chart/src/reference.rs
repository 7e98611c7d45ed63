//! References, taken apart.

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
    if reference.contains('?') {
        return Target::Conditional;
    }
    let unversioned = match reference.rsplit_once('/') {
        Some((before, _)) if before.ends_with("/_history") => before.strip_suffix("/_history").unwrap_or(before),
        _ => reference,
    };
    match unversioned.rsplit_once('/') {
        None => Target::Bare(unversioned),
        Some((before, id)) => match before.rsplit_once('/') {
            None => Target::Typed { base: None, kind: before, id },
            Some((base, kind)) => Target::Typed { base: Some(base), kind, id },
        },
    }
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
