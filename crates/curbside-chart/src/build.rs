//! From a document to a chart.

mod answered;
mod retracted;

use std::cmp::Ordering;
use std::fmt;

use hashbrown::HashMap;
use serde_json::value::RawValue;

use crate::chart::{Answered, Chart, ChartOptions, Hook, Kind, Reason, RecordRef, SetAside, Shelved};
use crate::duplicate::{Matter, Version};
use crate::held::{Doubt, Held, Name, Place, read};
use crate::input::{Context, Entry, HookRequest, Prefetched, Record, resource_type};
use crate::json::Str;
use crate::resource::{Common, Head, Owner, Patient, Resource, resource_types};
use crate::who::{Belongs, Who};

pub use crate::input::Document;

/// Why a document gives no chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartError {
    /// It holds no patient, and none was named.
    NoPatient,
    /// It holds several patients, and none was named.
    SeveralPatients(Vec<String>),
    /// It does not hold the patient that was named.
    UnknownPatient {
        /// Who was asked for.
        named: String,
        /// Who is there.
        present: Vec<String>,
    },
}

impl fmt::Display for ChartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, ids: &[String]| {
            let shown: Vec<&str> = ids.iter().take(12).map(String::as_str).collect();
            f.write_str(&shown.join(", "))?;
            if ids.len() > shown.len() { write!(f, " and {} more", ids.len() - shown.len()) } else { Ok(()) }
        };
        match self {
            Self::NoPatient => f.write_str("the record holds no patient; name one with --patient ID"),
            Self::SeveralPatients(ids) => {
                write!(f, "the record holds {} patients; choose one with --patient ID: ", ids.len())?;
                list(f, ids)
            }
            Self::UnknownPatient { named, present } => {
                write!(f, "the record does not hold patient {named}; it holds ")?;
                if present.is_empty() { f.write_str("no patient") } else { list(f, present) }
            }
        }
    }
}

impl std::error::Error for ChartError {}

impl<'a> Document<'a> {
    /// Reads the chart of one patient.
    ///
    /// # Errors
    ///
    /// [`ChartError`] where it is not clear whose chart is meant.
    pub fn chart(&self, options: &ChartOptions<'_>) -> Result<Chart<'a>, ChartError> {
        let mut builder = Builder::new(options);
        match self {
            Self::Record(record) => {
                builder.add(record, Place::Record);
                if record.has_next {
                    builder.chart.answered = Answered::Types(Vec::new());
                    builder.chart.notes.push("the record is one page of several; what is absent may stand on another page".to_owned());
                }
                builder.choose(options.patient, false)?;
            }
            Self::Request(request) => {
                builder.request(request);
                let named = options.patient.or(request.context.patient_id.as_deref());
                builder.choose(named, true)?;
            }
        }
        Ok(builder.finish())
    }
}

/// A resource that has not been read yet.
struct Unread<'a> {
    raw: &'a RawValue,
    kind: Kind,
    type_name: Str<'a>,
    full_url: Option<Str<'a>>,
    place: Place,
    entry: usize,
}

struct Builder<'a, 'o> {
    chart: Chart<'a>,
    options: &'o ChartOptions<'o>,
    unread: Vec<Unread<'a>>,
    patients: Vec<(Who<'a>, Held<'a, Patient<'a>>)>,
    identifiers: HashMap<(Kind, Str<'a>, Str<'a>), u32>,
    /// Versions that were entered in error: they take back what older ones of the same id say.
    retracted: HashMap<(Kind, Str<'a>), Version>,
}

impl<'a, 'o> Builder<'a, 'o> {
    fn new(options: &'o ChartOptions<'o>) -> Self {
        Self {
            chart: Chart::empty(options.zone.clone()),
            options,
            unread: Vec::new(),
            patients: Vec::new(),
            identifiers: HashMap::new(),
            retracted: HashMap::new(),
        }
    }

    /// Notes every wanted resource of a record, and reads the patients.
    fn add(&mut self, record: &Record<'a>, place: Place) {
        for (entry, Entry { full_url, resource }) in record.entries.iter().enumerate() {
            let Some(raw) = *resource else { continue };
            let Some(type_name) = resource_type(raw) else {
                let name = Name { kind: Str::new("resource"), id: None, entry };
                self.set_aside(name, Reason::Unreadable("it does not say its resourceType".to_owned()));
                continue;
            };
            let kind = Kind::named(&type_name);
            let full_url = full_url.clone();
            if type_name.as_str() == "Bundle" {
                self.set_aside(Name { kind: type_name, id: None, entry }, Reason::NestedBundle);
            } else if kind == Kind::Patient {
                self.patient(raw, full_url, entry);
            } else if self.options.wanted.has(kind, &type_name, raw.get()) {
                self.unread.push(Unread { raw, kind, type_name, full_url, place, entry });
            }
        }
    }

    fn request(&mut self, request: &HookRequest<'a>) {
        let context = &request.context;
        self.chart.hook = Hook {
            name: request.hook.clone(),
            instance: request.hook_instance.clone(),
            encounter_id: context.encounter_id.clone(),
            selections: context.selections.clone(),
            selects: selects(context),
            members: context.records.iter().map(|(name, _)| name.clone()).collect(),
        };
        let prefetch = request.prefetch.as_deref().unwrap_or_default();
        for (_, value) in prefetch {
            if let Prefetched::Record(record) = value {
                self.add(record, Place::Record);
            }
        }
        // One Bundle that holds the Patient is the whole record; else each key answers for its types.
        let whole =
            matches!(prefetch, [(_, Prefetched::Record(record))] if record.is_bundle && !record.has_next) && !self.patients.is_empty();
        if !whole {
            self.chart.answered = Answered::Types(answered::by(prefetch));
        }
        for (member, (_, record)) in context.records.iter().enumerate() {
            self.add(record, Place::Context(u8::try_from(member).unwrap_or(u8::MAX)));
        }
    }

    fn patient(&mut self, raw: &'a RawValue, full_url: Option<Str<'a>>, entry: usize) {
        match read::<PatientResource<'a>>(raw) {
            Ok((PatientResource(data), doubt)) => {
                let id = data.head().id.cloned();
                let name = Name { kind: Str::new("Patient"), id: id.clone(), entry };
                let held = Held { data, raw, name, doubt, place: Place::Record };
                let full_urls = full_url.into_iter().collect();
                match self.patients.iter_mut().find(|(who, _)| who.id == id && id.is_some()) {
                    // The same patient twice: the newer version, else the later one.
                    Some((who, known)) => {
                        who.full_urls.extend(full_urls);
                        let old = if Version::of(&held.data, entry).replaces(Version::of(&known.data, known.name.entry)) {
                            std::mem::replace(known, held)
                        } else {
                            held
                        };
                        self.chart.set_aside.push(SetAside { name: old.name, reason: Reason::Duplicate });
                    }
                    None => self.patients.push((Who::of(id, full_urls), held)),
                }
            }
            Err(why) => {
                let name = Name { kind: Str::new("Patient"), id: None, entry };
                self.set_aside(name, Reason::Unreadable(why));
            }
        }
    }

    /// Settles whose chart it is.
    fn choose(&mut self, named: Option<&str>, may_be_absent: bool) -> Result<(), ChartError> {
        let present =
            || self.patients.iter().map(|(who, held)| who.id.as_ref().map_or_else(|| held.name.to_string(), ToString::to_string)).collect();
        let at = match named {
            Some(named) => match self.patients.iter().position(|(who, _)| who.answers_to(named)) {
                Some(at) => Some(at),
                None if may_be_absent || self.is_subject(named) => None,
                None => return Err(ChartError::UnknownPatient { named: named.to_owned(), present: present() }),
            },
            None => match self.patients.len() {
                0 => return Err(ChartError::NoPatient),
                1 => Some(0),
                _ => return Err(ChartError::SeveralPatients(present())),
            },
        };
        match at {
            Some(at) => {
                let (who, held) = self.patients.swap_remove(at);
                self.chart.who = who;
                self.chart.patient = Some(held);
            }
            None => {
                let id = named.map(|name| Str::from(name.strip_prefix("Patient/").unwrap_or(name).to_owned()));
                self.chart.who = Who::of(id, Vec::new());
            }
        }
        for (_, other) in std::mem::take(&mut self.patients) {
            self.chart.set_aside.push(SetAside { name: other.name, reason: Reason::OtherPatient });
        }
        Ok(())
    }

    /// Whether some resource is about a patient whose own resource is not there.
    fn is_subject(&self, named: &str) -> bool {
        let mut who = Who::of(Some(Str::from(named.strip_prefix("Patient/").unwrap_or(named).to_owned())), Vec::new());
        self.unread.iter().any(|unread| read::<crate::Other<'a>>(unread.raw).is_ok_and(|(data, _)| who.owns(data.owner()) == Belongs::Yes))
    }

    fn finish(mut self) -> Chart<'a> {
        // Nothing may depend on the order of a record but which of two undated versions of one id is the later one.
        self.unread.sort_unstable_by(|a, b| {
            (a.kind, a.place).cmp(&(b.kind, b.place)).then_with(|| by_eights(a.raw.get(), b.raw.get())).then(a.entry.cmp(&b.entry))
        });
        self.chart.by_id.reserve(self.unread.len());
        self.find_retracted();
        macro_rules! read_kinds {
            ($($Type:ident => $field:ident, $key:literal;)*) => {
                let count = |kind| self.unread.iter().filter(|unread| unread.kind == kind).count();
                $(self.chart.$field.reserve_exact(count(Kind::$Type));)*
                for unread in std::mem::take(&mut self.unread) {
                    match unread.kind {
                        $(Kind::$Type => self.keep::<crate::resource::$Type<'a>>(unread),)*
                        Kind::Other => self.keep::<crate::Other<'a>>(unread),
                        Kind::Patient => {}
                    }
                }
            };
        }
        resource_types!(read_kinds);
        self.chart.set_aside.sort();
        self.chart
    }

    /// Reads a resource and puts it where it belongs, or sets it aside.
    fn keep<T: Shelved<'a> + Matter>(&mut self, unread: Unread<'a>) {
        let Unread { raw, kind, type_name, full_url, place, entry } = unread;
        let (data, doubt): (T, _) = match read(raw) {
            Ok(read) => read,
            Err(why) => return self.set_aside(Name { kind: type_name, id: None, entry }, Reason::Unreadable(why)),
        };
        let name = Name { kind: type_name, id: data.head().id.cloned(), entry };
        let belongs = self.chart.who.owns(data.owner());
        if belongs == Belongs::No {
            return self.set_aside(name, Reason::OtherPatient);
        }
        if data.entered_in_error() || self.is_retracted(kind, &data, entry) {
            return self.set_aside(name, Reason::EnteredInError);
        }
        // What the hook's context carries is about its patient, even where a draft does not say so.
        let unclear = belongs == Belongs::Unclear && place == Place::Record;
        let doubt = if unclear { Some(Doubt::Owner) } else { doubt };
        if let Some(doubt) = &doubt {
            self.chart.notes.push(format!("{name} {doubt}"));
        }
        let held = Held { data, raw, name, doubt, place };
        let at = match self.duplicate_of(kind, &held) {
            Some(at) => {
                let Some(known) = T::shelf(&mut self.chart).get_mut(at as usize) else { return };
                let (new, old) = (Version::of(&held.data, entry), Version::of(&known.data, known.name.entry));
                let same_id = held.name.id.is_some() && held.name.id == known.name.id;
                let replaces = if same_id { new.replaces(old) } else { new.is_later_than(old).unwrap_or(true) };
                let old = if replaces { std::mem::replace(known, held) } else { held };
                self.set_aside(old.name, Reason::Duplicate);
                at
            }
            None => {
                let at = u32::try_from(T::shelf(&mut self.chart).len()).unwrap_or(u32::MAX);
                self.index(kind, at, &held);
                T::shelf(&mut self.chart).push(held);
                at
            }
        };
        if let Some(url) = full_url {
            self.chart.by_url.push((url, RecordRef { kind, at }));
        }
    }

    /// The resource in the chart of which this is another copy: same id, or same identifier and
    /// same subject matter.
    fn duplicate_of<T: Shelved<'a> + Matter>(&mut self, kind: Kind, held: &Held<'a, T>) -> Option<u32> {
        let head = held.data.head();
        let by_id = head.id.and_then(|id| self.chart.by_id.get(&(kind, id.clone())).copied());
        let found = match by_id {
            Some(at) => Some((at, true)),
            None => identifiers(kind, head).find_map(|key| self.identifiers.get(&key).copied()).map(|at| (at, false)),
        };
        let (at, same_id) = found?;
        let known = T::shelf(&mut self.chart).get(at as usize)?;
        let same_matter = same_id || known.data.matter() == held.data.matter();
        (known.place == held.place && known.name.kind == held.name.kind && same_matter).then_some(at)
    }

    fn index<T: Shelved<'a>>(&mut self, kind: Kind, at: u32, held: &Held<'a, T>) {
        let head = held.data.head();
        self.identifiers.extend(identifiers(kind, head).map(|key| (key, at)));
        if let Some(id) = head.id {
            self.chart.by_id.insert((kind, id.clone()), at);
        }
    }

    fn set_aside(&mut self, name: Name<'a>, reason: Reason) {
        self.chart.set_aside.push(SetAside { name, reason });
    }
}

/// What tells two copies of a thing under different ids: its business identifiers.
fn identifiers<'a>(kind: Kind, head: Head<'_, 'a>) -> impl Iterator<Item = (Kind, Str<'a>, Str<'a>)> {
    head.identifier.iter().filter_map(move |identifier| Some((kind, identifier.system.clone()?, identifier.value.clone()?)))
}

/// A Patient as a resource: it is nobody's record but its own.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct PatientResource<'a>(#[serde(borrow)] Patient<'a>);

impl<'a> Common<'a> for PatientResource<'a> {
    fn head(&self) -> crate::resource::Head<'_, 'a> {
        self.0.head()
    }
}

impl<'a> Resource<'a> for PatientResource<'a> {
    fn owner(&self) -> Owner<'_, 'a> {
        Owner::Shared
    }

    fn entered_in_error(&self) -> bool {
        false
    }
}

/// Compares texts as `cmp` does, eight bytes at a time: resources begin alike, and WebAssembly compares byte by byte.
fn by_eights(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let alike = 8 * a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0).take_while(|(a, b)| a == b).count();
    a.get(alike..).cmp(&b.get(alike..))
}

/// Whether a selection means a resource of the context, also one that nobody reads.
fn selects(context: &Context<'_>) -> bool {
    #[derive(serde::Deserialize)]
    struct Identified<'a> {
        #[serde(borrow)]
        id: Option<Str<'a>>,
    }
    let resources = || context.records.iter().flat_map(|(_, record)| &record.entries).filter_map(|entry| entry.resource);
    let mut names = resources().filter_map(|raw| {
        let id = serde_json::from_str::<Identified<'_>>(raw.get()).ok()?.id;
        Some(Name { kind: resource_type(raw)?, id, entry: 0 })
    });
    !context.selections.is_empty() && names.any(|name| context.selections.iter().any(|selection| name.is_meant_by(selection)))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn texts_are_in_their_usual_order(start in "[ab]{0,20}", a in "[ab\u{e9}]{0,20}", b in "[ab\u{e9}]{0,20}") {
            let (a, b) = (format!("{start}{a}"), format!("{start}{b}"));
            assert_eq!(by_eights(&a, &b), a.cmp(&b));
            assert_eq!(by_eights(&a, &a), Ordering::Equal);
        }
    }
}
