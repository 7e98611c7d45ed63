//! Value sets: FHIR ValueSet resources, read for their codes.

use curbside_source::{Diagnostic, Diagnostics, Spanned};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::sign_off::{Pending, SignOff};
use crate::system::Systems;

/// A FHIR ValueSet as far as it is read, in YAML or JSON. `source` and `sign_off` are Curbside's
/// additions; everything else is FHIR's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "FHIR ValueSet", rename_all = "camelCase")]
#[schemars(rename = "ValueSet")]
pub struct ValueSet {
    /// `ValueSet`.
    pub resource_type: String,
    /// Its name, the same as the file's.
    pub name: Spanned<String>,
    /// Its canonical URL, by which other value sets may include it.
    pub url: Option<String>,
    /// Its title for people.
    pub title: Option<String>,
    /// Which codes it is made of.
    pub compose: Option<Compose>,
    /// Its codes, enumerated by a terminology server; where given, `compose` is not looked at.
    pub expansion: Option<Expansion>,
    /// Where the codes come from.
    pub source: Option<Spanned<String>>,
    /// Who answers for the whole set.
    #[serde(rename = "sign_off")]
    pub sign_off: Option<SignOff>,
}

/// Which codes a value set is made of.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "FHIR ValueSet.compose")]
#[schemars(rename = "Compose")]
pub struct Compose {
    /// Codes that are in it.
    #[serde(default)]
    pub include: Vec<Include>,
    /// Codes that are not, though included.
    #[serde(default)]
    pub exclude: Vec<Include>,
}

/// Codes of one system, or of other value sets.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename = "FHIR ValueSet.compose.include", rename_all = "camelCase")]
#[schemars(rename = "Include")]
pub struct Include {
    /// The system: its URI or its short name.
    pub system: Option<Spanned<String>>,
    /// Codes one by one.
    #[serde(default)]
    pub concept: Vec<ConceptReference>,
    /// Codes by a rule; `is-a` and `descendent-of` of ICD and ATC, whose hierarchy is their prefix.
    #[serde(default)]
    pub filter: Vec<Filter>,
    /// Other value sets of the pack, by name or URL.
    #[serde(default)]
    pub value_set: Vec<Spanned<String>>,
    /// Where the codes come from.
    pub source: Option<Spanned<String>>,
    /// Who answers for them.
    #[serde(rename = "sign_off")]
    pub sign_off: Option<SignOff>,
}

/// A code.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "FHIR ValueSet.compose.include.concept")]
#[schemars(rename = "ConceptReference")]
pub struct ConceptReference {
    /// The code.
    pub code: Spanned<String>,
    /// How the system words it.
    pub display: Option<String>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// Codes by a rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "FHIR ValueSet.compose.include.filter")]
#[schemars(rename = "Filter")]
pub struct Filter {
    /// `concept`.
    pub property: String,
    /// `is-a` or `descendent-of`.
    pub op: Spanned<String>,
    /// The code above.
    pub value: Spanned<String>,
    /// How the system words it (a note for readers).
    pub display: Option<String>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// The codes of a value set, enumerated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "FHIR ValueSet.expansion")]
#[schemars(rename = "Expansion")]
pub struct Expansion {
    /// When it was made.
    pub timestamp: Option<String>,
    /// The codes.
    #[serde(default)]
    pub contains: Vec<Contained>,
}

/// A code of an expansion, and those below it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename = "FHIR ValueSet.expansion.contains")]
#[schemars(rename = "Contained")]
pub struct Contained {
    /// The system.
    pub system: Option<String>,
    /// The code; absent where this is only a heading.
    pub code: Option<String>,
    /// How the system words it.
    pub display: Option<String>,
    /// Codes below it.
    #[serde(default)]
    pub contains: Vec<Contained>,
}

/// One code or one branch of codes of a value set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) system: String,
    pub(crate) code: String,
    /// Whether what lies below it belongs too (`is-a`).
    pub(crate) below: bool,
    /// Whether it belongs itself (not for `descendent-of`).
    pub(crate) itself: bool,
    pub(crate) display: Option<String>,
}

impl ValueSet {
    /// Its codes and branches, those of other sets left to the caller; what is wrong is reported.
    pub(crate) fn members(&self, found: &mut Diagnostics) -> (Vec<Member>, Vec<Member>) {
        if let Some(expansion) = &self.expansion {
            let mut members = Vec::new();
            expansion.contains.iter().for_each(|contained| contained.collect(&mut members));
            return (members, Vec::new());
        }
        let compose = self.compose.as_ref();
        let read = |list: &[Include], found: &mut Diagnostics| list.iter().flat_map(|include| include.members(found)).collect();
        (
            compose.map_or_else(Vec::new, |compose| read(&compose.include, found)),
            compose.map_or_else(Vec::new, |compose| read(&compose.exclude, found)),
        )
    }

    /// The other value sets it includes.
    pub(crate) fn included(&self) -> impl Iterator<Item = &Spanned<String>> {
        let compose = self.compose.as_ref().filter(|_| self.expansion.is_none());
        compose.into_iter().flat_map(|compose| compose.include.iter().flat_map(|include| &include.value_set))
    }

    /// What of it nobody has signed off.
    pub(crate) fn pending(&self) -> Vec<Pending> {
        let name = &self.name.value;
        let of = |sign_off: &Option<SignOff>, source: &Option<Spanned<String>>, what: String, span| {
            Pending::of(sign_off.as_ref(), source.as_ref().or(self.source.as_ref()), what, span)
        };
        let mut pending: Vec<Pending> =
            of(&self.sign_off, &self.source, format!("{name}: every code"), self.name.span).into_iter().collect();
        for include in self.compose.iter().flat_map(|compose| &compose.include) {
            let system = include.system.as_ref().map_or("", |system| Systems::short_name(&system.value));
            let at = include.system.as_ref().map_or(self.name.span, |system| system.span);
            pending.extend(of(&include.sign_off, &include.source, format!("{name}: every {system} code"), at));
            for concept in &include.concept {
                let display = concept.display.as_deref().map(|display| format!(" {display}")).unwrap_or_default();
                let what = format!("{name}: {system}|{}{display}", concept.code.value);
                pending.extend(of(&concept.sign_off, &concept.source, what, concept.code.span));
            }
            for filter in &include.filter {
                let what = format!("{name}: {system}|{}*", filter.value.value);
                pending.extend(of(&filter.sign_off, &filter.source, what, filter.value.span));
            }
        }
        pending
    }
}

impl Include {
    fn members(&self, found: &mut Diagnostics) -> Vec<Member> {
        let Some(system) = &self.system else {
            if let Some(concept) = self.concept.first() {
                found.error("missing-system", concept.code.span, "codes without a `system`");
            }
            return Vec::new();
        };
        let Some(uri) = Systems::uri_of(&system.value) else {
            let help = curbside_source::did_you_mean(&system.value, Systems::short_names());
            let message = format!("unknown code system `{}`", system.value);
            found.push(Diagnostic::error("unknown-system", system.span, message).maybe_help(help));
            return Vec::new();
        };
        if self.concept.is_empty() && self.filter.is_empty() {
            let message = "a whole code system cannot be a value set";
            found.push(
                Diagnostic::error("whole-system", system.span, message)
                    .help("list codes under `concept`, or expand it with `curbside valueset expand`"),
            );
        }
        let concepts = self.concept.iter().map(|concept| Member {
            system: uri.to_owned(),
            code: concept.code.value.clone(),
            below: false,
            itself: true,
            display: concept.display.clone(),
        });
        let mut members: Vec<Member> = concepts.collect();
        for filter in &self.filter {
            members.extend(filter.member(uri, found));
        }
        members
    }
}

impl Filter {
    fn member(&self, uri: &str, found: &mut Diagnostics) -> Option<Member> {
        let mut systems = Systems::default();
        let id = systems.add(uri);
        let itself = match self.op.value.as_str() {
            "is-a" => true,
            "descendent-of" => false,
            op => {
                let message = format!("filter `{op}` cannot be evaluated here");
                found.push(
                    Diagnostic::error("unsupported-filter", self.op.span, message)
                        .help("expand the value set with `curbside valueset expand`"),
                );
                return None;
            }
        };
        if !systems.is_by_prefix(id) {
            let message =
                format!("`{}` of {} needs an expansion: its hierarchy is not in its codes", self.op.value, Systems::short_name(uri));
            found.push(
                Diagnostic::error("unsupported-filter", self.op.span, message).help("expand the value set with `curbside valueset expand`"),
            );
            return None;
        }
        Some(Member { system: uri.to_owned(), code: self.value.value.clone(), below: true, itself, display: self.display.clone() })
    }
}

impl Contained {
    fn collect(&self, members: &mut Vec<Member>) {
        if let (Some(system), Some(code)) = (&self.system, &self.code) {
            members.push(Member { system: system.clone(), code: code.clone(), below: false, itself: true, display: self.display.clone() });
        }
        self.contains.iter().for_each(|contained| contained.collect(members));
    }
}
