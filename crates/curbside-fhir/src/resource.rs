//! Resources against the types of FHIR R4B, which for what rules create are those of R4.

use fhir_sdk::r4b::resources::Resource;
use serde_json::Value;

/// Checks that a resource is one of FHIR R4B: its type is known, what it must have is there, and each element and code is
/// one that may stand there.
///
/// # Errors
///
/// What is wrong, in the words of the parser where it refuses.
pub fn check(resource: &Value) -> Result<(), String> {
    let known = read(resource).map_err(|why| match culprit(resource, &why) {
        Some(name) => format!("`{name}`: {why}"),
        None => why,
    })?;
    // The types pass over what they do not know: it is what does not come back.
    match unknown(resource, &known) {
        Some(path) => Err(format!("unknown element `{path}`")),
        None => Ok(()),
    }
}

/// The resource as FHIR's types have it.
fn read(resource: &Value) -> Result<Value, String> {
    let read: Result<Resource, _> = serde_json::from_str(&resource.to_string());
    // Where in that text something is wrong means nothing to anybody.
    let refused = |error: serde_json::Error| error.to_string().split(" at line ").next().unwrap_or_default().to_owned();
    read.and_then(serde_json::to_value).map_err(refused)
}

/// The element that is wrong: without it something else is, or nothing.
fn culprit<'r>(resource: &'r Value, why: &str) -> Option<&'r str> {
    let mut names = resource.as_object().filter(|_| !why.starts_with("missing field"))?.keys().map(String::as_str);
    names.find(|name| {
        *name != "resourceType" && {
            let mut without = resource.clone();
            without.as_object_mut().is_some_and(|members| members.remove(*name).is_some()) && read(&without).err().as_deref() != Some(why)
        }
    })
}

/// The first element that is not among the known ones.
fn unknown(element: &Value, known: &Value) -> Option<String> {
    match (element, known) {
        (Value::Object(members), Value::Object(known)) => members.iter().find_map(|(name, member)| match known.get(name) {
            None => Some(name.clone()),
            Some(known) => unknown(member, known).map(|path| format!("{name}.{path}")),
        }),
        (Value::Array(items), Value::Array(known)) => items.iter().zip(known).find_map(|(item, known)| unknown(item, known)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_no_resource_is_refused_with_the_reason() {
        let order = |change: fn(&mut Value)| {
            let mut order = json!({"resourceType": "ServiceRequest", "status": "draft", "intent": "proposal", "authoredOn": "2026-01-31",
                "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]}, "subject": {"reference": "Patient/p"}});
            change(&mut order);
            check(&order)
        };
        assert_eq!(order(|_| ()), Ok(()));
        let wrong: [(fn(&mut Value), &str); 6] = [
            (|order| order["status"] = json!("drafty"), "`status`: Unknown value: drafty"),
            (|order| order["code"] = json!("Potassium"), "`code`: "),
            (|order| order["authoredOn"] = json!("soon"), "`authoredOn`: "),
            (|order| order["resourceType"] = json!("ServiceOrder"), "ServiceOrder"),
            (|order| order["code"]["coding"][0]["codes"] = json!("2823-3"), "`code.coding.codes`"),
            (|order| drop(order.as_object_mut().and_then(|order| order.remove("intent"))), "intent"),
        ];
        for (change, word) in wrong {
            let why = order(change).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }
}
