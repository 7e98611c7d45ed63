//! An element of a record, where it stands.

use std::borrow::Cow;
use std::str::FromStr as _;

use rust_decimal::Decimal;

use super::quantity::Quantity;
use super::temporal::Temporal;
use super::{Collection, Value};
use crate::model::{NameId, TypeId, TypeKind, r4};
use crate::record::reference::References;
use crate::record::{Entry, Json, Record, bare, companion, string};

/// An element of a record. It is a place, not a copy.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    pub(crate) record: &'a Record<'a>,
    pub(crate) at: u32,
    pub(crate) ty: TypeId,
}

/// The name of an element in an expression, looked up in the model once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) text: String,
    pub(crate) name: Option<NameId>,
}

impl Step {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), name: r4().name(text) }
    }

    fn key(&self, record: &Record<'_>) -> Option<u32> {
        match self.name {
            Some(NameId(id)) => Some(u32::from(id)),
            None => record.find_key(&self.text),
        }
    }
}

impl<'a> Node<'a> {
    /// The document itself.
    #[must_use]
    pub fn root(record: &'a Record<'a>) -> Self {
        Self { record, at: 0, ty: record.root_type() }
    }

    /// The resource of a bundle or a contained resource that a reference (`Patient/p1`, a full URL) names; `None` where the
    /// record has none.
    #[must_use]
    pub fn find(record: &'a Record<'a>, reference: &str) -> Option<Self> {
        let at = References::of(record).find(record, 0, reference)?;
        let ty = record.entry(at).and_then(|entry| entry.resource)?;
        Some(Self { record, at, ty })
    }

    /// The FHIR type; `System.Any` for JSON that is no FHIR.
    #[must_use]
    pub const fn type_id(&self) -> TypeId {
        self.ty
    }

    /// Where it stands: `Patient.name[0].given[1]`.
    #[must_use]
    pub fn path(&self) -> String {
        self.record.path(self.at)
    }

    /// The element as it is written in the record; empty for what has extensions and no value.
    #[must_use]
    pub fn json(&self) -> Cow<'a, str> {
        match self.entry() {
            Some(entry) if self.is_valueless(entry) => Cow::Borrowed("null"),
            Some(entry) => match entry.json {
                Json::String | Json::Escaped => Cow::Owned(format!("\"{}\"", entry.text)),
                _ if entry.text.is_empty() => Cow::Owned(self.written(self.at)),
                _ => Cow::Borrowed(entry.text),
            },
            None => Cow::Borrowed("null"),
        }
    }

    /// Writes out what stands in no text: the bundle around resources that came one by one.
    fn written(&self, at: u32) -> String {
        let Some(entry) = self.record.entry(at) else { return String::new() };
        match entry.json {
            Json::Object if entry.text.is_empty() => {
                let kind = entry.resource.map(|resource| format!("\"resourceType\":\"{}\"", resource.name()));
                let members =
                    self.record.children(at).map(|(child, e)| format!("\"{}\":{}", self.record.key_text(e.key), self.written(child)));
                format!("{{{}}}", kind.into_iter().chain(members).collect::<Vec<_>>().join(","))
            }
            Json::List if entry.text.is_empty() => {
                format!("[{}]", self.record.children(at).map(|(child, _)| self.written(child)).collect::<Vec<_>>().join(","))
            }
            Json::String | Json::Escaped => format!("\"{}\"", entry.text),
            _ => entry.text.to_owned(),
        }
    }

    /// The resources of a bundle, one for each entry that has one.
    #[must_use]
    pub fn bundle_resources(record: &'a Record<'a>) -> Vec<Self> {
        let (mut entries, mut found) = (Collection::Empty, Collection::Empty);
        Self::root(record).children(&Step::new("entry"), &mut entries);
        entries.iter().filter_map(Value::node).for_each(|entry| entry.children(&Step::new("resource"), &mut found));
        found.iter().filter_map(Value::node).copied().collect()
    }

    /// Of an element of a bundle: the number of the entry it is part of.
    #[must_use]
    pub fn bundle_entry(&self) -> Option<usize> {
        let mut at = self.at;
        while at != 0 {
            let parent = self.record.entry(at)?.parent;
            let list = self.record.entry(parent)?;
            if list.parent == 0 && list.json == Json::List && self.record.key_text(list.key) == "entry" {
                return Some(self.record.index_in_list(at));
            }
            at = parent;
        }
        None
    }

    /// Type and id of the resource this is, or is part of: `Observation/o1`; without an id the path.
    #[must_use]
    pub fn resource(&self) -> String {
        let at = self.record.resource_of(self.at);
        let kind = self.record.entry(at).and_then(|entry| entry.resource);
        match (kind, self.record.text_member(at, "id")) {
            (Some(kind), Some(id)) => format!("{}/{id}", kind.name()),
            _ => self.record.path(at),
        }
    }

    /// The resource an element is part of: the nearest, or the one that contains that.
    pub(crate) fn resource_node(&self, outermost: bool) -> Self {
        let at = if outermost { self.record.resource_of(self.at) } else { self.record.nearest_resource(self.at) };
        let ty = self.record.entry(at).and_then(|entry| entry.resource).unwrap_or(if at == self.at { self.ty } else { TypeId::ANY });
        Self { at, ty, ..*self }
    }

    pub(crate) fn entry(&self) -> Option<&'a Entry<'a>> {
        let record: &'a Record<'a> = self.record;
        record.entry(self.at)
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.record, other.record) && self.at == other.at
    }

    pub(crate) fn is_primitive(&self) -> bool {
        r4().kind(self.ty) == TypeKind::Primitive
    }

    fn is_valueless(&self, entry: &Entry<'_>) -> bool {
        entry.json == Json::Null || entry.json == Json::Object && self.is_primitive()
    }

    /// Whether it is a primitive with a value, not only with extensions.
    pub(crate) fn has_value(&self) -> bool {
        self.entry().is_some_and(|entry| matches!(entry.json, Json::True | Json::False | Json::Number | Json::String | Json::Escaped))
    }

    /// The text of an element that is text, where it stands in the record as it is.
    pub(crate) fn written_text(&self) -> Option<&'a str> {
        let entry = self.entry().filter(|entry| entry.json == Json::String)?;
        (self.ty.system() == Some(TypeId::STRING)).then_some(entry.text)
    }

    /// See [`Value::system`].
    pub(crate) fn system(&self) -> Option<Value<'a>> {
        let entry = self.entry()?;
        match entry.json {
            Json::True => Some(Value::Boolean(true)),
            Json::False => Some(Value::Boolean(false)),
            Json::Number => number(entry.text, self.ty),
            Json::String | Json::Escaped => {
                let text = string(entry)?;
                let read = match self.ty.system() {
                    Some(TypeId::DATE) => Temporal::date(&text).map(Value::Date),
                    Some(TypeId::DATE_TIME) => Temporal::date_time(&text).map(Value::DateTime),
                    Some(TypeId::TIME) => Temporal::time(&text).map(Value::Time),
                    _ => None,
                };
                // A date that cannot be read is still text; nothing that needs a date takes it for one.
                Some(read.unwrap_or(Value::String(text)))
            }
            Json::Object if self.ty.system() == Some(TypeId::QUANTITY) => {
                self.quantity().map(|quantity| Value::Quantity(Box::new(quantity)))
            }
            Json::Null | Json::List | Json::Object => None,
        }
    }

    /// A FHIR Quantity as an amount: exact, and in UCUM or without any unit.
    fn quantity(&self) -> Option<Quantity<'a>> {
        let member =
            |name: &str| self.record.find_key(name).and_then(|key| self.record.member(self.at, key)).and_then(|at| self.record.entry(at));
        let text = |name: &str| member(name).and_then(string);
        if member("comparator").is_some() {
            return None;
        }
        let Some(Value::Decimal(value)) = member("value").and_then(|entry| number(entry.text, TypeId::DECIMAL)) else { return None };
        let unit = match (text("system"), text("code"), text("unit")) {
            (Some(system), Some(code), _) if system == "http://unitsofmeasure.org" => match &*code {
                // As FHIR maps them: what a record calls a year is one of the calendar.
                "a" => Cow::Borrowed("year"),
                "mo" => Cow::Borrowed("month"),
                _ => code,
            },
            (None, None, None) => Cow::Borrowed("1"),
            _ => return None,
        };
        Some(Quantity { value, unit })
    }

    /// Appends the elements of a name.
    pub(crate) fn children(&self, step: &Step, found: &mut Collection<'a>) {
        let Some(holder) = self.holder() else { return };
        let Some(key) = step.key(self.record) else { return };
        if self.ty == TypeId::ANY {
            self.push_member(holder, key, TypeId::ANY, found);
            return;
        }
        let Some(element) = step.name.and_then(|name| r4().element(self.ty, name)) else { return };
        let forms = r4().forms(element);
        if let (false, [form]) = (element.is_choice, forms) {
            self.push_member(holder, key, form.holds, found);
            return;
        }
        for (_, entry) in self.record.children(holder) {
            let (entry_key, is_companion) = bare(entry.key);
            let Some(form) = forms.iter().find(|form| u32::from(form.key.0) == entry_key) else { continue };
            // A companion is reached through its value, where there is one.
            if !is_companion || self.record.member(holder, entry_key).is_none() {
                self.push_member(holder, entry_key, form.holds, found);
            }
        }
    }

    /// Appends every child, in the order of the record.
    pub(crate) fn all_children(&self, found: &mut Collection<'a>) {
        let Some(holder) = self.holder() else { return };
        for (_, entry) in self.record.children(holder) {
            let (key, is_companion) = bare(entry.key);
            let kind = self.record.key_text(key);
            if kind == "resourceType" || is_companion && self.record.member(holder, key).is_some() {
                continue;
            }
            self.push_member(holder, key, self.held_under(key), found);
        }
    }

    /// The type of what stands under a JSON key.
    fn held_under(&self, key: u32) -> TypeId {
        let named = u16::try_from(key).ok().and_then(|id| r4().under_key(self.ty, NameId(id)));
        named.map_or(TypeId::ANY, |(_, holds)| holds)
    }

    /// The object that has the members: of a primitive the one under `_name`.
    fn holder(&self) -> Option<u32> {
        let entry = self.entry()?;
        if entry.json == Json::Object {
            return Some(self.at);
        }
        if self.at == 0 {
            return None;
        }
        let parent = self.record.entry(entry.parent)?;
        if parent.json == Json::Object {
            return self.record.member(entry.parent, companion(entry.key));
        }
        let companions = self.record.member(parent.parent, companion(parent.key))?;
        let (at, entry) = self.record.children(companions).nth(self.record.index_in_list(self.at))?;
        (entry.json == Json::Object).then_some(at)
    }

    fn push_member(&self, holder: u32, key: u32, holds: TypeId, found: &mut Collection<'a>) {
        let record = self.record;
        let node = |at: u32, entry: &Entry<'_>| Value::Node(Node { record, at, ty: entry.resource.unwrap_or(holds) });
        let (mut any, mut companions) = (false, None);
        for (at, entry) in record.children(holder) {
            if entry.key != key {
                if entry.key == companion(key) {
                    companions = Some(at);
                }
                continue;
            }
            any = true;
            match entry.json {
                Json::List => {
                    for (place, (item, value)) in record.children(at).enumerate() {
                        if value.json != Json::Null {
                            found.push(node(item, value));
                        } else if let Some((item, value)) = self.companion_item(holder, key, place) {
                            found.push(node(item, value));
                        }
                    }
                }
                Json::Null => {}
                _ => found.push(node(at, entry)),
            }
        }
        if any {
            return;
        }
        let Some(at) = companions else { return };
        match record.entry(at) {
            Some(entry) if entry.json == Json::List => {
                record.children(at).filter(|(_, value)| value.json == Json::Object).for_each(|(item, value)| found.push(node(item, value)));
            }
            Some(entry) if entry.json == Json::Object => found.push(node(at, entry)),
            _ => {}
        }
    }

    fn companion_item(&self, holder: u32, key: u32, place: usize) -> Option<(u32, &'a Entry<'a>)> {
        let record: &'a Record<'a> = self.record;
        let list = record.member(holder, companion(key))?;
        record.children(list).nth(place).filter(|(_, entry)| entry.json == Json::Object)
    }
}

/// A JSON number, by the type it is declared as.
fn number<'a>(text: &str, ty: TypeId) -> Option<Value<'a>> {
    let whole = !text.contains(['.', 'e', 'E']);
    if whole
        && ty.system() != Some(TypeId::DECIMAL)
        && let Ok(integer) = text.parse()
    {
        return Some(Value::Integer(integer));
    }
    let decimal = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text)
    } else {
        Decimal::from_str_exact(text).or_else(|_| Decimal::from_str(text))
    };
    decimal.ok().map(Value::Decimal)
}
