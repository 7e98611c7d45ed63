//! Whose chart it is, and which resources are theirs.

use crate::datatype::{Identifier, Reference};
use crate::json::Str;
use crate::reference::{Target, parse};
use crate::resource::Owner;

/// The patient of a chart, by every name the record has for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who<'a> {
    pub(crate) id: Option<Str<'a>>,
    pub(crate) full_urls: Vec<Str<'a>>,
    /// By which identifiers: system and value.
    pub(crate) identifiers: Vec<(Str<'a>, Str<'a>)>,
    /// Other patients whose resources are there.
    pub(crate) others: Vec<Who<'a>>,
    /// How the record usually refers to them: most references are spelt alike.
    pub(crate) usual: Option<Str<'a>>,
}

/// Whether a resource is the patient's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// It says so, or belongs to nobody.
    Yes,
    /// It is somebody else's.
    No,
    /// It does not say, or not so that it can be told.
    Unclear,
}

impl<'a> Who<'a> {
    pub(crate) fn of(id: Option<Str<'a>>, full_urls: Vec<Str<'a>>) -> Self {
        Self { id, full_urls, ..Self::default() }
    }

    pub(crate) fn known_by(self, identifiers: &[Identifier<'a>]) -> Self {
        let whole = |identifier: &Identifier<'a>| Some((identifier.system.clone()?, identifier.value.clone()?));
        Self { identifiers: identifiers.iter().filter_map(whole).collect(), ..self }
    }

    pub(crate) fn owns(&mut self, owner: Owner<'_, 'a>) -> Belongs {
        match owner {
            Owner::Shared => Belongs::Yes,
            Owner::Unstated => Belongs::Unclear,
            Owner::Subject(reference) if self.usual.is_some() && self.usual == reference.reference => Belongs::Yes,
            Owner::Subject(reference) => {
                let belongs = self.is(reference);
                if belongs == Belongs::Yes {
                    self.usual.clone_from(&reference.reference);
                }
                belongs
            }
            Owner::OneOf(participants) => {
                let actors = participants.iter().filter_map(|participant| participant.actor.as_ref());
                let patients: Vec<Belongs> = actors.filter(|actor| names_a_patient(actor)).map(|actor| self.is(actor)).collect();
                match patients.as_slice() {
                    [] => Belongs::Unclear,
                    _ if patients.contains(&Belongs::Yes) => Belongs::Yes,
                    _ if patients.contains(&Belongs::Unclear) => Belongs::Unclear,
                    _ => Belongs::No,
                }
            }
        }
    }

    /// Whether a reference is to this patient. One that is malformed, or that leads nowhere, may be.
    pub(crate) fn is(&self, reference: &Reference<'_>) -> Belongs {
        let Some(text) = reference.reference.as_deref() else { return self.is_identified(reference.identifier.as_deref()) };
        let id = self.id.as_deref();
        match parse(text) {
            Target::Typed { kind, id: other, .. } if !is_type(kind) || !is_id(other) => Belongs::Unclear,
            Target::Typed { kind, .. } if kind != "Patient" => Belongs::No,
            Target::Typed { base: None, id: other, .. } if id == Some(other) => Belongs::Yes,
            // The id of a server, or of a file.
            Target::Typed { base: None, id: other, .. } if self.has_urn(other) => Belongs::Unclear,
            Target::Typed { base: None, .. } => Belongs::No,
            Target::Typed { base: Some(base), id: other, .. } => {
                if self.full_urls.iter().any(|url| url.as_str() == text) {
                    Belongs::Yes
                } else if id != Some(other) {
                    Belongs::No
                } else if self.bases().any(|known| known != base) {
                    // The same id on another server may be another person.
                    Belongs::Unclear
                } else {
                    Belongs::Yes
                }
            }
            Target::Urn(urn) if self.is_named_by(urn) => Belongs::Yes,
            Target::Urn(urn) if self.others.iter().any(|other| other.is_named_by(urn)) => Belongs::No,
            Target::Bare(other) if id == Some(other) => Belongs::Yes,
            Target::Urn(_) | Target::Bare(_) | Target::Contained(_) | Target::Conditional => Belongs::Unclear,
        }
    }

    /// Whether an identifier is of this patient, and of no other one.
    fn is_identified(&self, identifier: Option<&Identifier<'_>>) -> Belongs {
        let Some((system, value)) = identifier.and_then(|identifier| identifier.system.as_deref().zip(identifier.value.as_deref())) else {
            return Belongs::Unclear;
        };
        let has = |who: &Self| who.identifiers.iter().any(|(of, known)| of.as_str() == system && known.as_str() == value);
        match (has(self), self.others.iter().any(has)) {
            (true, false) => Belongs::Yes,
            (false, true) => Belongs::No,
            _ => Belongs::Unclear,
        }
    }

    /// Whether a URN names this patient, in whatever case.
    fn is_named_by(&self, urn: &str) -> bool {
        let bare = urn.strip_prefix("urn:uuid:");
        self.full_urls.iter().any(|url| url.eq_ignore_ascii_case(urn))
            || self.id.as_deref().zip(bare).is_some_and(|(id, bare)| id.eq_ignore_ascii_case(bare))
    }

    fn has_urn(&self, uuid: &str) -> bool {
        self.full_urls.iter().any(|url| url.strip_prefix("urn:uuid:").is_some_and(|known| known.eq_ignore_ascii_case(uuid)))
    }

    /// Whether somebody who says `Patient/x`, `x` or a full URL means this patient.
    pub(crate) fn answers_to(&self, name: &str) -> bool {
        let bare = name.strip_prefix("Patient/").unwrap_or(name);
        self.id.as_deref() == Some(bare) || self.full_urls.iter().any(|url| url.as_str() == name)
    }

    fn bases(&self) -> impl Iterator<Item = &str> {
        self.full_urls.iter().filter_map(|url| match parse(url) {
            Target::Typed { base, .. } => base,
            _ => None,
        })
    }
}

/// Whether it is spelt as a type is.
fn is_type(kind: &str) -> bool {
    kind.starts_with(|first: char| first.is_ascii_uppercase()) && kind.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether it may be an id: real ones are not always those that FHIR allows.
fn is_id(id: &str) -> bool {
    !id.is_empty() && !id.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '#' | '|' | '%'))
}

fn names_a_patient(reference: &Reference<'_>) -> bool {
    match reference.reference.as_deref().map(parse) {
        Some(Target::Typed { kind, .. }) => kind.eq_ignore_ascii_case("Patient"),
        Some(Target::Urn(_) | Target::Bare(_)) => true,
        _ => false,
    }
}
