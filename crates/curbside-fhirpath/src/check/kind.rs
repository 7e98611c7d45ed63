//! What is known of an expression's result before it runs.

use std::fmt;

use crate::model::{TypeId, r4};

/// The types a result can have, and how many there can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `None`: anything, also JSON that is no FHIR. An empty list: always empty.
    types: Option<Vec<TypeId>>,
    single: bool,
    ordered: bool,
}

/// More types than this at once is as good as any.
const MANY: usize = 80;

impl Kind {
    pub(crate) const UNKNOWN: Self = Self { types: None, single: false, ordered: true };
    pub(crate) const EMPTY: Self = Self { types: Some(Vec::new()), single: true, ordered: true };

    /// At most one value of a type.
    #[must_use]
    pub fn one(id: TypeId) -> Self {
        Self { types: Some(vec![id]), single: true, ordered: true }
    }

    /// Any number of values of a type.
    #[must_use]
    pub fn many(id: TypeId) -> Self {
        Self { single: false, ..Self::one(id) }
    }

    /// At most one value of whatever type.
    #[must_use]
    pub fn any() -> Self {
        Self { single: true, ..Self::UNKNOWN }
    }

    pub(crate) fn of(types: Vec<TypeId>, single: bool) -> Self {
        let mut types = types;
        types.sort_unstable();
        types.dedup();
        let types = (types.len() <= MANY).then_some(types);
        Self { types, single, ordered: true }
    }

    /// The kind of each of its values.
    #[must_use]
    pub fn each(&self) -> Self {
        Self { ordered: true, ..self.clone().with_single(true) }
    }

    /// The types it can have; `None` where it can be anything.
    #[must_use]
    pub fn types(&self) -> Option<&[TypeId]> {
        self.types.as_deref()
    }

    /// Whether there is at most one value, whatever the record.
    #[must_use]
    pub const fn is_single(&self) -> bool {
        self.single
    }

    /// Whether it is never anything but a Boolean (or empty).
    #[must_use]
    pub fn is_boolean(&self) -> bool {
        self.types.as_ref().is_some_and(|types| !types.is_empty() && types.iter().all(|id| id.system() == Some(TypeId::BOOLEAN)))
    }

    pub(crate) const fn is_ordered(&self) -> bool {
        self.ordered
    }

    pub(crate) const fn unordered(mut self) -> Self {
        self.ordered = false;
        self
    }

    pub(crate) fn with_single(mut self, single: bool) -> Self {
        self.single = single;
        self
    }

    pub(crate) fn with_order_of(mut self, other: &Self) -> Self {
        self.ordered = self.ordered && other.ordered;
        self
    }

    /// Whether it is always empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.types.as_ref().is_some_and(Vec::is_empty)
    }

    /// All values of both.
    pub(crate) fn union(&self, other: &Self, single: bool) -> Self {
        match (&self.types, &other.types) {
            (Some(a), Some(b)) => Self::of(a.iter().chain(b).copied().collect(), single).with_order_of(self).with_order_of(other),
            _ => Self { types: None, single, ordered: self.ordered && other.ordered },
        }
    }

    /// FHIRPath's own types it converts to without being asked; `None` where that cannot be said.
    pub(crate) fn systems(&self) -> Option<Vec<Option<TypeId>>> {
        let types = self.types.as_ref()?;
        if types.iter().any(|id| r4().is_open(*id)) {
            return None;
        }
        Some(types.iter().map(|id| id.system()).collect())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.types {
            None => f.write_str("anything")?,
            Some(types) if types.is_empty() => return f.write_str("{}"),
            Some(types) => {
                let mut names: Vec<&str> = types.iter().map(|id| id.name()).collect();
                names.sort_unstable();
                f.write_str(&names.join(" | "))?;
            }
        }
        if self.single { Ok(()) } else { f.write_str(" *") }
    }
}
