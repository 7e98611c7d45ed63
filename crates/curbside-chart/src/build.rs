//! From a document to a chart.

use std::fmt;
use std::sync::LazyLock;

use hashbrown::HashMap;
use memchr::memmem::Finder;
use serde_json::value::RawValue;

use crate::chart::{Answered, Chart, ChartOptions, Hook, Kind, Reason, RecordRef, SetAside, Shelved};
use crate::duplicate::{Matter, last_updated, newer};
use crate::held::{Doubt, Held, Name, Place, read};
use crate::input::{Entry, HookRequest, Prefetched, Record, resource_type};
use crate::json::Str;
use crate::resource::{Common, Head, Owner, Patient, Resource, resource_types};
use crate::time::When;
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
    retracted: HashMap<(Kind, Str<'a>), Retracted>,
}

/// A version of a resource that was entered in error.
struct Retracted {
    updated: Option<When>,
    /// Its place in the record: of versions without a date the last one counts.
    entry: usize,
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
            self.chart.answered = Answered::Types(answered(prefetch));
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
                        let old = if newer(&held.data, &known.data) { std::mem::replace(known, held) } else { held };
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
        // The order of a record says nothing, so nothing may depend on it.
        self.unread.sort_unstable_by(|a, b| {
            (a.kind, a.place).cmp(&(b.kind, b.place)).then_with(|| a.raw.get().cmp(b.raw.get())).then(a.entry.cmp(&b.entry))
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

    /// Notes which versions were entered in error, before anything is kept: most records have none.
    fn find_retracted(&mut self) {
        static STATUS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"entered-in-error\""));
        let unread = std::mem::take(&mut self.unread);
        for unread in unread.iter().filter(|unread| STATUS.find(unread.raw.get().as_bytes()).is_some()) {
            macro_rules! retraction {
                ($($Type:ident => $field:ident, $key:literal;)*) => {
                    match unread.kind {
                        $(Kind::$Type => self.retraction::<crate::resource::$Type<'a>>(unread.raw),)*
                        Kind::Other => self.retraction::<crate::Other<'a>>(unread.raw),
                        Kind::Patient => None,
                    }
                };
            }
            let Some((id, updated)) = resource_types!(retraction) else { continue };
            match self.retracted.get(&(unread.kind, id.clone())) {
                Some(known) if (known.updated, known.entry) > (updated, unread.entry) => {}
                _ => drop(self.retracted.insert((unread.kind, id), Retracted { updated, entry: unread.entry })),
            }
        }
        self.unread = unread;
    }

    /// Id and last update of a version of this patient's that was entered in error.
    fn retraction<T: Shelved<'a>>(&mut self, raw: &'a RawValue) -> Option<(Str<'a>, Option<When>)> {
        let (data, _): (T, _) = read(raw).ok()?;
        let is_it = data.entered_in_error() && self.chart.who.owns(data.owner()) != Belongs::No;
        let id = data.head().id.cloned()?;
        is_it.then(|| (id, last_updated(&data)))
    }

    /// Whether a version that was entered in error is newer than this one.
    fn is_retracted<T: Common<'a>>(&self, kind: Kind, data: &T, entry: usize) -> bool {
        let retracted = data.head().id.and_then(|id| self.retracted.get(&(kind, id.clone())));
        retracted.is_some_and(|retracted| match (retracted.updated, last_updated(data)) {
            (Some(retracted), Some(own)) => retracted > own,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => retracted.entry > entry,
        })
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
        if data.entered_in_error() || (!self.retracted.is_empty() && self.is_retracted(kind, &data, entry)) {
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
                // Of versions of one id without a date the last one in the record counts.
                let same_id = held.name.id.is_some() && held.name.id == known.name.id;
                let undated = same_id && last_updated(&held.data) == last_updated(&known.data) && held.name.entry != known.name.entry;
                let replaces = if undated { held.name.entry > known.name.entry } else { newer(&held.data, &known.data) };
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

/// The types that the keys of a prefetch answer for.
fn answered<'a>(prefetch: &[(Str<'a>, Prefetched<'a>)]) -> Vec<Str<'a>> {
    let (mut known, mut failed) = (Vec::new(), Vec::new());
    for (key, value) in prefetch {
        let named = Some(type_of_key(key));
        match value {
            Prefetched::Nothing => known.extend(named),
            Prefetched::Record(record) => {
                let found = record.entries.iter().filter_map(|entry| resource_type(entry.resource?));
                let list = if record.has_next { &mut failed } else { &mut known };
                list.extend(named);
                list.extend(found);
                list.sort();
                list.dedup();
            }
            Prefetched::Failed => failed.extend(named),
            Prefetched::Unusable => {}
        }
    }
    known.retain(|kind| !failed.contains(kind));
    known.sort();
    known.dedup();
    known
}

/// The type that a key of a prefetch is for: our own name for it, or the type's own (`claimResponse`).
fn type_of_key<'a>(key: &Str<'a>) -> Str<'a> {
    let kind = Kind::ALL.iter().find(|kind| key.eq_ignore_ascii_case(kind.prefetch_key()) || key.eq_ignore_ascii_case(kind.name()));
    kind.map_or_else(
        || {
            let mut letters = key.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            Str::from(first.into_iter().chain(letters).collect::<String>())
        },
        |kind| Str::new(kind.name()),
    )
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
