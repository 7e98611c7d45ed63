//! A path of a `record` that no resource of its type has: nothing would ever be found there.

use curbside_fhirpath::{Expression, Kind, Scope, TypeId};
use curbside_source::{Diagnostic, Span};

use super::{Lint, Run};
use crate::model::LintLevel;

pub(super) const LINT: Lint = Lint {
    name: "unknown-element",
    level: LintLevel::Deny,
    about: "a path of a `record` that FHIR R4 does not have in that type",
    run: Run::OnTheWay,
};

/// Members of a resource's JSON that are no elements.
const MEMBERS: [&str; 1] = ["resourceType"];

/// The complaint about a path that a type of R4 does not have. Of types that R4 does not have nothing is known.
pub(crate) fn unknown_element(kind: &str, path: &str, span: Span) -> Option<Diagnostic> {
    TypeId::named(kind)?;
    let scope = Scope::on_kind(Kind::many(TypeId::named("Resource")?));
    let mut known = kind.to_owned();
    for name in path.split('.').filter(|name| !MEMBERS.contains(name)) {
        match element(&known, name, &scope) {
            Ok(text) => known = text,
            Err(help) => {
                let message = format!("FHIR R4 has no `{path}` in {kind}: `{name}` is none of its elements");
                return Some(Diagnostic::error(LINT.name, span, message).maybe_help(help));
            }
        }
    }
    None
}

/// How FHIRPath asks for an element of what is known, by its name in JSON; else what may have been meant.
fn element(known: &str, name: &str, scope: &Scope<'_>) -> Result<String, Option<String>> {
    let prepare = |name: &str| Expression::prepare(&format!("{known}.`{name}`"), scope);
    let help = match prepare(name) {
        Ok(expression) if expression.kind().types().is_none_or(|types| types.len() <= 1) => return Ok(format!("{known}.`{name}`")),
        Ok(_) => Some("it is of one of several types: name it as JSON does, with the type, like `valueQuantity`".to_owned()),
        Err(errors) => errors.iter().find_map(|error| error.help.clone()),
    };
    // JSON calls the element `value` of the type Quantity `valueQuantity`.
    let ends = name.char_indices().skip(1).filter(|(_, letter)| letter.is_ascii_uppercase());
    for (element, kind) in ends.filter_map(|(at, _)| name.split_at_checked(at)) {
        let mut primitive = kind.to_owned();
        if let Some(first) = primitive.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        let Ok(expression) = prepare(element) else { continue };
        let types = expression.kind().types().unwrap_or_default();
        let is_one = |kind: &&String| types.len() > 1 && TypeId::named(kind).is_some_and(|id| types.contains(&id));
        if let Some(kind) = [kind.to_owned(), primitive].iter().find(is_one) {
            return Ok(format!("{known}.`{element}`.ofType({kind})"));
        }
    }
    Err(help)
}

#[cfg(test)]
mod tests {
    use curbside_source::Sources;

    use super::*;

    #[test]
    fn paths_of_json_are_known() {
        let span = Span { file: Sources::default().add("a", ""), start: 0, end: 0 };
        for (kind, path) in [
            ("Goal", "lifecycleStatus"),
            ("ClaimResponse", "preAuthRef"),
            ("ClaimResponse", "item.adjudication.category"),
            ("FamilyMemberHistory", "condition.code"),
            ("Observation", "valueQuantity.value"),
            ("Observation", "valueString"),
            ("Condition", "onsetAge.value"),
            ("ServiceRequest", "resourceType"),
            ("ServiceRequest", "subject.reference"),
            ("Goal", "extension.valueCode"),
            ("Goal", "meta.tag.code"),
            ("DeviceUsage", "whatever"),
        ] {
            assert_eq!(unknown_element(kind, path, span), None, "{kind}.{path}");
        }
        for (kind, path) in [
            ("Goal", "lifecycleStatuss"),
            ("Goal", "target.dew"),
            ("Observation", "valueGoal"),
            ("Goal", "status"),
            ("Observation", "value"),
            ("Goal", "lifecycleStatusCode"),
        ] {
            assert!(unknown_element(kind, path, span).is_some(), "{kind}.{path}");
        }
    }
}
