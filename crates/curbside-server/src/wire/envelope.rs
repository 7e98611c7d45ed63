//! The body of a service call: checked around the edges, its resources not read.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use curbside_chart::json::IfObject;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::hooks::{self, Subject};
use super::json::{Key, Members, Object, TWICE, is_null, member, once, string, too_deep};
use super::problem::{Issue, Problem};
use crate::secret::Secret;

/// A service call.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    pub(crate) hook: String,
    /// This firing of the hook, without `urn:uuid:`.
    pub(crate) instance: String,
    /// What it is about.
    pub(crate) subject: Subject,
    /// The EHR's FHIR server, as the client names it: not to be trusted.
    pub(crate) fhir_server: Option<String>,
    /// Access to it.
    pub(crate) access: Option<Access>,
    /// What came with it, by key; `None` where `prefetch` is absent.
    pub(crate) prefetch: Option<Members<'a>>,
    pub(crate) context: Members<'a>,
    extension: Members<'a>,
}

/// Access to the EHR's FHIR server, for this call alone.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) token: Secret,
    /// Seconds from receipt.
    pub(crate) expires_in: i64,
    /// Our client id there.
    pub(crate) subject: Option<String>,
    /// The patient that the token is for.
    pub(crate) patient: Option<String>,
}

/// Members through which the host and the engine talk; a client's are dropped.
const RESERVED: &str = "org.curbside.";
/// What Epic says set a hook off: it sends `patient-view` at other moments too, such as when an order is entered.
const TRIGGER: &str = "com.epic.cdshooks.request.bpa-trigger-action";
/// That a chart was opened.
const CHART_OPENED: &str = "60";

impl<'a> Envelope<'a> {
    /// Reads a body. `hooks` are those the service is registered for.
    pub(crate) fn read(body: &'a [u8], hooks: &[&str]) -> Result<Self, Problem> {
        let Body { members, prefetch } = Body::read(text(body)?)?;
        let hook = required_text(&members, "hook")?;
        let instance = required_text(&members, "hookInstance")?;
        let instance = instance.strip_prefix("urn:uuid:").unwrap_or(&instance).to_owned();
        if instance.chars().count() > 128 {
            return Err(Problem::value("hookInstance", "at most 128 characters"));
        }
        let context = required_object(&members, "context")?;
        if !hooks.contains(&hook.as_str()) {
            let issue = Issue::error("business-rule", "This service does not answer this hook").at("hook");
            return Err(Problem::new(axum::http::StatusCode::BAD_REQUEST, issue));
        }
        let subject = hooks::check(&hook, &context)?;
        let fhir_server = optional_text(&members, "fhirServer")?;
        let access = access(&members)?;
        if access.is_some() && fhir_server.is_none() {
            return Err(Problem::missing("fhirServer"));
        }
        let prefetch = prefetch.flatten().map(|keys| keys.0.ok_or_else(|| Problem::value("prefetch", "an object"))).transpose()?;
        // An extension of another shape is somebody's own; it is passed over.
        let extension = member(&members, "extension").and_then(|raw| Object::read(raw).ok()).and_then(|object| object.0);
        let mut extension = extension.unwrap_or_default();
        extension.retain(|(key, _)| !key.starts_with(RESERVED));
        Ok(Self { hook, instance, subject, fhir_server, access, prefetch, context, extension })
    }

    /// Whether `patient-view` was set off by something else than the opening of a chart. What says neither is passed over.
    pub(crate) fn is_of_another_trigger(&self) -> bool {
        let trigger = member(&self.extension, TRIGGER).filter(|_| self.hook == "patient-view");
        let trigger = trigger.map(|raw| raw.get().trim_matches('"')).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
        trigger.is_some_and(|trigger| !trigger.is_empty() && trigger != CHART_OPENED)
    }

    /// The call as packs and plug-ins see it, without the tokens: what the EHR sent but for keys that are discarded, and
    /// what was fetched in place of it. `input` is put into the extension. Also the digest of all but `input`.
    pub(crate) fn compose(&self, discarded: &BTreeSet<String>, fetched: &[(String, String)], input: &str) -> Composed {
        self.compose_for(Hash::Blake3, discarded, fetched, input)
    }

    /// As [`Self::compose`], with a digest of another kind.
    pub(crate) fn compose_for(&self, hash: Hash, discarded: &BTreeSet<String>, fetched: &[(String, String)], input: &str) -> Composed {
        let sent: usize = self.prefetch.iter().flatten().map(|(key, raw)| key.len() + raw.get().len() + 8).sum();
        let more: usize = fetched.iter().map(|(key, text)| key.len() + text.len() + 8).sum();
        let context: usize = self.context.iter().map(|(key, raw)| key.len() + raw.get().len() + 8).sum();
        let mut text = String::with_capacity(sent + more + context + input.len() + 512);
        let _ = write!(text, "{{\"hook\":{},\"hookInstance\":{},\"context\":", quoted(&self.hook), quoted(&self.instance));
        push_object(&mut text, self.context.iter().map(|(key, raw)| (key.as_ref(), raw.get())));
        if self.prefetch.is_some() || !fetched.is_empty() {
            text.push_str(",\"prefetch\":");
            // A key is the same however a client spells it.
            let out = || discarded.iter().chain(fetched.iter().map(|(name, _)| name));
            let is_out = |key: &str| out().any(|name| name.eq_ignore_ascii_case(key));
            let sent = self.prefetch.iter().flatten().filter(|(key, _)| !is_out(key)).map(|(key, raw)| (key.as_ref(), raw.get()));
            push_object(&mut text, sent.chain(fetched.iter().map(|(key, text)| (key.as_str(), text.as_str()))));
        }
        text.push_str(",\"extension\":");
        let mut extension = String::new();
        push_object(&mut extension, self.extension.iter().map(|(key, raw)| (key.as_ref(), raw.get())));
        let digest = hash.of(&[&text, &extension]);
        let inner = extension.strip_suffix('}').unwrap_or("{");
        let comma = if self.extension.is_empty() { "" } else { "," };
        let _ = write!(text, "{inner}{comma}\"{}\":{input}}}}}", curbside_engine::INPUT_MEMBER);
        Composed { text, digest }
    }
}

/// A call as the engine is given it.
#[derive(Debug)]
pub(crate) struct Composed {
    pub(crate) text: String,
    /// `blake3:…`, or as was asked for, of all but the host's own member.
    pub(crate) digest: String,
}

/// How a call is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    /// Several times as fast as SHA-256, and calls are large.
    Blake3,
    /// As earlier versions did.
    Sha256,
}

impl Hash {
    /// The kind of a digest that was logged.
    pub(crate) fn of_digest(digest: &str) -> Self {
        if digest.starts_with("sha256:") { Self::Sha256 } else { Self::Blake3 }
    }

    fn of(self, parts: &[&str]) -> String {
        match self {
            Self::Blake3 => {
                let mut hasher = blake3::Hasher::new();
                for part in parts {
                    hasher.update(part.as_bytes());
                }
                format!("blake3:{}", hasher.finalize().to_hex())
            }
            Self::Sha256 => {
                let mut hasher = Sha256::new();
                parts.iter().for_each(|part| hasher.update(part.as_bytes()));
                hexadecimal(&hasher.finalize())
            }
        }
    }
}

/// The members of a body. `prefetch` is most of it, and is taken apart on the way.
#[derive(Debug, Default)]
struct Body<'a> {
    members: Members<'a>,
    /// `Some(None)` for `null`.
    prefetch: Option<Option<Object<'a>>>,
}

impl<'a> Body<'a> {
    fn read(text: &'a str) -> Result<Self, Problem> {
        if too_deep(text.as_bytes()) {
            return Err(Problem::syntax("The body is nested too deeply"));
        }
        let body: MaybeBody<'_> = serde_json::from_str(text).map_err(|error| broken(&error))?;
        body.0.ok_or_else(|| Problem::syntax("The body is not a JSON object"))
    }
}

struct MaybeBody<'a>(Option<Body<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for MaybeBody<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EachMember;

        impl<'de> Visitor<'de> for EachMember {
            type Value = Option<Body<'de>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Body<'de>>, A::Error> {
                let mut body = Body::default();
                while let Some(key) = map.next_key::<Key<'de>>()? {
                    if key.0 == "prefetch" {
                        once(&key, body.prefetch.is_some())?;
                        body.prefetch = Some(map.next_value()?);
                    } else {
                        once(&key, member(&body.members, &key.0).is_some())?;
                        body.members.push((key.0, map.next_value()?));
                    }
                }
                Ok(Some(body))
            }
        }

        deserializer.deserialize_any(IfObject(EachMember)).map(Self)
    }
}

/// The text of a body behind a byte order mark.
pub(crate) fn text(body: &[u8]) -> Result<&str, Problem> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    std::str::from_utf8(body).map_err(|_| Problem::syntax("The body is not UTF-8"))
}

pub(super) fn broken(error: &serde_json::Error) -> Problem {
    let words = error.to_string();
    // The parser's own words may quote the body; a member's name is ours to say.
    match words.strip_prefix(TWICE).and_then(|rest| rest.split(" at line ").next()) {
        Some(name) => Problem::new(
            axum::http::StatusCode::BAD_REQUEST,
            Issue::error("structure", "A member is given twice").diagnostics(name).at(name),
        ),
        None => Problem::syntax("The body is not JSON"),
    }
}

fn object(raw: &RawValue) -> Result<Object<'_>, Problem> {
    Object::read(raw).map_err(|error| broken(&error))
}

fn required_text(members: &Members<'_>, name: &'static str) -> Result<String, Problem> {
    let raw = member(members, name).filter(|raw| !is_null(raw)).ok_or_else(|| Problem::missing(name))?;
    string(raw).filter(|text| !text.trim().is_empty()).ok_or_else(|| Problem::value(name, "a text that is not empty"))
}

fn optional_text(members: &Members<'_>, name: &'static str) -> Result<Option<String>, Problem> {
    match member(members, name).filter(|raw| !is_null(raw)) {
        None => Ok(None),
        Some(raw) => Ok(Some(string(raw).ok_or_else(|| Problem::value(name, "a text"))?).filter(|text| !text.is_empty())),
    }
}

fn required_object<'a>(members: &Members<'a>, name: &'static str) -> Result<Members<'a>, Problem> {
    let raw = member(members, name).filter(|raw| !is_null(raw)).ok_or_else(|| Problem::missing(name))?;
    object(raw)?.0.ok_or_else(|| Problem::value(name, "an object"))
}

fn access(members: &Members<'_>) -> Result<Option<Access>, Problem> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Seconds {
        Number(f64),
        Text(String),
    }
    let Some(raw) = member(members, "fhirAuthorization").filter(|raw| !is_null(raw)) else { return Ok(None) };
    let inner = object(raw)?.0.ok_or_else(|| Problem::value("fhirAuthorization", "an object"))?;
    let text = |name: &str| match member(&inner, name).filter(|raw| !is_null(raw)) {
        None => Ok(None),
        Some(raw) => string(raw).map(Some).ok_or_else(|| Problem::value(&format!("fhirAuthorization.{name}"), "a text")),
    };
    let token = text("access_token")?.filter(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()));
    let token = token.ok_or_else(|| Problem::missing("fhirAuthorization.access_token"))?;
    if !text("token_type")?.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(Problem::value("fhirAuthorization.token_type", "`Bearer`"));
    }
    let seconds = match member(&inner, "expires_in").filter(|raw| !is_null(raw)) {
        // Without a time it is good for none.
        None => 0.0,
        Some(raw) => match serde_json::from_str::<Seconds>(raw.get()).ok() {
            Some(Seconds::Number(number)) => Some(number),
            Some(Seconds::Text(text)) => text.trim().parse().ok().filter(|seconds: &f64| seconds.is_finite()),
            None => None,
        }
        .ok_or_else(|| Problem::value("fhirAuthorization.expires_in", "a number of seconds"))?,
    };
    #[expect(clippy::cast_possible_truncation, reason = "a float that is no whole number of seconds saturates")]
    let expires_in = seconds as i64;
    // What it says is the EHR's business; that it says it as it should is checked.
    text("scope")?;
    Ok(Some(Access { token: Secret::new(token), expires_in, subject: text("subject")?, patient: text("patient")? }))
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned())
}

fn push_object<'m>(text: &mut String, members: impl Iterator<Item = (&'m str, &'m str)>) {
    text.push('{');
    for (at, (key, value)) in members.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&quoted_key(key));
        text.push(':');
        text.push_str(value);
    }
    text.push('}');
}

fn quoted_key(key: &str) -> Cow<'_, str> {
    Cow::Owned(quoted(key))
}

/// `sha256:…` of these bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// `sha256:` and a digest in hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(7 + bytes.len() * 2);
    text.push_str("sha256:");
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = r#"{"hook": "patient-view", "hookInstance": "urn:uuid:1", "context": {"userId": "1", "patientId": "p"},
        "fhirServer": "https://x", "fhirAuthorization": {"access_token": "canary", "token_type": "bearer", "expires_in": "300"},
        "prefetch": {"patient": null, "a": {"n": 1.50}}, "extension": {"org.curbside.input": {"tz": "X"}, "com.x": 1}}"#;

    #[test]
    fn packs_see_what_was_sent_and_fetched_but_no_token() {
        let call = Envelope::read(CALL.as_bytes(), &["patient-view"]).unwrap();
        let composed = call.compose(&BTreeSet::new(), &[("patient".to_owned(), "{}".to_owned())], r#"{"tz":"UTC"}"#);
        assert_eq!(
            composed.text,
            r#"{"hook":"patient-view","hookInstance":"1","context":{"userId":"1","patientId":"p"},"prefetch":{"a":{"n": 1.50},"patient":{}},"extension":{"com.x":1,"org.curbside.input":{"tz":"UTC"}}}"#
        );
        assert_eq!(call.access.as_ref().unwrap().expires_in, 300);
        assert!(!format!("{call:?}").contains("canary"));
    }

    #[test]
    fn a_composed_call_composes_to_the_same_digest() {
        let call = Envelope::read(CALL.as_bytes(), &["patient-view"]).unwrap();
        let once = call.compose(&BTreeSet::new(), &[], "{}");
        let again =
            Envelope::read(once.text.as_bytes(), &["patient-view"]).unwrap().compose(&BTreeSet::new(), &[], r#"{"tz":"Europe/Berlin"}"#);
        assert_eq!(once.digest, again.digest);
        assert!(once.digest.starts_with("blake3:"));
        let earlier = call.compose_for(Hash::Sha256, &BTreeSet::new(), &[], "{}");
        assert_eq!(Hash::of_digest(&earlier.digest), Hash::Sha256);
        assert_eq!(earlier.digest, sha256(earlier.text.replace(",\"org.curbside.input\":{}}}", "}").as_bytes()));
    }
}
