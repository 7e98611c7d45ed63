//! What an expression yields: single values, and collections of them.
//!
//! A FHIRPath collection is flat and holds no nulls, so it is not a value; an engine that needs lists inside lists
//! (CQL) can add a list value of its own beside these.

pub(crate) mod arithmetic;
pub(crate) mod boundary;
mod collection;
pub(crate) mod compare;
pub(crate) mod convert;
pub(crate) mod equal;
pub(crate) mod key;
mod node;
pub(crate) mod quantity;
mod read;
mod show;
pub(crate) mod temporal;

use std::borrow::Cow;
use std::sync::Arc;

use rust_decimal::Decimal;

use crate::model::{TypeId, TypeKind, r4};

pub use collection::Collection;
pub use node::Node;
pub use quantity::Quantity;
pub use temporal::{Precision, Temporal};

pub(crate) use node::Step;
pub(crate) use show::escape_inside;

/// One value.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number of 32 bits.
    Integer(i32),
    /// A decimal with the digits it was written with.
    Decimal(Decimal),
    /// Text.
    String(Cow<'a, str>),
    /// A date, perhaps partial.
    Date(Temporal),
    /// A date with a time, perhaps partial.
    DateTime(Temporal),
    /// A time of day, perhaps partial.
    Time(Temporal),
    /// An amount with a unit.
    Quantity(Box<Quantity<'a>>),
    /// What `type()` yields.
    Type(TypeId),
    /// Named values that belong together; not one of FHIRPath's own types, but a caller's variable may be one.
    Tuple(Arc<[(String, Value<'a>)]>),
    /// An element of a record, where it stands.
    Node(Node<'a>),
}

impl<'a> Value<'a> {
    /// The type: of an element its FHIR type, else one of FHIRPath's own.
    #[must_use]
    pub fn type_id(&self) -> TypeId {
        match self {
            Self::Boolean(_) => TypeId::BOOLEAN,
            Self::Integer(_) => TypeId::INTEGER,
            Self::Decimal(_) => TypeId::DECIMAL,
            Self::String(_) => TypeId::STRING,
            Self::Date(_) => TypeId::DATE,
            Self::DateTime(_) => TypeId::DATE_TIME,
            Self::Time(_) => TypeId::TIME,
            Self::Quantity(_) => TypeId::QUANTITY,
            Self::Type(_) => TypeId::TYPE_INFO,
            Self::Tuple(_) => TypeId::ANY,
            Self::Node(node) => node.type_id(),
        }
    }

    /// The element, where it is one.
    #[must_use]
    pub const fn node(&self) -> Option<&Node<'a>> {
        match self {
            Self::Node(node) => Some(node),
            _ => None,
        }
    }

    /// The value as one of FHIRPath's own types: of a FHIR primitive what it holds, of a FHIR Quantity the amount.
    /// `None` for other elements, and for a primitive that has extensions and no value.
    #[must_use]
    pub fn system(&self) -> Option<Value<'a>> {
        match self {
            Self::Node(node) => node.system(),
            other => Some(other.clone()),
        }
    }

    /// The text of a string, without a copy where the record has it as it is.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.system()? {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth of a Boolean.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match self.system()? {
            Self::Boolean(truth) => Some(truth),
            _ => None,
        }
    }

    /// Whether it is of the type or of one that derives from it.
    pub(crate) fn is(&self, wanted: TypeId) -> bool {
        r4().is_a(self.type_id(), wanted)
    }

    /// The type as the specification's suite names it: FHIRPath's own types as FHIR's (`boolean`, `dateTime`).
    #[must_use]
    pub fn type_name(&self) -> String {
        let id = self.type_id();
        match id.name().strip_prefix("System.") {
            // A member of JSON that is no FHIR element: named by what it holds.
            Some("Any") => match self.system() {
                Some(system) if system.type_id() != TypeId::ANY => system.type_name(),
                _ => "Element".to_owned(),
            },
            Some("Quantity") => "Quantity".to_owned(),
            Some(system) => {
                let mut name = system.to_owned();
                if let Some(first) = name.get_mut(..1) {
                    first.make_ascii_lowercase();
                }
                name
            }
            None => id.name().to_owned(),
        }
    }

    /// Name and namespace as `type()` reports them.
    pub(crate) fn type_info(id: TypeId, member: &str) -> Option<&'static str> {
        let system = id.name().strip_prefix("System.");
        match member {
            "namespace" => Some(if system.is_some() { "System" } else { "FHIR" }),
            "name" if r4().kind(id) == TypeKind::Backbone => Some("BackboneElement"),
            "name" => Some(system.unwrap_or(id.name())),
            _ => None,
        }
    }
}
