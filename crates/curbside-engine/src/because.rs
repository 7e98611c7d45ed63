//! The why of a decision as data: a tree of the criteria that decided it.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::OnceLock;

use curbside_rules::evaluate::{Handle, Part};
use curbside_rules::{Truth, Verdict};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smol_str::SmolStr;

/// A criterion, what it said, and the criteria that made it say so. Parts that did not decide are
/// left out; `curbside explain` shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Because {
    /// Its kind (`age`), or the name of the definition it uses.
    pub criterion: SmolStr,
    /// What it said.
    pub truth: Truth,
    /// The label that a table gave instead of a truth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<SmolStr>,
    /// Why, in a plain sentence with the numbers; absent where the parts say it.
    #[serde(default, skip_serializing_if = "SmolStr::is_empty")]
    pub says: SmolStr,
    /// The criteria that decided it.
    #[serde(default, skip_serializing_if = "Parts::is_none")]
    pub parts: Parts,
}

/// The criteria that decided one. Most are never looked at, so they are put together by whoever does first.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    of: Option<Handle<Verdict>>,
    list: OnceLock<Vec<Because>>,
}

impl Because {
    pub(crate) fn of(criterion: &SmolStr, verdict: &Handle<Verdict>) -> Self {
        let verdict = behind_name(criterion, verdict);
        Self {
            criterion: criterion.clone(),
            truth: verdict.truth,
            label: verdict.label.clone(),
            says: verdict.says.clone(),
            parts: Parts { of: (!verdict.parts.is_empty()).then(|| verdict.clone()), list: OnceLock::new() },
        }
    }
}

/// What a name says. A name and what it stands for are one step to a reader.
fn behind_name<'v>(criterion: &SmolStr, mut verdict: &'v Handle<Verdict>) -> &'v Handle<Verdict> {
    while let [part] = verdict.parts.as_slice()
        && part.name == *criterion
        && part.verdict.truth == verdict.truth
    {
        verdict = &part.verdict;
    }
    verdict
}

/// The parts of a verdict that decided it.
fn decided(verdict: &Verdict) -> impl Iterator<Item = &Part> {
    let any = verdict.parts.iter().any(|part| part.verdict.truth == verdict.truth);
    verdict.parts.iter().filter(move |part| !any || part.verdict.truth == verdict.truth)
}

/// A [`Because`] that is only written. Nothing is cloned for it: a sandbox copies each page of memory on which somebody
/// counts references.
#[derive(Serialize)]
struct Written<'v> {
    criterion: &'v str,
    truth: Truth,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'v str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    says: &'v str,
    #[serde(skip_serializing_if = "PartsOf::is_none")]
    parts: PartsOf<'v>,
}

struct PartsOf<'v>(&'v Verdict);

impl PartsOf<'_> {
    fn is_none(&self) -> bool {
        self.0.parts.is_empty()
    }
}

impl Serialize for PartsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(decided(self.0).map(|part| {
            let verdict = behind_name(&part.name, &part.verdict);
            let (label, says) = (verdict.label.as_deref(), verdict.says.as_str());
            Written { criterion: &part.name, truth: verdict.truth, label, says, parts: PartsOf(verdict) }
        }))
    }
}

impl Parts {
    fn is_none(&self) -> bool {
        self.of.is_none() && self.is_empty()
    }
}

impl Deref for Parts {
    type Target = [Because];

    fn deref(&self) -> &[Because] {
        self.list.get_or_init(|| {
            let because = |part: &Part| Because::of(&part.name, &part.verdict);
            self.of.iter().flat_map(|verdict| decided(verdict)).map(because).collect()
        })
    }
}

impl From<Vec<Because>> for Parts {
    fn from(list: Vec<Because>) -> Self {
        Self { of: None, list: list.into() }
    }
}

impl PartialEq for Parts {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Serialize for Parts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.of, self.list.get()) {
            (Some(verdict), None) => PartsOf(verdict).serialize(serializer),
            _ => serializer.collect_seq(&**self),
        }
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

impl JsonSchema for Parts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Parts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<Because>::json_schema(generator)
    }
}
