//! The file of a pack.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use curbside_source::Spanned;
use curbside_terminology::SignOff;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::{Link, Name};
use crate::truth::Truth;

/// A pack: a folder with this file, `pack.yaml`, in it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Pack")]
pub struct PackFile {
    /// Its id.
    pub pack: Name,
    /// Its title for people.
    pub title: Spanned<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its version.
    #[schemars(with = "crate::schema::Plain")]
    pub version: Spanned<String>,
    /// Versions of FHIR it was written for.
    #[serde(default)]
    pub fhir: Vec<String>,
    /// Whether somebody answers for its clinical use as a whole; `pending` is said wherever it speaks.
    pub sign_off: Option<SignOff>,
    /// Figures that a site may set.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// What it offers to EHRs.
    pub services: Vec<Service>,
    /// Facts by name.
    #[serde(default)]
    pub define: Definitions,
    /// What its figures and claims rest on, by the name they cite.
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
    /// Links that cards show, by name.
    #[serde(default)]
    pub links: BTreeMap<String, Link>,
    /// Reasons a clinician may give for overriding a card.
    pub override_reasons: Option<OverrideReasons>,
    /// Texts that details include by name (`{% include "trials" %}`): templates.
    #[serde(default)]
    pub texts: BTreeMap<String, Spanned<String>>,
    /// Ends the detail of every card.
    pub card_footer: Option<Spanned<String>>,
    /// When decisions are made but no card is shown.
    #[serde(default)]
    pub silent_when: SilentWhen,
    /// What the absence of records means, where a criterion does not say.
    #[serde(default)]
    pub if_absent: IfAbsent,
    /// How loud a lint is in this pack.
    #[serde(default)]
    pub lints: BTreeMap<Name, LintLevel>,
    /// Single findings that are meant to be so.
    #[serde(default)]
    pub ignore: Vec<Ignore>,
}

/// A figure that a site may set.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Parameter")]
pub struct Parameter {
    /// What kind of figure.
    pub r#type: ParameterType,
    /// The value where nobody sets it.
    #[schemars(with = "crate::schema::Plain")]
    pub default: Spanned<String>,
    /// Least value a site may set.
    #[schemars(with = "Option<crate::schema::Plain>")]
    pub min: Option<Spanned<String>>,
    /// Greatest value a site may set.
    #[schemars(with = "Option<crate::schema::Plain>")]
    pub max: Option<Spanned<String>>,
    /// What it is.
    pub about: String,
    /// Where the default comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for the default.
    pub sign_off: Option<SignOff>,
}

/// The kind of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ParameterType")]
pub enum ParameterType {
    /// `42 days`
    Duration,
    /// `50 mg/day`, `50 %`, `140 mm[Hg]`
    Amount,
    /// `2`
    Count,
}

/// What a pack offers to EHRs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Service")]
pub struct Service {
    /// Its id, part of its address.
    pub id: Name,
    /// The hook it answers.
    pub hook: Name,
    /// Its title for people.
    pub title: Option<String>,
    /// What it does.
    pub description: String,
    /// The rules it evaluates.
    pub rules: Vec<Name>,
}

/// Facts by name, in the order they were written.
#[derive(Clone, Debug, Default)]
pub struct Definitions(pub Vec<(Name, Definition)>);

/// A fact: a criterion, or something derived that criteria ask about.
pub type Definition = Spanned<crate::criteria::Definable>;

impl<'de> Deserialize<'de> for Definitions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;

        impl<'de> Visitor<'de> for Map {
            type Value = Definitions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("facts by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Definitions, A::Error> {
                let mut definitions = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    definitions.push(entry);
                }
                Ok(Definitions(definitions))
            }
        }

        deserializer.deserialize_map(Map)
    }
}

impl JsonSchema for Definitions {
    fn schema_name() -> Cow<'static, str> {
        "Definitions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, Definition>::json_schema(generator)
    }
}

/// What figures and claims rest on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Source")]
pub struct Source {
    /// What it is.
    pub title: Spanned<String>,
    /// Where it is.
    pub url: Option<Spanned<String>>,
}

/// Reasons a clinician may give for overriding a card.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "OverrideReasons")]
pub struct OverrideReasons {
    /// The code system of the reasons.
    pub system: String,
    /// Reasons by code, with what the clinician reads.
    pub reasons: BTreeMap<String, String>,
}

/// When decisions are made but no card is shown.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "SilentWhen")]
pub struct SilentWhen {
    /// The patient has died.
    #[serde(default)]
    pub deceased: bool,
}

/// What the absence of records means, by kind of record; `false` or `unknown`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "IfAbsent")]
pub struct IfAbsent {
    /// No condition (default: false, a problem list is read as complete).
    pub condition: Option<Truth>,
    /// No allergy (default: unknown).
    pub allergy: Option<Truth>,
    /// No medication (default: false).
    pub medication: Option<Truth>,
    /// No observation (default: unknown).
    pub observation: Option<Truth>,
    /// No score (default: unknown).
    pub score: Option<Truth>,
    /// No procedure (default: false).
    pub procedure: Option<Truth>,
    /// No encounter (default: false).
    pub encounter: Option<Truth>,
    /// No insurance (default: unknown).
    pub coverage: Option<Truth>,
    /// No vaccination (default: unknown).
    pub immunization: Option<Truth>,
}

/// How loud a lint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "LintLevel")]
pub enum LintLevel {
    /// Say nothing.
    Allow,
    /// Warn.
    Warn,
    /// Refuse the pack.
    Deny,
}

/// A single finding that is meant to be so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Ignore")]
pub struct Ignore {
    /// The lint.
    pub lint: Name,
    /// The file it is found in, without `.yaml`.
    pub r#in: Name,
    /// Why it is meant to be so.
    pub because: String,
}
