//! Code systems: their URIs, the short names authors write, and what else senders call them.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use smol_str::SmolStr;

/// A code system that this crate knows or a site has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SystemId(u16);

/// A code system.
#[derive(Debug)]
struct System {
    short: &'static str,
    uri: &'static str,
    /// Other URIs under which the same codes are sent.
    also: &'static [&'static str],
    /// Whether a code's descendants are the codes that begin with it.
    by_prefix: bool,
}

const fn system(short: &'static str, uri: &'static str, also: &'static [&'static str], by_prefix: bool) -> System {
    System { short, uri, also, by_prefix }
}

/// Every system that can be named shortly. ICD-10-CM accepts plain ICD-10: the categories that
/// rules name are the same in both.
const SYSTEMS: &[System] = &[
    system("snomed", "http://snomed.info/sct", &["urn:oid:2.16.840.1.113883.6.96"], false),
    system("loinc", "http://loinc.org", &["urn:oid:2.16.840.1.113883.6.1"], false),
    system("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm", &["urn:oid:2.16.840.1.113883.6.88"], false),
    system(
        "icd10cm",
        "http://hl7.org/fhir/sid/icd-10-cm",
        &["http://hl7.org/fhir/sid/icd-10", "urn:oid:2.16.840.1.113883.6.90", "urn:oid:2.16.840.1.113883.6.3"],
        true,
    ),
    system("icd9cm", "http://hl7.org/fhir/sid/icd-9-cm", &["urn:oid:2.16.840.1.113883.6.103"], true),
    system("atc", "http://www.whocc.no/atc", &["urn:oid:2.16.840.1.113883.6.73"], true),
    system("ndc", "http://hl7.org/fhir/sid/ndc", &["urn:oid:2.16.840.1.113883.6.69"], false),
    system("cvx", "http://hl7.org/fhir/sid/cvx", &["urn:oid:2.16.840.1.113883.12.292"], false),
    system("cpt", "http://www.ama-assn.org/go/cpt", &["urn:oid:2.16.840.1.113883.6.12"], false),
    system("ucum", "http://unitsofmeasure.org", &[], false),
];

/// The systems in use: the ones above, those a pack mentions, and a site's aliases.
#[derive(Clone, Debug)]
pub struct Systems {
    by_uri: HashMap<String, SystemId>,
    uris: Vec<String>,
}

impl Default for Systems {
    fn default() -> Self {
        let mut systems = Self { by_uri: HashMap::new(), uris: Vec::new() };
        for known in SYSTEMS {
            let id = systems.add(known.uri);
            for also in known.also {
                systems.by_uri.insert((*also).to_owned(), id);
            }
        }
        systems
    }
}

impl Systems {
    /// The URI that an author's name for a system stands for: a short name, or a URI itself.
    #[must_use]
    pub fn uri_of(name: &str) -> Option<&str> {
        if name.contains(':') {
            return Some(name);
        }
        SYSTEMS.iter().find(|known| known.short == name).map(|known| known.uri)
    }

    /// The short names.
    pub fn short_names() -> impl Iterator<Item = &'static str> {
        SYSTEMS.iter().map(|known| known.short)
    }

    /// How people call a system: its short name, else its URI.
    #[must_use]
    pub fn short_name(uri: &str) -> &str {
        SYSTEMS.iter().find(|known| known.uri == uri || known.also.contains(&uri)).map_or(uri, |known| known.short)
    }

    /// Notes a system and returns its number.
    pub fn add(&mut self, uri: &str) -> SystemId {
        if let Some(id) = self.by_uri.get(uri) {
            return *id;
        }
        let id = SystemId(u16::try_from(self.uris.len()).unwrap_or(u16::MAX));
        self.uris.push(uri.to_owned());
        self.by_uri.insert(uri.to_owned(), id);
        id
    }

    /// Lets the codes of `local` count as those of `system`.
    pub fn alias(&mut self, local: &str, system: &str) {
        let id = self.add(system);
        self.by_uri.insert(local.to_owned(), id);
    }

    /// The system that a record names by this URI.
    #[must_use]
    pub fn find(&self, uri: &str) -> Option<SystemId> {
        self.by_uri.get(uri).copied()
    }

    /// Every system.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SystemId> {
        (0..self.uris.len()).filter_map(|id| u16::try_from(id).ok()).map(SystemId)
    }

    /// Whether a code's descendants are the codes that begin with it.
    #[must_use]
    pub fn is_by_prefix(&self, id: SystemId) -> bool {
        SYSTEMS.get(usize::from(id.0)).is_some_and(|known| known.by_prefix)
    }
}

/// A site's own names for code systems: local URI → short name or URI.
pub type Aliases = BTreeMap<String, String>;

/// A code as it is compared: in systems with a hierarchy by prefix without its dots and in upper
/// case (`i71.4` is `I714`), elsewhere without the space around it.
#[must_use]
pub(crate) fn normal(code: &str, by_prefix: bool) -> SmolStr {
    if by_prefix { code.chars().filter(|c| *c != '.').map(|c| c.to_ascii_uppercase()).collect() } else { SmolStr::new(code.trim()) }
}
