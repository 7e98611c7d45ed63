//! Whose chart it is, and which resources are theirs.

use crate::datatype::Reference;
use crate::json::Str;
use crate::reference::{Target, parse};
use crate::resource::Owner;

/// The patient of a chart, by every name the record has for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who<'a> {
    pub(crate) id: Option<Str<'a>>,
    pub(crate) full_urls: Vec<Str<'a>>,
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
        Self { id, full_urls, usual: None }
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

    /// Whether a reference is to this patient.
    pub(crate) fn is(&self, reference: &Reference<'_>) -> Belongs {
        let Some(text) = reference.reference.as_deref() else { return Belongs::Unclear };
        let id = self.id.as_deref();
        let yes_if = |same| if same { Belongs::Yes } else { Belongs::No };
        match parse(text) {
            Target::Typed { kind, .. } if kind != "Patient" => Belongs::No,
            Target::Typed { base: None, id: other, .. } => yes_if(id == Some(other)),
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
            Target::Urn(urn) => {
                let named = self.full_urls.iter().any(|url| url.as_str() == urn);
                yes_if(named || (id.is_some() && urn.strip_prefix("urn:uuid:") == id))
            }
            Target::Bare(other) if id == Some(other) => Belongs::Yes,
            Target::Bare(_) | Target::Contained(_) | Target::Conditional => Belongs::Unclear,
        }
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

fn names_a_patient(reference: &Reference<'_>) -> bool {
    match reference.reference.as_deref().map(parse) {
        Some(Target::Typed { kind, .. }) => kind == "Patient",
        Some(Target::Urn(_) | Target::Bare(_)) => true,
        _ => false,
    }
}
