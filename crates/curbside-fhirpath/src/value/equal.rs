//! `=` and `~` for values and for whole collections.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::compare::{Comparison, compare, decimal};
use super::node::Node;
use super::temporal::Precision;
use super::{Collection, Value};

/// Whether two values are equal; `None` where that depends on what is not known.
pub(crate) fn equal(left: &Value<'_>, right: &Value<'_>) -> Option<bool> {
    if let (Value::Node(a), Value::Node(b)) = (left, right)
        && a.is(b)
    {
        return Some(true);
    }
    // Mostly an element is compared with a text that is written out.
    if let (Value::Node(node), Value::String(text)) | (Value::String(text), Value::Node(node)) = (left, right)
        && let Some(written) = node.written_text()
    {
        return Some(written == &**text);
    }
    match (left.system(), right.system()) {
        (Some(Value::Boolean(a)), Some(Value::Boolean(b))) => Some(a == b),
        (Some(Value::Type(a)), Some(Value::Type(b))) => Some(a == b),
        (Some(a), Some(b)) => match compare(&a, &b) {
            Comparison::Ordered(order) => Some(order == Ordering::Equal),
            Comparison::Unknown => None,
            Comparison::Mismatch => Some(false),
        },
        (None, None) => match (left, right) {
            (Value::Node(a), Value::Node(b)) => nodes(a, b, &mut equal),
            _ => Some(false),
        },
        _ => Some(false),
    }
}

/// Whether two values are alike: strings without regard to case and spacing, decimals at the coarser precision.
pub(crate) fn equivalent(left: &Value<'_>, right: &Value<'_>) -> bool {
    use Value as V;
    match (left.system(), right.system()) {
        (Some(V::String(a)), Some(V::String(b))) => folded(&a) == folded(&b),
        (Some(V::Date(a) | V::DateTime(a)), Some(V::Date(b) | V::DateTime(b))) | (Some(V::Time(a)), Some(V::Time(b))) => {
            let level = |precision: Precision| precision.min(Precision::Second);
            level(a.precision()) == level(b.precision()) && a.compare(&b) == Some(Ordering::Equal)
        }
        (Some(V::Quantity(a)), Some(V::Quantity(b))) => a.equivalent(&b),
        (Some(a), Some(b)) => match (decimal(&a), decimal(&b)) {
            (Some(a), Some(b)) => coarser(a, b),
            _ => equal(&a, &b) == Some(true),
        },
        (None, None) => match (left, right) {
            (V::Node(a), V::Node(b)) => a.is(b) || nodes(a, b, &mut |a, b| Some(equivalent(a, b))) == Some(true),
            _ => false,
        },
        _ => false,
    }
}

/// Equal when both are read with the digits of the less precise.
fn coarser(a: Decimal, b: Decimal) -> bool {
    let scale = a.normalize().scale().min(b.normalize().scale());
    a.round_dp(scale) == b.round_dp(scale)
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether two elements have equal children; their own place does not matter.
fn nodes(left: &Node<'_>, right: &Node<'_>, same: &mut dyn FnMut(&Value<'_>, &Value<'_>) -> Option<bool>) -> Option<bool> {
    let (ours, theirs) = (named_children(left), named_children(right));
    if ours.len() != theirs.len() {
        return Some(false);
    }
    let mut unknown = false;
    for ((name, value), (other_name, other)) in ours.iter().zip(&theirs) {
        if name != other_name {
            return Some(false);
        }
        match same(value, other) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(true) }
}

/// Children by the names of their elements, alphabetically: objects have no order. Those of one name keep theirs.
fn named_children<'a>(node: &Node<'a>) -> Vec<(String, Value<'a>)> {
    let mut all = Collection::Empty;
    node.all_children(&mut all);
    let name = |value: &Value<'_>| {
        let node = value.node()?;
        let entry = node.entry()?;
        let parent = node.record.entry(entry.parent)?;
        // An item of a list is named by the list.
        let key = if parent.json == crate::record::Json::List { parent.key } else { entry.key };
        Some(node.record.element_name(key).to_owned())
    };
    let mut named: Vec<_> = all.into_iter().map(|value| (name(&value).unwrap_or_default(), value)).collect();
    named.sort_by(|(a, _), (b, _)| a.cmp(b));
    named
}

/// `=`: same length, and equal one by one in their order.
pub(crate) fn collections_equal(left: &[Value<'_>], right: &[Value<'_>]) -> Option<bool> {
    if left.is_empty() || right.is_empty() {
        return None;
    }
    if left.len() != right.len() {
        return Some(false);
    }
    let mut unknown = false;
    for (a, b) in left.iter().zip(right) {
        match equal(a, b) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(true) }
}

/// `~`: same length, and each finds its like in whatever order. Two empty collections are alike.
pub(crate) fn collections_equivalent(left: &[Value<'_>], right: &[Value<'_>]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let mut rest: Vec<&Value<'_>> = right.iter().collect();
    left.iter().all(|value| match rest.iter().position(|other| equivalent(value, other)) {
        Some(at) => {
            rest.swap_remove(at);
            true
        }
        None => false,
    })
}
