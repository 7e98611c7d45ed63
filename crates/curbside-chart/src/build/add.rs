//! From the entries of a document to resources that are to be read.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Builder, Unread, answered};
use crate::chart::{Hook, Kind, Reason, SetAside};
use crate::duplicate::{Origin, Version};
use crate::held::{Name, Place, is_of_url};
use crate::input::{Bare, Context, Entry, HookRequest, Prefetched, Record, has_two_types, is_error, resource_type};
use crate::json::{self, Str};
use crate::reference::{Target, parse};

/// Members that the context of a hook must have.
const REQUIRED: [(&str, &str); 5] = [
    ("order-sign", "draftOrders"),
    ("order-select", "draftOrders"),
    ("appointment-book", "appointments"),
    ("medication-prescribe", "medications"),
    ("order-review", "orders"),
];

impl<'a> Builder<'a, '_> {
    /// Notes every wanted resource of a record, and reads the patients.
    pub(super) fn add(&mut self, record: &Record<'a>, place: Place) {
        self.entries(record, place, None);
        if record.is_partial() && place == Place::Record {
            self.is_partial(record);
        }
    }

    fn is_partial(&mut self, record: &Record<'a>) {
        let why = if record.has_next {
            "the record is one page of several; what is absent may stand on another page"
        } else {
            "a part of the record could not be had; what is absent may stand in it"
        };
        self.unsettle(why.to_owned());
    }

    /// Each entry; those of a Bundle within a Bundle stand under the number of its entry.
    fn entries(&mut self, record: &Record<'a>, place: Place, inside: Option<usize>) {
        let is_history = record.is_of_type("history");
        for (number, entry) in record.entries.iter().enumerate() {
            let at = inside.unwrap_or(number);
            let origin = Origin { response: entry.exchange.as_ref().and_then(|exchange| exchange.response), is_history };
            let Some(raw) = entry.resource else {
                self.without_resource(entry, place, at, origin);
                continue;
            };
            let Some(type_name) = resource_type(raw) else {
                self.of_no_type(place, at, "it does not say its resourceType");
                continue;
            };
            let kind = Kind::named(&type_name);
            let full_url = entry.full_url.clone();
            if type_name.as_str() == "Bundle" {
                self.bundle(raw, record, place, at, inside.is_some());
            } else if kind == Kind::Patient {
                self.patient(raw, full_url, at, origin);
            } else if self.options.wanted.has(kind, &type_name, raw.get()) {
                self.unread.push(Unread {
                    raw,
                    kind,
                    type_name,
                    full_url,
                    place,
                    entry: at,
                    origin: origin.is_told().then(|| Box::new(origin)),
                });
            } else if has_two_types(raw) {
                self.of_no_type(place, at, "it says two resourceTypes");
            } else {
                self.unwanted(raw, &type_name, place, at);
            }
        }
    }

    /// What is not read may still say that something is not here.
    fn unwanted(&mut self, raw: &'a RawValue, type_name: &Str<'a>, place: Place, entry: usize) {
        match type_name.as_str() {
            "OperationOutcome" if place == Place::Record && is_error(raw) => {
                self.unsettle("a part of the record could not be had; what is absent may stand in it".to_owned());
            }
            // DSTU2's prescription.
            "MedicationOrder" => {
                self.set_aside(Name { kind: type_name.clone(), id: None, entry }, Reason::Unreadable("a type of DSTU2".to_owned()));
                self.open(place, Kind::MedicationRequest.name(), "the record has a MedicationOrder, a type of DSTU2 that is not read");
            }
            _ => {}
        }
    }

    /// A type of which something could not be read is not known to be absent.
    pub(super) fn open(&mut self, place: Place, type_name: &str, why: &str) {
        if !self.chart.notes.iter().any(|note| note == why) {
            self.chart.notes.push(why.to_owned());
        }
        match place {
            Place::Record => self.chart.answered.open.push(Str::from(type_name.to_owned())),
            Place::Context(_) => self.incomplete(place),
        }
    }

    /// The member of the context that something came in was not read in full.
    fn incomplete(&mut self, place: Place) {
        if let Some(member) = self.chart.hook.member(place).map(|member| Str::from(member.to_owned()))
            && !self.chart.hook.incomplete.contains(&member)
        {
            self.chart.hook.incomplete.push(member);
        }
    }

    /// What may be of any type.
    pub(super) fn of_no_type(&mut self, place: Place, entry: usize, why: &str) {
        let name = Name { kind: Str::new("resource"), id: None, entry };
        let where_it_is =
            self.chart.hook.member(place).map_or_else(|| Cow::Borrowed("the record"), |member| Cow::Owned(format!("`{member}`")));
        let note = format!("entry {entry} of {where_it_is} could not be read: {why}");
        self.set_aside(name, Reason::Unreadable(why.to_owned()));
        match place {
            Place::Record => self.unsettle(note),
            Place::Context(_) => {
                self.chart.notes.push(note);
                self.incomplete(place);
            }
        }
    }

    fn without_resource(&mut self, entry: &Entry<'a>, place: Place, at: usize, origin: Origin<'a>) {
        match entry.bare() {
            Bare::Nothing => {}
            Bare::Failed => self.of_no_type(place, at, "the server could not give it"),
            Bare::Unreadable => self.of_no_type(place, at, "it holds no resource"),
            Bare::Deleted(url) => {
                let borrowed = url.borrowed();
                let Some(Target::Typed { kind, id, .. }) = borrowed.map(parse) else {
                    return self.of_no_type(place, at, "it does not say what was deleted");
                };
                if Kind::named(kind) == Kind::Other {
                    return self.open(place, kind, &format!("a {kind} was deleted; which versions of it that takes back is not looked at"));
                }
                self.retract(Kind::named(kind), Str::new(id), Version::told(origin, at), Reason::Deleted);
            }
        }
    }

    /// A Bundle within a Bundle: the answer to one of several searches, or a record within a record of its kind. Any other
    /// may hold anything.
    fn bundle(&mut self, raw: &'a RawValue, around: &Record<'a>, place: Place, at: usize, is_inside: bool) {
        let answers = around.is_of_type("batch-response") || around.is_of_type("transaction-response");
        let fits = |inner: &Record<'a>| match inner.bundle_type.as_deref() {
            Some("searchset") => answers,
            Some("collection" | "transaction" | "batch") => inner.bundle_type == around.bundle_type,
            _ => false,
        };
        match Record::within(raw).filter(|inner| !is_inside && place == Place::Record && fits(inner)) {
            Some(inner) => {
                self.entries(&inner, place, Some(at));
                if inner.is_partial() {
                    self.is_partial(&inner);
                }
            }
            None => {
                self.of_no_type(place, at, "it is a Bundle within a Bundle");
                // Listed for what it is.
                if let Some(last) = self.chart.set_aside.last_mut() {
                    *last = SetAside { name: Name { kind: Str::new("Bundle"), id: None, entry: at }, reason: Reason::NestedBundle };
                }
            }
        }
    }

    pub(super) fn request(&mut self, request: &HookRequest<'a>) {
        let context = &request.context;
        let hook = request.hook.as_deref().unwrap_or_default();
        let has = |member: &str| context.given.iter().any(|known| known.as_str() == member);
        let lacks = REQUIRED.iter().filter(|(of, member)| *of == hook && !has(member)).map(|(_, member)| Str::new(member));
        self.chart.hook = Hook {
            name: request.hook.clone(),
            instance: request.hook_instance.clone(),
            encounter_id: context.encounter_id.clone(),
            selections: context.selections.clone(),
            selects: selects(context),
            members: context.records.iter().map(|(name, _)| name.clone()).collect(),
            incomplete: context.unread.iter().cloned().chain(lacks).collect(),
        };
        for member in &self.chart.hook.incomplete {
            self.chart.notes.push(format!("`{member}` of the context is not there, or is no Bundle"));
        }
        let prefetch = request.prefetch.as_deref().unwrap_or_default();
        for (_, value) in prefetch {
            if let Prefetched::Record(record) = value {
                // For a key that was answered in part, only its types are.
                self.entries(record, Place::Record, None);
            }
        }
        // One Bundle that holds the Patient is the whole record; else each key answers for its types.
        let whole =
            matches!(prefetch, [(_, Prefetched::Record(record))] if record.is_bundle && !record.is_partial()) && !self.patients.is_empty();
        if !whole {
            self.chart.answered.types = Some(answered::by(prefetch));
        }
        for (member, (_, record)) in context.records.iter().enumerate() {
            let place = Place::Context(u8::try_from(member).unwrap_or(u8::MAX));
            self.add(record, place);
            if record.is_partial() {
                self.incomplete(place);
            }
        }
    }

    /// What was looked for was looked for in the record of the Patient that came, not of this one.
    pub(super) fn is_about(&mut self, named: Option<&str>) {
        if named.is_some_and(|named| !self.patients.is_empty() && !self.patients.iter().any(|(who, _)| who.answers_to(named))) {
            self.unsettle("the Patient that came is not the one that the context names".to_owned());
        }
    }
}

/// Whether a selection means a resource of the context, also one that nobody reads.
fn selects(context: &Context<'_>) -> bool {
    #[derive(serde::Deserialize)]
    struct Identified<'a> {
        #[serde(borrow)]
        id: Option<Str<'a>>,
    }
    let is_meant = |entry: &Entry<'_>, selection: &str| {
        let by_url = entry.full_url.as_ref().is_some_and(|url| is_of_url(url, selection));
        let name = || {
            let raw = entry.resource?;
            let id = json::from_str::<Identified<'_>>(raw.get()).ok()?.id;
            Some(Name { kind: resource_type(raw)?, id, entry: 0 })
        };
        by_url || name().is_some_and(|name| name.is_meant_by(selection))
    };
    let mut entries = context.records.iter().flat_map(|(_, record)| &record.entries);
    !context.selections.is_empty() && entries.any(|entry| context.selections.iter().any(|selection| is_meant(entry, selection)))
}
