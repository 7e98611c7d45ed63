//! One patient's chart.

use std::fmt;
use std::sync::OnceLock;

use hashbrown::HashMap;

use crate::held::{Held, Name, Place, is_of_url};
use crate::json::{self, Str};
use crate::reference::{Target, parse};
use crate::resource::{
    AdverseEvent, AllergyIntolerance, Appointment, Common, Condition, Coverage, Encounter, Head, Immunization, Medication,
    MedicationAdministration, MedicationDispense, MedicationRequest, MedicationStatement, Observation, Patient, Procedure,
    QuestionnaireResponse, Resource, ServiceRequest, resource_types,
};
use crate::time::{When, Zone};
use crate::wanted::Wanted;
use crate::{Other, who::Who};

macro_rules! chart {
    ($($Type:ident => $field:ident, $key:literal;)*) => {
        /// The resource types that have a place of their own in a chart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            /// The patient.
            Patient,
            $(
                #[doc = concat!("FHIR's ", stringify!($Type), ".")]
                $Type,
            )*
            /// Any other type, kept as it stands.
            Other,
        }

        impl Kind {
            /// Every type with a place of its own.
            pub const ALL: &'static [Self] = &[Self::Patient, $(Self::$Type,)*];

            /// The type with this name.
            #[must_use]
            pub fn named(name: &str) -> Self {
                match name {
                    "Patient" => Self::Patient,
                    $(stringify!($Type) => Self::$Type,)*
                    _ => Self::Other,
                }
            }

            /// Its name in FHIR; empty for [`Kind::Other`].
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    Self::Patient => "Patient",
                    $(Self::$Type => stringify!($Type),)*
                    Self::Other => "",
                }
            }

            /// The key under which it is prefetched.
            #[must_use]
            pub const fn prefetch_key(self) -> &'static str {
                match self {
                    Self::Patient => "patient",
                    $(Self::$Type => $key,)*
                    Self::Other => "",
                }
            }
        }

        /// One patient's chart: their resources by type, each read once, and what was set aside.
        #[derive(Debug)]
        pub struct Chart<'a> {
            /// The patient, where the record holds them.
            pub patient: Option<Held<'a, Patient<'a>>>,
            $(
                #[doc = concat!("Every ", stringify!($Type), ".")]
                pub $field: Vec<Held<'a, $Type<'a>>>,
            )*
            /// Resources of types without a place of their own that somebody asked for.
            pub others: Vec<Held<'a, Other<'a>>>,
            /// The hook that asks.
            pub hook: Hook<'a>,
            /// What was set aside, in the order of names.
            pub set_aside: Vec<SetAside<'a>>,
            /// What a reader should know about the record as a whole.
            pub notes: Vec<String>,
            pub(crate) who: Who<'a>,
            pub(crate) zone: Zone,
            pub(crate) answered: Answered<'a>,
            pub(crate) drugs: HashMap<Kind, Vec<u32>>,
            pub(crate) by_id: HashMap<(Kind, Str<'a>), u32>,
            pub(crate) by_url: Vec<(Str<'a>, RecordRef)>,
            pub(crate) urls: OnceLock<HashMap<String, RecordRef>>,
        }

        $(
            impl<'a> Shelved<'a> for $Type<'a> {
                fn shelf<'c>(chart: &'c mut Chart<'a>) -> &'c mut Vec<Held<'a, Self>> {
                    &mut chart.$field
                }
            }
        )*

        impl<'a> Chart<'a> {
            /// A chart that holds nothing, from a sender who looked for everything.
            #[must_use]
            pub fn empty(zone: Zone) -> Self {
                Self {
                    patient: None,
                    $($field: Vec::new(),)*
                    others: Vec::new(),
                    hook: Hook::default(),
                    set_aside: Vec::new(),
                    notes: Vec::new(),
                    who: Who::default(),
                    zone,
                    answered: Answered::default(),
                    drugs: HashMap::new(),
                    by_id: HashMap::new(),
                    by_url: Vec::new(),
                    urls: OnceLock::new(),
                }
            }

            /// How a resource of this chart is called.
            #[must_use]
            pub fn name(&self, record: RecordRef) -> Option<&Name<'a>> {
                let at = record.at as usize;
                match record.kind {
                    Kind::Patient => self.patient.as_ref().map(|held| &held.name),
                    $(Kind::$Type => self.$field.get(at).map(|held| &held.name),)*
                    Kind::Other => self.others.get(at).map(|held| &held.name),
                }
            }

            /// What every resource carries, of one of this chart.
            #[must_use]
            pub fn head(&self, record: RecordRef) -> Option<Head<'_, 'a>> {
                use crate::resource::Common as _;
                let at = record.at as usize;
                match record.kind {
                    Kind::Patient => self.patient.as_ref().map(|held| held.data.head()),
                    $(Kind::$Type => self.$field.get(at).map(|held| held.data.head()),)*
                    Kind::Other => self.others.get(at).map(|held| held.data.head()),
                }
            }

            /// Why nothing certain can be concluded from a resource of this chart.
            #[must_use]
            pub fn doubt(&self, record: RecordRef) -> Option<&crate::Doubt> {
                let at = record.at as usize;
                match record.kind {
                    Kind::Patient => self.patient.as_ref().and_then(|held| held.doubt.as_ref()),
                    $(Kind::$Type => self.$field.get(at).and_then(|held| held.doubt.as_ref()),)*
                    Kind::Other => self.others.get(at).and_then(|held| held.doubt.as_ref()),
                }
            }

            /// Where a resource of this chart came from.
            #[must_use]
            pub fn place(&self, record: RecordRef) -> Option<Place> {
                let at = record.at as usize;
                match record.kind {
                    Kind::Patient => self.patient.as_ref().map(|held| held.place),
                    $(Kind::$Type => self.$field.get(at).map(|held| held.place),)*
                    Kind::Other => self.others.get(at).map(|held| held.place),
                }
            }

            /// A resource of this chart as it stands.
            #[must_use]
            pub fn raw(&self, record: RecordRef) -> Option<&'a serde_json::value::RawValue> {
                let at = record.at as usize;
                match record.kind {
                    Kind::Patient => self.patient.as_ref().map(|held| held.raw),
                    $(Kind::$Type => self.$field.get(at).map(|held| held.raw),)*
                    Kind::Other => self.others.get(at).map(|held| held.raw),
                }
            }

            /// Every resource of a kind that stands in the record (not in the hook's context), with why
            /// nothing certain can be concluded from it, where that is so.
            pub fn records(&self, kind: Kind) -> Vec<RecordRef> {
                (0..self.count(kind)).map(|at| RecordRef::new(kind, at)).collect()
            }

            /// How many resources of a kind there are.
            #[must_use]
            pub fn count(&self, kind: Kind) -> usize {
                match kind {
                    Kind::Patient => usize::from(self.patient.is_some()),
                    $(Kind::$Type => self.$field.len(),)*
                    Kind::Other => self.others.len(),
                }
            }
        }
    };
}
resource_types!(chart);

/// A resource type with a list of its own in the chart.
pub(crate) trait Shelved<'a>: Resource<'a> {
    /// That list.
    fn shelf<'c>(chart: &'c mut Chart<'a>) -> &'c mut Vec<Held<'a, Self>>;
}

impl<'a> Shelved<'a> for Other<'a> {
    fn shelf<'c>(chart: &'c mut Chart<'a>) -> &'c mut Vec<Held<'a, Self>> {
        &mut chart.others
    }
}

/// A resource of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// Its type.
    pub kind: Kind,
    /// Its place among those of its type.
    pub at: u32,
}

impl RecordRef {
    /// The resource of this type at this place.
    #[must_use]
    pub fn new(kind: Kind, at: usize) -> Self {
        Self { kind, at: u32::try_from(at).unwrap_or(u32::MAX) }
    }
}

/// The hook that asks, and what it says.
#[derive(Clone, Debug, Default)]
pub struct Hook<'a> {
    /// Its name, `patient-view` where nothing else is said.
    pub name: Option<Str<'a>>,
    /// This firing of it.
    pub instance: Option<Str<'a>>,
    /// The encounter it happens in.
    pub encounter_id: Option<Str<'a>>,
    /// Which of the draft orders were just selected.
    pub selections: Vec<Str<'a>>,
    /// Whether one of those selections means a resource of the context, of whatever type and status.
    pub selects: bool,
    /// The members of the context that carried resources.
    pub members: Vec<Str<'a>>,
    /// The members of the context that should have carried resources and were not read in full: one that the hook must
    /// have and that is absent or null, one that is no Bundle, one with an entry that cannot be read.
    pub incomplete: Vec<Str<'a>>,
}

impl Hook<'_> {
    /// Whether there may be more in a member of the context (`draftOrders`, `appointments`) than is in the chart: what is
    /// not found there is not known to be absent.
    #[must_use]
    pub fn is_incomplete(&self, member: &str) -> bool {
        self.incomplete.iter().any(|known| known.as_str() == member)
    }

    /// The member of the context a resource came in.
    #[must_use]
    pub fn member(&self, place: Place) -> Option<&str> {
        match place {
            Place::Record => None,
            Place::Context(at) => self.members.get(usize::from(at)).map(Str::as_str),
        }
    }
}

/// A resource that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetAside<'a> {
    /// How it is called.
    pub name: Name<'a>,
    /// Why it does not count.
    pub reason: Reason,
}

/// Why a resource does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is another patient's.
    OtherPatient,
    /// It was marked as entered in error.
    EnteredInError,
    /// It was looked into, and is not so.
    Refuted,
    /// It was deleted.
    Deleted,
    /// A later version of it, or the same thing under another id, is in the record too.
    Duplicate,
    /// Nothing of it could be read, and why.
    Unreadable(String),
    /// A Bundle within the Bundle.
    NestedBundle,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPatient => f.write_str("another patient's record"),
            Self::EnteredInError => f.write_str("entered in error"),
            Self::Refuted => f.write_str("refuted"),
            Self::Deleted => f.write_str("deleted"),
            Self::Duplicate => f.write_str("duplicate"),
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
            Self::NestedBundle => f.write_str("a Bundle within the Bundle"),
        }
    }
}

/// Which types the sender looked for. What was not looked for is not known to be absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answered<'a> {
    /// These; `None` where the whole record was given.
    pub(crate) types: Option<Vec<Str<'a>>>,
    /// But of these something could not be read.
    pub(crate) open: Vec<Str<'a>>,
}

impl<'a> Chart<'a> {
    /// Whether a selection of the hook means this resource, by its name or by the address of its entry.
    #[must_use]
    pub fn is_meant_by(&self, record: RecordRef, selection: &str) -> bool {
        let at_url = || self.by_url.iter().any(|(url, known)| *known == record && is_of_url(url, selection));
        self.name(record).is_some_and(|name| name.is_meant_by(selection)) || at_url()
    }

    /// The patient's id, where the record or the request gives one.
    #[must_use]
    pub fn patient_id(&self) -> Option<&str> {
        self.who.id.as_deref()
    }

    /// The zone in which days begin and end.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Whether the sender looked for resources of this type, so that none means there is none.
    #[must_use]
    pub fn looked_for(&self, kind: &str) -> bool {
        let is_kind = |known: &Str<'a>| known.as_str() == kind;
        self.answered.types.as_ref().is_none_or(|types| types.iter().any(is_kind)) && !self.answered.open.iter().any(is_kind)
    }

    /// Whether the sender looked for everything, and all of it was read.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.answered.types.is_none() && self.answered.open.is_empty()
    }

    /// For the records of a type of medication, in order: numbers, from 0, of what they say of their drug. Those with the
    /// same number say the same; a drug that is given daily is written down as often.
    #[must_use]
    pub fn drugs(&self, kind: Kind) -> &[u32] {
        self.drugs.get(&kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Reads a date of this record.
    #[must_use]
    pub fn when(&self, text: &str) -> Option<When> {
        When::parse(text, &self.zone)
    }

    /// The resource a reference points to, where it is in this chart. Contained resources are
    /// found with [`Chart::contained`].
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<RecordRef> {
        match parse(reference) {
            Target::Typed { base, kind, id } => {
                let by_url = || self.of_url(reference);
                let kind = Kind::named(kind);
                let by_id = || self.by_id.get(&(kind, Str::new(id))).map(|at| RecordRef { kind, at: *at });
                // Only what is absolute can be the URL of an entry, and most references are not.
                if base.is_some() { by_url().or_else(by_id) } else { by_id().or_else(by_url) }
            }
            Target::Urn(urn) => self.of_url(urn),
            Target::Contained(_) | Target::Conditional | Target::Bare(_) => None,
        }
    }

    /// A resource of this type contained in another one under this id.
    #[must_use]
    pub fn contained<T: Common<'a> + serde::Deserialize<'a>>(&self, holder: RecordRef, kind: Kind, id: &str) -> Option<T> {
        let raw = self.head(holder)?.contained?;
        let inside: Vec<&'a serde_json::value::RawValue> = json::from_str(raw.get()).ok()?;
        inside
            .into_iter()
            .filter(|raw| crate::input::resource_type(raw).as_deref() == Some(kind.name()))
            .filter_map(|raw| json::from_str::<T>(raw.get()).ok())
            .find(|resource| resource.head().id.is_some_and(|found| found.as_str() == id))
    }

    fn of_url(&self, url: &str) -> Option<RecordRef> {
        let urls = self.urls.get_or_init(|| self.by_url.iter().map(|(url, record)| (url.as_str().to_owned(), *record)).collect());
        urls.get(url).copied()
    }
}

/// How a chart is read.
#[derive(Clone, Debug)]
pub struct ChartOptions<'o> {
    /// Whose chart, where the record holds several patients or none.
    pub patient: Option<&'o str>,
    /// The zone in which days begin and end.
    pub zone: &'o Zone,
    /// What is to be read.
    pub wanted: &'o Wanted,
}
