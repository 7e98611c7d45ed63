//! Prefetch templates: relative FHIR reads and searches with tokens of CDS Hooks 2.0.1.

use std::fmt::Write as _;

use crate::wire::hooks::Subject;

/// A template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template {
    /// The resource type it reads.
    pub(crate) kind: String,
    /// Whether it is a search, which yields a Bundle.
    pub(crate) is_search: bool,
    /// Whether it asks for the newest few only, so that further pages are not missed.
    pub(crate) newest_only: bool,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Token(Token),
}

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Patient,
    Encounter,
    User,
    UserId(&'static str),
}

impl Token {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match text.trim() {
            "context.patientId" => Self::Patient,
            "context.encounterId" => Self::Encounter,
            "context.userId" => Self::User,
            "userPractitionerId" => Self::UserId("Practitioner"),
            "userPractitionerRoleId" => Self::UserId("PractitionerRole"),
            "userPatientId" => Self::UserId("Patient"),
            "userRelatedPersonId" => Self::UserId("RelatedPerson"),
            other => {
                return Err(format!("`{{{{{other}}}}}` is no token; a token is `context.patientId` or another text of the hook's context"));
            }
        })
    }

    fn value(self, subject: &Subject) -> Option<String> {
        match self {
            Self::Patient => subject.patient.clone(),
            Self::Encounter => subject.encounter.clone(),
            Self::User => subject.user.clone(),
            Self::UserId(kind) => subject.user.as_deref()?.strip_prefix(kind)?.strip_prefix('/').map(str::to_owned),
        }
    }
}

impl Template {
    /// Reads a template, or says why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (token, behind) = after.split_once("}}").ok_or("a token is not closed with `}}`")?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(Piece::Token(Token::parse(token)?));
            rest = behind;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        pieces.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        let kind = path.split('/').next().unwrap_or_default();
        let is_user = path.trim().starts_with("{{");
        let is_type =
            kind.bytes().next().is_some_and(|byte| byte.is_ascii_uppercase()) && kind.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !is_user && !is_type {
            return Err("a template is a relative FHIR URL that begins with a resource type".into());
        }
        if path.contains("..") || path.contains("//") || path.contains(':') {
            return Err("a template is a relative FHIR URL".into());
        }
        let parameters: Vec<(&str, &str)> =
            query.into_iter().flat_map(|query| query.split('&')).map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        if let Some((name, _)) = parameters.iter().find(|(name, value)| value.is_empty() || (name.contains(':') && !name.ends_with(":in")))
        {
            return Err(format!("`{name}` is no parameter that EHRs are known to support"));
        }
        let has = |wanted: &str| parameters.iter().any(|(name, _)| *name == wanted);
        Ok(Self { kind: kind.to_owned(), is_search: query.is_some(), newest_only: has("_count") && has("_sort"), pieces })
    }

    /// The relative URL for a subject; `None` where it has no value for a token.
    pub(crate) fn url(&self, subject: &Subject) -> Option<String> {
        let mut url = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => push_tidied(&mut url, text),
                Piece::Token(token) => push_encoded(&mut url, &token.value(subject)?),
            }
        }
        Some(url)
    }
}

/// Percent-encodes what some servers refuse in a query as it stands.
fn push_tidied(url: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '|' => url.push_str("%7C"),
            ' ' => url.push_str("%20"),
            '^' => url.push_str("%5E"),
            letter => url.push(letter),
        }
    }
}

/// Percent-encodes a value; ids and `Type/id` stay as they are.
fn push_encoded(url: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_become_values_or_nothing() {
        let subject = Subject { patient: Some("p 1".into()), user: Some("Practitioner/9".into()), ..Subject::default() };
        let url = |text: &str| Template::parse(text).unwrap().url(&subject);
        assert_eq!(url("Patient/{{context.patientId}}").as_deref(), Some("Patient/p%201"));
        assert_eq!(url("Observation?patient={{ context.patientId }}&code=a|b").as_deref(), Some("Observation?patient=p%201&code=a%7Cb"));
        assert_eq!(url("{{context.userId}}").as_deref(), Some("Practitioner/9"));
        assert_eq!(url("Practitioner/{{userPractitionerId}}").as_deref(), Some("Practitioner/9"));
        assert_eq!(url("Encounter/{{context.encounterId}}"), None);
        assert_eq!(url("PractitionerRole/{{userPractitionerRoleId}}"), None);
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for bad in [
            "Patient/{{patientId}}",
            "Patient/{{context.patientId}",
            "/Patient/{{context.patientId}}",
            "https://x/Patient/1",
            "Patient/../x",
            "Observation?patient={{context.patientId}}&sort:desc=date",
            "Patient/{{context.draftOrders}}",
            "patient/1",
        ] {
            assert!(Template::parse(bad).is_err(), "{bad}");
        }
        assert!(Template::parse("Observation?patient={{context.patientId}}&_sort=-date&_count=3").unwrap().newest_only);
    }
}
