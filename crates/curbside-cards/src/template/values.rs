//! Facts as the values of a template.

use std::fmt;
use std::sync::Arc;

use curbside_rules::Truth;
use curbside_rules::fact::Fact;
use minijinja::value::{Object, Value, ValueKind};
use minijinja::{AutoEscape, Error, State};

use super::MARKDOWN;
use crate::markdown::escape;

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

/// Most items of a list that a text shows.
const MOST: usize = 50;

/// The filter `join`: each item whole, however long the list is, and how many more there are.
pub(crate) fn join(state: &State<'_, '_>, list: &Value, between: Option<&str>) -> Result<Value, Error> {
    if matches!(list.kind(), ValueKind::None | ValueKind::Undefined) {
        return Ok(Value::from(""));
    }
    let is_markdown = is_markdown(state);
    let items: Vec<Value> = list.try_iter()?.collect();
    let shown = items.iter().take(MOST).map(|item| if is_markdown && !item.is_safe() { escape(&shown(item)) } else { shown(item) });
    let mut text = shown.collect::<Vec<_>>().join(between.unwrap_or_default());
    if items.len() > MOST {
        text.push_str(&format!(" and {} more", items.len() - MOST));
    }
    Ok(if is_markdown { Value::from_safe_string(text) } else { Value::from(text) })
}

/// Whether what a template puts out is Markdown.
pub(crate) fn is_markdown(state: &State<'_, '_>) -> bool {
    matches!(state.auto_escape(), AutoEscape::Custom(name) if name == MARKDOWN)
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
