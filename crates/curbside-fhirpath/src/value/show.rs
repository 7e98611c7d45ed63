//! Values as text and as JSON.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::Value;

impl<'a> Value<'a> {
    /// As `toString()` writes it: `1.50`, `2026-11-23`, `5 'mg'`; `None` for elements that are no primitives.
    #[must_use]
    pub fn show(&self) -> Option<Cow<'a, str>> {
        Some(match self.system()? {
            Value::Boolean(truth) => Cow::Borrowed(if truth { "true" } else { "false" }),
            Value::Integer(integer) => integer.to_string().into(),
            Value::Decimal(decimal) => decimal.to_string().into(),
            Value::String(text) => text,
            Value::Date(date) => date.show_date().into(),
            Value::DateTime(moment) => moment.show_date_time().into(),
            Value::Time(time) => time.show_time().into(),
            Value::Quantity(quantity) => quantity.to_string().into(),
            Value::Type(id) => Cow::Borrowed(id.name()),
            Value::Tuple(_) | Value::Node(_) => return None,
        })
    }

    /// As JSON: an element of a record as it is written there, dates as strings, an amount as `{"value", "unit"}`.
    #[must_use]
    pub fn json(&self) -> Cow<'a, str> {
        match self {
            Value::Node(node) => node.json(),
            Value::Quantity(quantity) => {
                let mut json = format!("{{\"value\":{},\"unit\":", quantity.value);
                escape(&quantity.unit, &mut json);
                json.push('}');
                json.into()
            }
            Value::Type(id) => {
                let part = |member| Value::type_info(*id, member).unwrap_or_default();
                format!("{{\"namespace\":\"{}\",\"name\":\"{}\"}}", part("namespace"), part("name")).into()
            }
            Value::Tuple(members) => {
                let mut json = String::from("{");
                for (at, (name, value)) in members.iter().enumerate() {
                    json.push_str(if at > 0 { "," } else { "" });
                    escape(name, &mut json);
                    json.push(':');
                    json.push_str(&value.json());
                }
                json.push('}');
                json.into()
            }
            Value::Boolean(_) | Value::Integer(_) | Value::Decimal(_) => self.show().unwrap_or_default(),
            Value::String(_) | Value::Date(_) | Value::DateTime(_) | Value::Time(_) => {
                let mut json = String::new();
                escape(&self.show().unwrap_or_default(), &mut json);
                json.into()
            }
        }
    }
}

/// Writes a JSON string.
pub(crate) fn escape(text: &str, into: &mut String) {
    into.push('"');
    escape_inside(text, into);
    into.push('"');
}

/// Writes what stands between the quotes of a JSON string.
pub(crate) fn escape_inside(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            c if u32::from(c) < 0x20 => {
                let _ = write!(into, "\\u{:04x}", u32::from(c));
            }
            c => into.push(c),
        }
    }
}
