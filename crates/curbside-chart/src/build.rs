//! From a document to a chart.

mod add;
mod answered;
mod drugs;
mod keep;
mod logical;
mod patient;
mod retracted;

use std::cell::OnceCell;
use std::fmt;

use hashbrown::HashMap;
use serde_json::value::RawValue;

use crate::chart::{Chart, ChartOptions, Kind, Reason, RecordRef, SetAside};
use crate::duplicate::{Origin, Version};
use crate::held::{Held, Name, Place, read};
use crate::json::Str;
use crate::resource::{Patient, Resource as _, resource_types};
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
                if !record.is_bundle {
                    builder.unsettle("the record is a single resource; what else there may be is not known".to_owned());
                }
                builder.choose(options.patient, false)?;
            }
            Self::Request(request) => {
                builder.request(request);
                let named = options.patient.or(request.context.patient_id.as_deref());
                builder.is_about(named);
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
    /// Few have one, so the others are no larger for it.
    origin: Option<Box<Origin<'a>>>,
}

struct Builder<'a, 'o> {
    chart: Chart<'a>,
    options: &'o ChartOptions<'o>,
    unread: Vec<Unread<'a>>,
    patients: Vec<(Who<'a>, Held<'a, Patient<'a>>)>,
    identifiers: HashMap<(Kind, Str<'a>, Str<'a>), u32>,
    /// Versions that were entered in error, or deleted: they take back what older ones of the same id say.
    retracted: HashMap<(Kind, Str<'a>), (Version, Reason)>,
    /// What is known of versions in the chart beside what they say themselves.
    origins: HashMap<(Kind, u32), Origin<'a>>,
    /// The servers that resources of the chart are of, where somebody has asked.
    homes: OnceCell<HashMap<RecordRef, &'a str>>,
    drugs: drugs::Drugs<'a>,
    /// Something may be of any type: nothing is known to be absent.
    is_unsettled: bool,
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
            origins: HashMap::new(),
            homes: OnceCell::new(),
            drugs: drugs::Drugs::default(),
            is_unsettled: false,
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
        for (other, held) in std::mem::take(&mut self.patients) {
            self.chart.set_aside.push(SetAside { name: held.name, reason: Reason::OtherPatient });
            self.chart.who.others.push(other);
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
        self.unread.sort_by_key(|unread| (unread.kind, unread.place));
        self.unread.chunk_by_mut(|a, b| (a.kind, a.place) == (b.kind, b.place)).for_each(by_text);
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
        self.resolve_logical();
        self.list_refuted();
        if self.is_unsettled {
            self.chart.answered.types = Some(Vec::new());
        }
        self.chart.set_aside.sort();
        self.chart
    }

    /// Lists what was refuted beside what was set aside. It stays in the chart, where it takes the place of older versions.
    fn list_refuted(&mut self) {
        macro_rules! refuted {
            ($($list:ident),*) => {
                $(for held in &self.chart.$list {
                    let is_unread = || held.doubt.as_ref().is_some_and(|doubt| doubt.covers("verificationStatus"));
                    if held.data.verification() == Some("refuted") && !is_unread() {
                        self.chart.set_aside.push(SetAside { name: held.name.clone(), reason: Reason::Refuted });
                    }
                })*
            };
        }
        refuted!(conditions, allergies);
    }

    /// Nothing is known to be absent, and why.
    fn unsettle(&mut self, why: String) {
        self.is_unsettled = true;
        if !self.chart.notes.contains(&why) {
            self.chart.notes.push(why);
        }
    }

    fn set_aside(&mut self, name: Name<'a>, reason: Reason) {
        self.chart.set_aside.push(SetAside { name, reason });
    }
}

/// Sorts resources of a type by their texts. They begin alike: that is looked at once, and then a few bytes tell most of
/// them apart.
fn by_text(unread: &mut [Unread<'_>]) {
    let Some((first, rest)) = unread.split_first() else { return };
    let alike = rest.iter().map(|other| eights_alike(first.raw.get(), other.raw.get())).min().unwrap_or_default();
    unread.sort_by_cached_key(|unread| (Differing::of(unread.raw.get(), alike), unread.entry));
}

/// How many bytes two texts begin with alike, in steps of eight.
fn eights_alike(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes().as_chunks::<8>().0, b.as_bytes().as_chunks::<8>().0);
    8 * a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// What stands in a text behind what all begin with; in the order of texts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Differing<'t> {
    /// Its first bytes as a number.
    start: u128,
    /// All of it.
    all: &'t [u8],
}

impl<'t> Differing<'t> {
    fn of(text: &'t str, from: usize) -> Self {
        let all = text.as_bytes().get(from..).unwrap_or_default();
        let mut start = [0; 16];
        start.iter_mut().zip(all).for_each(|(start, byte)| *start = *byte);
        Self { start: u128::from_be_bytes(start), all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn texts_are_in_their_usual_order(start in "[ab]{0,20}", a in "[ab\u{e9}]{0,40}", b in "[ab\u{e9}]{0,40}") {
            let (a, b) = (format!("{start}{a}"), format!("{start}{b}"));
            for from in [0, eights_alike(&a, &b)] {
                assert_eq!(Differing::of(&a, from).cmp(&Differing::of(&b, from)), a.cmp(&b));
            }
        }
    }
}
