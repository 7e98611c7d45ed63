//! Facts as the values of a template.

use std::fmt;
use std::sync::Arc;

use curbside_rules::Truth;
use curbside_rules::fact::Fact;
use minijinja::value::{Object, Value, ValueKind};

/// What the record does not say.
const NOT_RECORDED: &str = "not recorded";

/// A fact as a value.
pub(crate) fn value(fact: &Fact) -> Value {
    match fact {
        Fact::Text(text) | Fact::Number(text) => Value::from(text.as_str()),
        Fact::Truth(truth) => self::truth(*truth),
        Fact::List(items) => items.iter().map(value).collect(),
        Fact::Record(members) => Value::from_pairs(members.iter().map(|(name, member)| (*name, value(member)))),
        Fact::Missing => Value::from(()),
    }
}

/// A truth: in a condition it is true only where it is true.
pub(crate) fn truth(truth: Truth) -> Value {
    Value::from_object(ThreeValued(truth))
}

/// Text.
pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::from(text.into())
}

/// A number.
pub(crate) fn number(number: usize) -> Value {
    Value::from(number.to_string())
}

/// A list of texts.
pub(crate) fn texts(list: impl IntoIterator<Item = String>) -> Value {
    list.into_iter().map(Value::from).collect()
}

/// Named values.
pub(crate) fn record(members: Vec<(&'static str, Value)>) -> Value {
    Value::from_pairs(members)
}

/// A value as it is shown.
pub(crate) fn shown(value: &Value) -> String {
    match value.kind() {
        ValueKind::None | ValueKind::Undefined => NOT_RECORDED.to_owned(),
        _ => value.to_string(),
    }
}

#[derive(Debug)]
struct ThreeValued(Truth);

impl Object for ThreeValued {
    fn is_true(self: &Arc<Self>) -> bool {
        self.0 == Truth::True
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let is = |truth: Truth| Some(Value::from(self.0 == truth));
        match key.as_str()? {
            "is_unknown" => is(Truth::Unknown),
            "is_false" => is(Truth::False),
            "is_true" => is(Truth::True),
            _ => None,
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}
