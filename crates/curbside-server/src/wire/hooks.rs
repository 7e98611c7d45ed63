//! The hook library: what each hook's context must hold.

use serde_json::value::RawValue;

use super::json::{Members, is_null, member, string};
use super::problem::Problem;

/// A hook of the library.
#[derive(Debug)]
pub(crate) struct Hook {
    pub(crate) name: &'static str,
    /// As its definition publishes it.
    pub(crate) version: &'static str,
    fields: &'static [Field],
}

/// A member of a hook's context.
#[derive(Debug)]
struct Field {
    name: &'static str,
    required: bool,
    shape: Shape,
    /// How an earlier version of the hook spelt it.
    formerly: Option<(&'static str, Shape)>,
}

/// What a member's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A FHIR id; `Type/id` of this type is understood.
    Id(&'static str),
    /// Any text.
    Text,
    /// A list of texts.
    Texts,
    /// A resource or a Bundle.
    Resource,
    /// A list of resources.
    Resources,
}

const fn required(name: &'static str, shape: Shape) -> Field {
    Field { name, required: true, shape, formerly: None }
}

const fn optional(name: &'static str, shape: Shape) -> Field {
    Field { name, required: false, shape, formerly: None }
}

const USER: Field = required("userId", Shape::Text);
const PATIENT: Field = required("patientId", Shape::Id("Patient"));
const ENCOUNTER: Field = optional("encounterId", Shape::Id("Encounter"));
const IN_ENCOUNTER: Field = required("encounterId", Shape::Id("Encounter"));

macro_rules! hooks {
    ($($name:literal $version:literal: $($field:expr),+;)*) => {
        /// Every hook of the library.
        static HOOKS: &[Hook] = &[$(Hook { name: $name, version: $version, fields: &[$($field),+] }),*];
    };
}

hooks! {
    "patient-view" "1.0": USER, PATIENT, ENCOUNTER;
    "order-select" "1.0": USER, PATIENT, ENCOUNTER, required("selections", Shape::Texts), required("draftOrders", Shape::Resource);
    "order-sign" "1.0": USER, PATIENT, ENCOUNTER, required("draftOrders", Shape::Resource);
    "order-dispatch" "1.1": PATIENT,
        Field { name: "dispatchedOrders", required: true, shape: Shape::Texts, formerly: Some(("order", Shape::Text)) },
        required("performer", Shape::Text),
        Field { name: "fulfillmentTasks", required: false, shape: Shape::Resources, formerly: Some(("task", Shape::Resource)) };
    "appointment-book" "1.0": USER, PATIENT, ENCOUNTER, required("appointments", Shape::Resource);
    "encounter-start" "1.0": USER, PATIENT, IN_ENCOUNTER;
    "encounter-discharge" "1.0": USER, PATIENT, IN_ENCOUNTER;
    "allergyintolerance-create" "0.1.0": USER, PATIENT, ENCOUNTER, required("allergyIntolerance", Shape::Resource);
    "medication-refill" "0.1.0": optional("userId", Shape::Text), PATIENT, ENCOUNTER, required("medications", Shape::Resource);
    "problem-list-item-create" "0.1.0": USER, PATIENT, ENCOUNTER, required("conditions", Shape::Resource);
    "medication-verify" "0.1.0": USER, PATIENT, ENCOUNTER, required("medication", Shape::Resource);
    "medication-prescribe" "1.0": USER, PATIENT, ENCOUNTER, required("medications", Shape::Resource);
    "order-review" "1.0": USER, PATIENT, ENCOUNTER, required("orders", Shape::Resource);
}

/// What every context is checked for, whatever the hook.
static ANY: &[Field] = &[optional("userId", Shape::Text), optional("patientId", Shape::Id("Patient")), ENCOUNTER];

impl Hook {
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        HOOKS.iter().find(|hook| hook.name == name)
    }
}

/// Whether a service may be bound to a hook with this name: one of the library, or one of an
/// organisation's own under its reverse domain name.
pub(crate) fn may_be_bound(name: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Hook::named(name).is_some() || (name.contains('.') && name.split('.').all(plain))
}

/// What a call is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// The patient's id, without a type.
    pub(crate) patient: Option<String>,
    /// The encounter's id.
    pub(crate) encounter: Option<String>,
    /// `Type/id` of the user, where it is a kind of user.
    pub(crate) user: Option<String>,
    /// Whether the context carries resources of its own.
    pub(crate) carries_resources: bool,
}

/// Checks the context of a hook.
pub(crate) fn check(hook: &str, context: &Members<'_>) -> Result<Subject, Problem> {
    let fields = Hook::named(hook).map_or(ANY, |hook| hook.fields);
    let mut subject = Subject::default();
    for field in fields {
        let Some((name, raw, shape)) = find(context, field) else {
            if field.required {
                return Err(Problem::missing(&format!("context.{}", field.name)));
            }
            continue;
        };
        let wrong = |expected: &str| Problem::value(&format!("context.{name}"), expected);
        match shape {
            Shape::Id(kind) => {
                let id = string(raw).and_then(|text| id(&text, kind)).ok_or_else(|| wrong("a FHIR id"))?;
                match name {
                    "patientId" => subject.patient = Some(id),
                    _ => subject.encounter = Some(id),
                }
            }
            Shape::Text => {
                let text = string(raw).ok_or_else(|| wrong("a text"))?;
                if name == "userId" {
                    subject.user = user(&text);
                }
            }
            Shape::Texts => {
                serde_json::from_str::<Vec<String>>(raw.get()).map_err(|_| wrong("a list of texts"))?;
            }
            Shape::Resource if is_object(raw) => subject.carries_resources = true,
            Shape::Resource => return Err(wrong("an object")),
            Shape::Resources => {
                let list: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|_| wrong("a list of objects"))?;
                if !list.iter().all(|item| is_object(item)) {
                    return Err(wrong("a list of objects"));
                }
                subject.carries_resources |= !list.is_empty();
            }
        }
    }
    Ok(subject)
}

/// A field's value, under its name or its former one. Absent, `null` and empty texts are the same.
fn find<'a>(context: &Members<'a>, field: &Field) -> Option<(&'static str, &'a RawValue, Shape)> {
    let given = |name: &str| member(context, name).filter(|raw| !is_null(raw) && raw.get() != "\"\"");
    if let Some(raw) = given(field.name) {
        return Some((field.name, raw, field.shape));
    }
    let (name, shape) = field.formerly?;
    Some((name, given(name)?, shape))
}

fn is_object(raw: &RawValue) -> bool {
    raw.get().starts_with('{')
}

/// Longest id: those of draft orders exceed FHIR's 64 characters in practice.
const MAX_ID: usize = 512;

fn id(text: &str, kind: &str) -> Option<String> {
    let bare = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
    let plain = (1..=MAX_ID).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._~-".contains(&byte));
    plain.then(|| bare.to_owned())
}

/// `Type/id` of a user, from a reference of any kind.
fn user(text: &str) -> Option<String> {
    let mut parts = text.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    let known = ["Practitioner", "PractitionerRole", "Patient", "RelatedPerson"].contains(&kind);
    (known && self::id(id, "").is_some()).then(|| format!("{kind}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::super::json::Object;
    use super::*;

    fn checked(hook: &str, context: &str) -> Result<Subject, Problem> {
        check(hook, &serde_json::from_str::<Object<'_>>(context).unwrap().0.unwrap())
    }

    /// A context that has everything its hook asks for.
    fn complete(hook: &Hook) -> serde_json::Map<String, serde_json::Value> {
        let value = |shape| match shape {
            Shape::Id(_) => serde_json::json!("p1"),
            Shape::Text => serde_json::json!("Practitioner/1"),
            Shape::Texts => serde_json::json!(["ServiceRequest/1"]),
            Shape::Resource => serde_json::json!({"resourceType": "Bundle"}),
            Shape::Resources => serde_json::json!([{"resourceType": "Task"}]),
        };
        hook.fields.iter().map(|field| (field.name.to_owned(), value(field.shape))).collect()
    }

    #[test]
    fn every_required_field_of_every_hook_is_required_and_typed() {
        for hook in HOOKS {
            let whole = complete(hook);
            let text = |map: &serde_json::Map<_, _>| serde_json::to_string(map).unwrap();
            assert!(checked(hook.name, &text(&whole)).is_ok(), "{}", hook.name);
            for field in hook.fields {
                let mut without = whole.clone();
                without.remove(field.name);
                assert_eq!(checked(hook.name, &text(&without)).is_err(), field.required, "{} {}", hook.name, field.name);
                for nothing in [serde_json::Value::Null, serde_json::json!("")] {
                    let mut null = whole.clone();
                    null.insert(field.name.to_owned(), nothing);
                    assert_eq!(checked(hook.name, &text(&null)).is_err(), field.required, "{} {}", hook.name, field.name);
                }
                let mut wrong = whole.clone();
                wrong.insert(field.name.to_owned(), serde_json::json!(5));
                let problem = format!("{:?}", checked(hook.name, &text(&wrong)).unwrap_err());
                assert!(problem.contains(&format!("context.{}", field.name)), "{problem}");
            }
        }
    }

    #[test]
    fn ids_are_bare_and_plain() {
        let patient = |id: &str| checked("patient-view", &format!(r#"{{"userId": "1", "patientId": "{id}"}}"#)).map(|it| it.patient);
        assert_eq!(patient("Patient/p1").unwrap().as_deref(), Some("p1"));
        assert!(patient(&"a.b-c".repeat(39)).is_ok());
        for bad in ["p1/x", "p1?x=1", "Observation/p1", "a b", &"a".repeat(600)] {
            assert!(patient(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn users_are_known_by_their_kind() {
        assert_eq!(user("https://ehr.example.org/fhir/Practitioner/1").as_deref(), Some("Practitioner/1"));
        assert_eq!(user("PractitionerRole/9").as_deref(), Some("PractitionerRole/9"));
        assert_eq!([user("Group/1"), user("1"), user("")], [None, None, None]);
    }

    #[test]
    fn order_dispatch_understands_its_earlier_spelling() {
        let former = r#"{"patientId": "p1", "order": "ServiceRequest/1", "performer": "Practitioner/1", "task": {"resourceType": "Task"}}"#;
        assert!(checked("order-dispatch", former).unwrap().carries_resources);
    }

    #[test]
    fn own_hooks_have_a_reverse_domain_name() {
        assert!(may_be_bound("order-sign") && may_be_bound("org.example.patient-transmogrify"));
        assert!(!may_be_bound("patient-transmogrify") && !may_be_bound("org..x"));
    }
}
