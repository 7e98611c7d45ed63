//! What FHIR adds to FHIRPath.

use std::borrow::Cow;

use crate::environment::Coding;
use crate::evaluate::{Call, Evaluator, Result};
use crate::model::{TypeId, TypeKind, r4};
use crate::value::{Collection, Node, Step, Value};

pub(super) fn has_value<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(match call.input.single() {
        Some(Value::Node(node)) => node.has_value(),
        Some(_) => true,
        None => false,
    }
    .into())
}

pub(super) fn get_value<'a>(_: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    Ok(call.input.single().filter(|value| value.node().is_none_or(Node::has_value)).and_then(Value::system).into())
}

/// The elements of a name, of a node.
fn members<'a>(node: &Node<'a>, name: &str) -> Collection<'a> {
    let mut found = Collection::Empty;
    node.children(&Step::new(name), &mut found);
    found
}

fn text<'a>(node: &Node<'a>, name: &str) -> Option<Cow<'a, str>> {
    members(node, name).single().and_then(Value::text)
}

pub(super) fn extension<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(url) = call.text(evaluator, 0)? else { return Ok(Collection::Empty) };
    let step = Step::new("extension");
    let mut all = Collection::Empty;
    call.input.iter().filter_map(Value::node).for_each(|node| node.children(&step, &mut all));
    evaluator.charge(1 + all.len() as u64, call.span)?;
    Ok(all.into_iter().filter(|extension| extension.node().is_some_and(|node| text(node, "url").as_deref() == Some(&url))).collect())
}

/// What references point at, inside the record alone.
pub(super) fn resolve<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let mut found = Collection::Empty;
    for item in &call.input {
        evaluator.charge(8, call.span)?;
        let Value::Node(node) = item else { continue };
        let reference = if node.type_id() == TypeId::REFERENCE { text(node, "reference") } else { item.text() };
        let Some(reference) = reference else { continue };
        let record = node.record;
        let target = evaluator.references(record).and_then(|references| references.find(record, node.at, &reference));
        if let Some(at) = target {
            let ty = record.entry(at).and_then(|entry| entry.resource).unwrap_or(TypeId::RESOURCE);
            found.push(Value::Node(Node { record, at, ty }));
        }
    }
    Ok(found)
}

/// Whether a code, a Coding or one coding of a CodeableConcept is in a value set; empty where nobody knows.
pub(super) fn member_of<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(value_set) = call.text(evaluator, 0)? else { return Ok(Collection::Empty) };
    let Some(item) = evaluator.only(call.input.clone(), call.span, call.called_on())? else { return Ok(Collection::Empty) };
    let codings: Collection<'a> = match &item {
        Value::Node(node) if node.type_id() == TypeId::CODEABLE_CONCEPT => members(node, "coding"),
        _ => Collection::One(item.clone()),
    };
    let mut unknown = codings.is_empty();
    for coding in &codings {
        let (system, code) = match coding {
            Value::Node(node) if r4().kind(node.type_id()) == TypeKind::Complex => (text(node, "system"), text(node, "code")),
            other => (None, other.text()),
        };
        let Some(code) = code else {
            unknown = true;
            continue;
        };
        evaluator.charge(8, call.span)?;
        match evaluator.settings.terminology.member_of(&value_set, &Coding { system: system.as_deref(), code: &code }) {
            Some(true) => return Ok(true.into()),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Collection::Empty } else { false.into() })
}

/// Whether it conforms to a base definition of FHIR: whether it is of that type. Other profiles are not known here.
pub(super) fn conforms_to<'a>(evaluator: &mut Evaluator<'a>, call: &Call<'_, 'a>) -> Result<Collection<'a>> {
    let Some(url) = call.text(evaluator, 0)? else { return Ok(Collection::Empty) };
    let wanted = url.strip_prefix("http://hl7.org/fhir/StructureDefinition/").and_then(|name| r4().type_named(name));
    let Some(wanted) = wanted else { return Err(Evaluator::failure(call.span, format!("the profile `{url}` is not known"))) };
    let item = evaluator.only(call.input.clone(), call.span, call.called_on())?;
    Ok(item.map(|item| r4().is_a(item.type_id(), wanted)).into())
}
