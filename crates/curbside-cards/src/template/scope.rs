//! What the texts of a rule can name, and what each looks like.

use std::collections::BTreeMap;

use curbside_rules::fact::Shape;
use curbside_rules::{Plan, RuleId};

/// Names and their shapes.
pub(crate) type Scope = BTreeMap<String, Shape>;

/// What the texts of a rule can name: its facts, the pack's parameters, and the decision itself.
pub(crate) fn scope(plan: &Plan, rule: RuleId) -> Scope {
    let mut scope = plan.shapes(rule);
    let list = |shape: Shape| Shape::List(Box::new(shape));
    let parameters = plan.parameters.0.keys().map(|name| (name.clone(), Shape::Text(40)));
    let missing = Shape::Record(vec![("what", Shape::Text(200)), ("recorded_in", Shape::Text(120))]);
    let own = [
        ("parameters", Shape::Named(parameters.collect())),
        ("rule", Shape::Record(vec![("id", Shape::Text(60)), ("title", Shape::Text(120)), ("version", Shape::Text(20))])),
        ("outcome", Shape::Label(vec!["met".into(), "unknown".into()])),
        ("because", Shape::Text(400)),
        ("evidence", list(Shape::Text(120))),
        ("missing", list(missing)),
        ("notes", list(Shape::Text(300))),
        ("pending", Shape::Number(5)),
        ("as_of", Shape::Date),
        ("hook", Shape::Text(40)),
    ];
    scope.extend(own.into_iter().map(|(name, shape)| (name.to_owned(), shape)));
    scope
}
