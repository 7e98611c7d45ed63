//! What passes between the host and the engine guest beside CDS Hooks: how a request is to be read, and the decisions
//! behind the cards.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// How the engine is to read a request: the member `org.curbside.input`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The zone in which days begin and end (default `UTC`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// Whose chart, where the record holds several patients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patient: Option<String>,
    /// What makes the ids of cards, where it is not the request's `hookInstance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occasion: Option<String>,
    /// Most cards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_cards: Option<usize>,
}

/// The hook that is asked, and what a record that is not a request lacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wrapping<'a> {
    /// The hook whose rules are asked.
    pub hook: Option<&'a str>,
    /// The hook's context, a JSON object.
    pub context: Option<&'a str>,
}

const RESULT: &str = "org.curbside.result";

/// Wraps a record, or gives a request its `org.curbside.input`; a hook that is given replaces the request's. Where the
/// request has no `hookInstance`, say the `occasion`: these bytes are others than those that came.
///
/// # Errors
///
/// Where the text is no JSON object, or the context is not JSON.
pub fn request(text: &str, input: &Input, wrapping: Wrapping<'_>) -> Result<String, serde_json::Error> {
    let Members(mut members) = serde_json::from_str(text)?;
    if members.iter().any(|(name, _)| name == "hook") {
        let hook = wrapping.hook.map(serde_json::value::to_raw_value).transpose()?;
        if let Some(hook) = &hook {
            members.retain(|(name, _)| name != "hook");
            members.insert(0, (Cow::Borrowed("hook"), hook));
        }
        let extension = members.extract_if(.., |(name, _)| name == "extension").last();
        let extension = extension.and_then(|(_, raw)| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let with_input = serde_json::value::to_raw_value(&WithInput { input: Kind { kind: "request", input }, extension })?;
        members.push((Cow::Borrowed("extension"), &with_input));
        return serde_json::to_string(&Members(members));
    }
    let record: &RawValue = serde_json::from_str(text)?;
    let context: Option<&RawValue> = wrapping.context.map(serde_json::from_str).transpose()?;
    let kind = if context.is_some() { "request" } else { "bundle" };
    let extension = WithInput { input: Kind { kind, input }, extension: BTreeMap::new() };
    serde_json::to_string(&Wrapped { hook: wrapping.hook, context, prefetch: Prefetch { record }, extension })
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<Cow<'de, str>, &'de RawValue>()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
struct Wrapped<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    hook: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a RawValue>,
    prefetch: Prefetch<'a>,
    extension: WithInput<'a>,
}

#[derive(Serialize)]
struct Prefetch<'a> {
    record: &'a RawValue,
}

#[derive(Serialize)]
struct WithInput<'a> {
    #[serde(rename = "org.curbside.input")]
    input: Kind<'a>,
    #[serde(flatten)]
    extension: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

#[derive(Serialize)]
struct Kind<'a> {
    kind: &'a str,
    #[serde(flatten)]
    input: &'a Input,
}

/// An answer, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The decisions document with its cards, as `curbside eval` prints it; `None` where the plug-in gives no decisions.
    pub document: Option<String>,
    /// The CDS Hooks response, without what is the host's alone.
    pub response: String,
}

/// Takes an answer apart.
///
/// # Errors
///
/// Where it is no CDS Hooks response.
pub fn answer(text: &str) -> Result<Answer, serde_json::Error> {
    let Response { cards, system_actions, mut extension } = serde_json::from_str(text)?;
    let result: Option<Decisions<'_>> = extension.remove(RESULT).map(|raw| serde_json::from_str(raw.get())).transpose()?;
    let document = result.map(|decisions| serde_json::to_string(&Document::of(&decisions, cards))).transpose()?;
    let response = serde_json::to_string(&Response { cards, system_actions, extension })?;
    Ok(Answer { document, response })
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow)]
    cards: &'a RawValue,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    system_actions: Option<&'a RawValue>,
    #[serde(borrow, default, skip_serializing_if = "BTreeMap::is_empty")]
    extension: BTreeMap<Cow<'a, str>, &'a RawValue>,
}

#[derive(Deserialize)]
struct Decisions<'a> {
    #[serde(borrow)]
    as_of: &'a RawValue,
    #[serde(borrow)]
    patient: &'a RawValue,
    #[serde(borrow)]
    hook: &'a RawValue,
    #[serde(borrow)]
    packs: &'a RawValue,
    #[serde(borrow)]
    decisions: &'a RawValue,
    #[serde(borrow, default)]
    notes: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Document<'a> {
    as_of: &'a RawValue,
    patient: &'a RawValue,
    hook: &'a RawValue,
    packs: &'a RawValue,
    decisions: &'a RawValue,
    cards: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    notes: Option<&'a RawValue>,
}

impl<'a> Document<'a> {
    fn of(decisions: &Decisions<'a>, cards: &'a RawValue) -> Self {
        let Decisions { as_of, patient, hook, packs, decisions, notes } = *decisions;
        Self { as_of, patient, hook, packs, decisions, cards, notes }
    }
}
