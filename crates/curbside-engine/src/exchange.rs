//! What passes between a host and an engine beside CDS Hooks: how a request is to be read, and the decisions behind the
//! cards. The host's half; the engine's is [`Engine::call`](crate::Engine::call).

use std::borrow::Cow;
use std::collections::BTreeMap;

use curbside_chart::json::{Members, Str};
use serde::{Deserialize, Serialize};
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
    let has = |name: &str| members.iter().any(|(known, _)| known.as_str() == name);
    if has("resourceType") || !has("hook") && !has("prefetch") {
        let record: &RawValue = serde_json::from_str(text)?;
        let input = to_raw_value(&CallInput { kind: InputKind::Bundle, ..input.clone() })?;
        let extension = BTreeMap::from([(Cow::Borrowed(INPUT_MEMBER), &*input)]);
        return serde_json::to_string(&Wrapped { hook, prefetch: Prefetch { record }, extension });
    }
    let hook = hook.map(to_raw_value).transpose()?;
    if let Some(hook) = &hook {
        members.retain(|(name, _)| name.as_str() != "hook");
        members.insert(0, (Str::new("hook"), hook));
    }
    let extension = members.extract_if(.., |(name, _)| name.as_str() == "extension").last();
    let mut extension: Extension<'_> = extension.and_then(|(_, raw)| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let input = to_raw_value(input)?;
    extension.insert(Cow::Borrowed(INPUT_MEMBER), &input);
    let extension = to_raw_value(&extension)?;
    members.push((Str::new("extension"), &extension));
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

type Extension<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

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
    let result: Option<Document<'_>> = extension.remove(RESULT_MEMBER).map(|raw| serde_json::from_str(raw.get())).transpose()?;
    let cards = cards.into_iter().map(Cow::Borrowed).collect();
    let document = result.map(|decisions| serde_json::to_string(&Document { cards, ..decisions })).transpose()?;
    let details = extension.remove(DETAILS_MEMBER).map(|raw| serde_json::from_str::<Details>(raw.get())).transpose()?;
    Ok(Unwrapped { document, details: details.unwrap_or_default().drawn() })
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    cards: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    extension: Extension<'a>,
}

/// The decisions document as it is written: its members one by one, in their order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document<'a> {
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
    /// The cards.
    #[serde(default)]
    pub cards: Vec<Cow<'a, RawValue>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    notes: Option<&'a RawValue>,
}

impl Document<'_> {
    /// The hook that was asked.
    #[must_use]
    pub fn hook(&self) -> String {
        text(self.hook).unwrap_or_default()
    }

    /// The patient's id, where the record gives one.
    #[must_use]
    pub fn patient(&self) -> Option<String> {
        text(self.patient)?.strip_prefix("Patient/").map(str::to_owned)
    }
}

fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}
