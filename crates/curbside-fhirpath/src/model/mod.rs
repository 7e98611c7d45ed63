//! What FHIR R4 says of types and their elements.
//!
//! The table `r4.txt` is drawn from the published structure definitions by `cargo xtask fhir-model`. It is read once,
//! when the first expression or record asks for it.

mod load;

use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::HashMap;

/// A type of FHIR or of FHIRPath itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(u16);

/// The name of an element, or the JSON key of one type of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameId(pub(crate) u16);

/// Where a type comes from and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeKind {
    /// FHIRPath's own: `Boolean`, `Quantity`.
    System,
    Primitive,
    Complex,
    Backbone,
    Resource,
}

#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) name: &'static str,
    pub(crate) base: Option<TypeId>,
    pub(crate) kind: TypeKind,
    pub(crate) is_abstract: bool,
    /// Elements of its own and inherited ones, in the order of their names' ids.
    elements: Range<usize>,
}

/// An element of a type.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    pub(crate) name: NameId,
    /// May be there more than once.
    pub(crate) many: bool,
    pub(crate) is_choice: bool,
    forms: Range<usize>,
}

/// How an element may be written: the key in JSON and what it then holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) key: NameId,
    pub(crate) holds: TypeId,
}

/// FHIR R4.
#[derive(Debug)]
pub(crate) struct Model {
    names: Vec<&'static str>,
    name_ids: HashMap<&'static str, NameId>,
    types: Vec<Type>,
    type_ids: HashMap<&'static str, TypeId>,
    elements: Vec<Element>,
    forms: Vec<Form>,
    /// Keys of choices (`valueQuantity`) and their element (`value`).
    choices: HashMap<NameId, NameId>,
}

static R4: LazyLock<Model> = LazyLock::new(|| load::read(include_str!("r4.txt")));

/// The model.
pub(crate) fn r4() -> &'static Model {
    &R4
}

macro_rules! known {
    ($($constant:ident = $name:literal),* $(,)?) => {
        impl TypeId {
            known!(@number 0; $($constant)*);

            /// Types with a number of their own, in order.
            pub(crate) const KNOWN: &'static [&'static str] = &[$($name),*];
        }
    };
    (@number $number:expr; $constant:ident $($rest:ident)*) => {
        pub(crate) const $constant: Self = Self($number);
        known!(@number $number + 1; $($rest)*);
    };
    (@number $number:expr;) => {};
}

known! {
    ANY = "System.Any", BOOLEAN = "System.Boolean", INTEGER = "System.Integer", DECIMAL = "System.Decimal", STRING = "System.String",
    DATE = "System.Date", DATE_TIME = "System.DateTime", TIME = "System.Time", QUANTITY = "System.Quantity", TYPE_INFO = "System.TypeInfo",
    FHIR_BOOLEAN = "boolean", FHIR_INTEGER = "integer", FHIR_POSITIVE = "positiveInt", FHIR_UNSIGNED = "unsignedInt",
    FHIR_DECIMAL = "decimal", FHIR_DATE = "date", FHIR_DATE_TIME = "dateTime", FHIR_INSTANT = "instant", FHIR_TIME = "time",
    FHIR_QUANTITY = "Quantity", RESOURCE = "Resource", ELEMENT = "Element", EXTENSION = "Extension",
     CODEABLE_CONCEPT = "CodeableConcept", REFERENCE = "Reference", BACKBONE = "BackboneElement",
}

impl Model {
    pub(crate) fn name(&self, text: &str) -> Option<NameId> {
        self.name_ids.get(text).copied()
    }

    pub(crate) fn name_text(&self, name: NameId) -> &'static str {
        self.names.get(usize::from(name.0)).copied().unwrap_or_default()
    }

    /// A FHIR type by its name.
    pub(crate) fn type_named(&self, name: &str) -> Option<TypeId> {
        self.type_ids.get(name).copied().filter(|id| self.get(*id).is_some_and(|t| t.kind != TypeKind::System))
    }

    /// One of FHIRPath's own types, without its namespace.
    pub(crate) fn system_type_named(&self, name: &str) -> Option<TypeId> {
        TypeId::KNOWN.iter().position(|known| known.strip_prefix("System.") == Some(name)).and_then(|at| u16::try_from(at).ok()).map(TypeId)
    }

    pub(crate) fn get(&self, id: TypeId) -> Option<&Type> {
        self.types.get(usize::from(id.0))
    }

    pub(crate) fn type_name(&self, id: TypeId) -> &'static str {
        self.get(id).map_or("", |t| t.name)
    }

    pub(crate) fn kind(&self, id: TypeId) -> TypeKind {
        self.get(id).map_or(TypeKind::System, |t| t.kind)
    }

    /// Whether `id` is `ancestor` or derives from it.
    pub(crate) fn is_a(&self, id: TypeId, ancestor: TypeId) -> bool {
        let mut at = Some(id);
        while let Some(current) = at {
            if current == ancestor {
                return true;
            }
            at = self.get(current).and_then(|t| t.base);
        }
        false
    }

    /// Whether more may be there than the type says: any type at all, any resource, any data type.
    pub(crate) fn is_open(&self, id: TypeId) -> bool {
        id == TypeId::ANY || self.get(id).is_some_and(|t| t.is_abstract) && id != TypeId::BACKBONE
    }

    pub(crate) fn element(&self, of: TypeId, name: NameId) -> Option<&Element> {
        let elements = self.elements_of(of);
        elements.binary_search_by_key(&name, |element| element.name).ok().and_then(|at| elements.get(at))
    }

    pub(crate) fn elements_of(&self, id: TypeId) -> &[Element] {
        self.get(id).and_then(|t| self.elements.get(t.elements.clone())).unwrap_or_default()
    }

    /// How an element may be written.
    pub(crate) fn forms(&self, element: &Element) -> &[Form] {
        self.forms.get(element.forms.clone()).unwrap_or_default()
    }

    /// The element of which `key` is one form: `value` for `valueQuantity`.
    pub(crate) fn choice_of(&self, key: NameId) -> Option<NameId> {
        self.choices.get(&key).copied()
    }

    /// The element that stands under a JSON key of a type, and what it holds: `value` and Quantity for `valueQuantity`.
    pub(crate) fn under_key(&self, of: TypeId, key: NameId) -> Option<(NameId, TypeId)> {
        let element = self.element(of, key).or_else(|| self.element(of, self.choice_of(key)?))?;
        self.forms(element).iter().find(|form| form.key == key).map(|form| (element.name, form.holds))
    }

    /// Every type that is `ancestor` or derives from it.
    pub(crate) fn descendants(&self, ancestor: TypeId) -> impl Iterator<Item = TypeId> {
        (0..self.types.len())
            .filter_map(|at| u16::try_from(at).ok().map(TypeId))
            .filter(move |id| self.kind(*id) != TypeKind::System && (ancestor == TypeId::ANY || self.is_a(*id, ancestor)))
    }

    /// Names of the types a person may write.
    pub(crate) fn type_names(&self) -> impl Iterator<Item = &'static str> {
        self.types.iter().filter(|t| t.kind != TypeKind::Backbone).map(|t| t.name.strip_prefix("System.").unwrap_or(t.name))
    }
}

impl TypeId {
    /// The FHIR type of a name: a resource, a data type, or an element such as `Patient.contact`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        r4().type_named(name)
    }

    /// Its name: `Patient`, `Patient.contact`, `code`; FHIRPath's own as `System.Integer`.
    #[must_use]
    pub fn name(self) -> &'static str {
        r4().type_name(self)
    }

    /// Whether it is one of FHIRPath's own.
    #[must_use]
    pub fn is_system(self) -> bool {
        r4().kind(self) == TypeKind::System
    }

    /// FHIRPath's own type that a FHIR primitive, or a Quantity, converts to without being asked.
    pub(crate) fn system(self) -> Option<Self> {
        let model = r4();
        Some(match self {
            id if model.kind(id) == TypeKind::System => id,
            Self::FHIR_BOOLEAN => Self::BOOLEAN,
            Self::FHIR_INTEGER | Self::FHIR_POSITIVE | Self::FHIR_UNSIGNED => Self::INTEGER,
            Self::FHIR_DECIMAL => Self::DECIMAL,
            Self::FHIR_DATE => Self::DATE,
            Self::FHIR_DATE_TIME | Self::FHIR_INSTANT => Self::DATE_TIME,
            Self::FHIR_TIME => Self::TIME,
            id if model.kind(id) == TypeKind::Primitive => Self::STRING,
            id if model.is_a(id, Self::FHIR_QUANTITY) => Self::QUANTITY,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let model = r4();
        let id = |name: &str| model.type_named(name).unwrap();
        assert_eq!(model.type_name(TypeId::REFERENCE), "Reference");
        assert!(model.is_a(id("Age"), TypeId::FHIR_QUANTITY));
        assert!(model.is_a(id("code"), id("string")));
        assert!(model.is_a(id("Patient"), TypeId::RESOURCE));
        let value = model.element(id("Observation"), model.name("value").unwrap()).unwrap();
        assert!(value.is_choice && !value.many);
        let keys: Vec<_> = model.forms(value).iter().map(|form| (model.name_text(form.key), model.type_name(form.holds))).collect();
        assert!(keys.contains(&("valueQuantity", "Quantity")) && keys.contains(&("valueDateTime", "dateTime")));
        let contact = model.element(id("Patient"), model.name("contact").unwrap()).unwrap();
        assert_eq!(model.forms(contact)[0].holds.name(), "Patient.contact");
        assert!(model.element(id("Patient.contact"), model.name("extension").unwrap()).unwrap().many);
        assert_eq!(model.choice_of(model.name("valueQuantity").unwrap()), model.name("value"));
        for form in &model.forms {
            assert!(model.get(form.holds).is_some());
        }
        for known in TypeId::KNOWN {
            let named = model.type_ids.get(known).copied().unwrap();
            assert_eq!(model.type_name(named), *known);
        }
    }
}
