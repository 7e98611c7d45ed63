//! What passes between a host and an engine beside CDS Hooks: how a request is to be read, and the decisions behind the
//! cards. The host's half; the engine's is [`Engine::call`](crate::Engine::call).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::details::Details;
use crate::service::{CallInput, DETAILS_MEMBER, INPUT_MEMBER, InputKind, RESULT_MEMBER};

/// Wraps a record as a request, or gives a request its `org.curbside.input`; a hook that is given replaces the request's.
/// Where the request has no `hookInstance`, say the `occasion`: these bytes are others than those that came.
///
/// # Errors
///
/// Where the text is no JSON object.
pub fn wrap(text: &str, hook: Option<&str>, input: &CallInput) -> Result<String, serde_json::Error> {
    let Members(mut members) = serde_json::from_str(text)?;
    let has = |members: &[Member<'_>], name: &str| members.iter().any(|(known, _)| known == name);
    if has(&members, "resourceType") || !has(&members, "hook") && !has(&members, "prefetch") {
        let record: &RawValue = serde_json::from_str(text)?;
        let input = to_raw_value(&CallInput { kind: InputKind::Bundle, ..input.clone() })?;
        let extension = BTreeMap::from([(Cow::Borrowed(INPUT_MEMBER), &*input)]);
        return serde_json::to_string(&Wrapped { hook, prefetch: Prefetch { record }, extension });
    }
    let hook = hook.map(to_raw_value).transpose()?;
    if let Some(hook) = &hook {
        members.retain(|(name, _)| name != "hook");
        members.insert(0, (Cow::Borrowed("hook"), hook));
    }
    let extension = members.extract_if(.., |(name, _)| name == "extension").last();
    let mut extension: Extension<'_> = extension.and_then(|(_, raw)| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let input = to_raw_value(input)?;
    extension.insert(Cow::Borrowed(INPUT_MEMBER), &input);
    let extension = to_raw_value(&extension)?;
    members.push((Cow::Borrowed("extension"), &extension));
    serde_json::to_string(&Members(members))
}

/// A record with the context of a hook that it lacks: a request without `org.curbside.input`.
///
/// # Errors
///
/// Where the record or the context is no JSON.
pub fn with_context(record: &str, hook: Option<&str>, context: &str) -> Result<String, serde_json::Error> {
    let (record, context): (&RawValue, &RawValue) = (serde_json::from_str(record)?, serde_json::from_str(context)?);
    serde_json::to_string(&InContext { hook, context, prefetch: Prefetch { record } })
}

type Member<'a> = (Cow<'a, str>, &'a RawValue);
type Extension<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// The members of an object, in their order.
struct Members<'a>(Vec<Member<'a>>);

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
    prefetch: Prefetch<'a>,
    extension: Extension<'a>,
}

#[derive(Serialize)]
struct InContext<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    hook: Option<&'a str>,
    context: &'a RawValue,
    prefetch: Prefetch<'a>,
}

#[derive(Serialize)]
struct Prefetch<'a> {
    record: &'a RawValue,
}

/// A response, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrapped {
    /// The decisions document with its cards, as `curbside eval` prints it; `None` where whoever answered gives no decisions.
    pub document: Option<String>,
    /// What was asked beside decisions.
    pub details: Details,
}

/// Takes a response apart.
///
/// # Errors
///
/// Where it is no CDS Hooks response of an engine.
pub fn unwrap(text: &str) -> Result<Unwrapped, serde_json::Error> {
    let Response { cards, mut extension } = serde_json::from_str(text)?;
    let result: Option<Decisions<'_>> = extension.remove(RESULT_MEMBER).map(|raw| serde_json::from_str(raw.get())).transpose()?;
    let document = result.map(|decisions| serde_json::to_string(&Document::of(&decisions, cards))).transpose()?;
    let details = extension.remove(DETAILS_MEMBER).map(|raw| serde_json::from_str::<Details>(raw.get())).transpose()?;
    Ok(Unwrapped { document, details: details.unwrap_or_default().drawn() })
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    cards: &'a RawValue,
    #[serde(borrow, default)]
    extension: Extension<'a>,
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
