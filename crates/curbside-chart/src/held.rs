//! A resource in a chart: what was read, how it is called, and whether it can be trusted.

use std::fmt;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::de::value::MapDeserializer;
use serde_json::value::RawValue;

use crate::json::{self, Members, Str, search};
use crate::resource::{Head, Resource};

/// A resource in a chart.
#[derive(Clone, Debug)]
pub struct Held<'a, T> {
    /// What was read of it.
    pub data: T,
    /// The whole of it as it stands.
    pub raw: &'a RawValue,
    /// How it is called.
    pub name: Name<'a>,
    /// Why nothing certain can be concluded from it, where that is so.
    pub doubt: Option<Doubt>,
    /// Where it came from.
    pub place: Place,
}

/// Where a resource came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The patient's record.
    Record,
    /// The context of the hook: the number of the member in [`crate::Hook::members`].
    Context(u8),
}

/// How a resource is called: `Condition/c1`, or by its place where it has no id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name<'a> {
    /// Its type.
    pub kind: Str<'a>,
    /// Its id.
    pub id: Option<Str<'a>>,
    /// Number of its entry, from 0.
    pub entry: usize,
}

impl Name<'_> {
    /// How it is called: `Condition/f33`.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.id {
            Some(id) => [self.kind.as_str(), "/", id.as_str()].concat(),
            None => self.to_string(),
        }
    }

    /// Whether a selection (`Type/id`, a URL that ends so, or a bare id) means this resource.
    #[must_use]
    pub fn is_meant_by(&self, selection: &str) -> bool {
        let Some(id) = self.id.as_deref() else { return false };
        let typed =
            selection.strip_suffix(id).and_then(|before| before.strip_suffix('/')).and_then(|before| before.strip_suffix(&*self.kind));
        selection == id || typed.is_some_and(|base| base.is_empty() || base.ends_with('/'))
    }
}

/// Whether a selection means what lives at this address: it is the address, or `Type/id` at its end.
pub(crate) fn is_of_url(url: &str, selection: &str) -> bool {
    let at_end = || url.strip_suffix(selection).is_some_and(|base| base.ends_with('/'));
    url == selection || (selection.contains('/') && at_end())
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{}/{id}", self.kind),
            None => write!(f, "{} without id (entry {})", self.kind, self.entry),
        }
    }
}

/// Why nothing certain can be concluded from a resource: what it would make true or false it
/// makes unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It does not say clearly whose it is.
    Owner,
    /// These members could not be read.
    Unread(Vec<String>),
    /// It has a `modifierExtension`, which may change its meaning.
    ModifierExtension,
    /// It has `implicitRules`, which may change its meaning.
    ImplicitRules,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("does not say clearly whose record it is"),
            Self::Unread(members) => write!(f, "could be read only in part, without {}", members.join(", ")),
            Self::ModifierExtension => f.write_str("has a modifierExtension, which may change its meaning"),
            Self::ImplicitRules => f.write_str("has implicitRules, which may change its meaning"),
        }
    }
}

impl Doubt {
    /// Whether this member could not be read: what it says is not known, which is not the same as absent.
    #[must_use]
    pub fn covers(&self, member: &str) -> bool {
        matches!(self, Self::Unread(members) if members.iter().any(|unread| unread == member))
    }

    /// The same, by the member's name in Rust: `reason_code`.
    #[must_use]
    pub fn covers_field(&self, field: &str) -> bool {
        matches!(self, Self::Unread(_)) && self.covers(&in_fhir(field))
    }

    /// The doubt there is already, and these members that cannot be read, by their names in Rust.
    pub(crate) fn with(known: Option<Self>, malformed: Vec<&'static str>) -> Self {
        let mut members = match known {
            Some(Self::Unread(members)) => members,
            _ => Vec::new(),
        };
        members.extend(malformed.into_iter().map(in_fhir));
        Self::Unread(members)
    }

    pub(crate) fn of(head: Head<'_, '_>) -> Option<Self> {
        if head.modifier_extension {
            Some(Self::ModifierExtension)
        } else if head.implicit_rules {
            Some(Self::ImplicitRules)
        } else {
            None
        }
    }
}

/// Reads a resource; where a member cannot be read, the rest of it. A status that FHIR does not have is one.
///
/// # Errors
///
/// Why nothing of it could be read.
pub(crate) fn read<'a, T: Resource<'a>>(raw: &'a RawValue) -> Result<(T, Option<Doubt>), String> {
    read_any::<T>(raw).map(|(mut data, mut unread)| {
        if let Some((status, known)) = data.status()
            && status.as_deref().is_some_and(|word| !known.contains(&word))
        {
            *status = None;
            unread.push("status".to_owned());
        }
        data.check(&mut unread);
        let inside = || (data.is_read_in_parts() && has_modifier(raw.get())).then_some(Doubt::ModifierExtension);
        let doubt = if unread.is_empty() { Doubt::of(T::head(&data)).or_else(inside) } else { Some(Doubt::Unread(unread)) };
        (data, doubt)
    })
}

/// The name of a member in FHIR: `reason_code` is `reasonCode`.
fn in_fhir(name: &str) -> String {
    let mut words = name.trim_start_matches("r#").split('_');
    let mut text = words.next().unwrap_or_default().to_owned();
    for word in words {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        text.extend([&*first.to_ascii_uppercase(), rest]);
    }
    text
}

/// Whether some part of a resource has a `modifierExtension`.
fn has_modifier(text: &str) -> bool {
    static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"modifierExtension\""));
    search::each(&NAME, text.as_bytes()).any(|at| {
        let behind = text.get(at + NAME.needle().len()..).and_then(|rest| rest.trim_start().strip_prefix(':'));
        let is_empty =
            |value: &str| value.starts_with("null") || value.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(']'));
        behind.is_some_and(|value| !is_empty(value.trim_start()))
    })
}

/// Reads any type; also the names of the members that had to be left out.
pub(crate) fn read_any<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue) -> Result<(T, Vec<String>), String> {
    let first = match json::from_str(raw.get()) {
        Ok(data) => return Ok((data, Vec::new())),
        Err(error) => error,
    };
    let members: Members<'a> = json::from_str(raw.get()).map_err(|_| "it is no object".to_owned())?;
    let alone = |fields: &[(&str, &'a RawValue)]| T::deserialize(MapDeserializer::new(fields.iter().copied())).is_ok();
    let (mut good, mut unread) = (Vec::new(), Vec::new());
    for (name, value) in &members.0 {
        let field = (name.as_str(), *value);
        let times = members.0.iter().filter(|(other, _)| other == name).count();
        // A member given twice is trusted only where nobody reads it.
        if alone(&[field]) && (times == 1 || alone(&[field, field])) {
            good.push(field);
        } else if !unread.iter().any(|known| known == name.as_str()) {
            unread.push(name.as_str().to_owned());
        }
    }
    T::deserialize(MapDeserializer::new(good.into_iter())).map(|data| (data, unread)).map_err(|_: serde_json::Error| first.to_string())
}
