//! Why a value could not be read, in the words of somebody who writes YAML.

use std::fmt::{self, Display};

use serde::de;

use super::{Pass, identity};
use crate::yaml::{Kind, Node};
use crate::{Diagnostic, Span, did_you_mean};

/// Why a value could not be read, before it is known where.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) span: Option<Span>,
    pub(super) node: Option<usize>,
    /// Children of the failing node that had been left out.
    pub(super) left_out: Vec<String>,
    pub(super) missing: Option<&'static str>,
}

impl Failure {
    pub(super) fn new(code: &'static str, message: String) -> Self {
        Self { code, message, help: None, span: None, node: None, left_out: Vec::new(), missing: None }
    }

    pub(super) fn at(mut self, node: &Node, pass: &Pass) -> Self {
        if self.node.is_none() {
            self.node = Some(identity(node));
            self.span.get_or_insert(match &node.kind {
                // A whole map underlined says nothing: point at where it begins.
                Kind::Map(entries) if self.missing.is_some() => entries.first().map_or(node.span, |(key, _)| key.span),
                _ => node.span,
            });
            self.left_out = match &node.kind {
                Kind::Map(entries) => entries.iter().filter(|(_, value)| pass.skips(value)).map(|(key, _)| key.text.clone()).collect(),
                Kind::List(items) => items.iter().filter(|item| pass.skips(item)).map(|_| String::new()).collect(),
                Kind::Scalar { .. } => Vec::new(),
            };
        }
        self
    }

    /// Whether this only complains about something an earlier pass left out.
    pub(super) fn follows(&self) -> bool {
        match self.missing {
            Some(field) => self.left_out.iter().any(|name| name == field),
            None => !self.left_out.is_empty(),
        }
    }

    pub(super) fn diagnostic(self, fallback: Span) -> Diagnostic {
        Diagnostic::error(self.code, self.span.unwrap_or(fallback), self.message).maybe_help(self.help)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        let text = message.to_string();
        // Types of ours put what to write instead behind a line break.
        match text.split_once('\n') {
            Some((message, help)) => Self { help: Some(help.to_owned()), ..Self::new("invalid-value", message.to_owned()) },
            None => Self::new("invalid-value", text),
        }
    }

    fn invalid_type(found: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new("wrong-type", format!("expected {}, found {}", plainly(&expected.to_string()), noun(found)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self { missing: Some(field), ..Self::new("missing-key", format!("`{field}` is missing")) }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let help = did_you_mean(variant, expected.iter().copied());
        Self { help, ..Self::new("unknown-name", format!("unknown `{variant}`")) }
    }
}

/// What a type expects, in the words of somebody who writes YAML.
fn plainly(expected: &str) -> &str {
    match expected {
        "a sequence" => "a list",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "a boolean" => "`true` or `false`",
        "a string" => "text",
        other if other.starts_with("struct ") || other.starts_with("enum ") => "a map",
        other => other,
    }
}

fn noun(found: de::Unexpected<'_>) -> String {
    match found {
        de::Unexpected::Str(text) => format!("`{text}`"),
        de::Unexpected::Bool(value) => format!("`{value}`"),
        de::Unexpected::Unsigned(value) => format!("`{value}`"),
        de::Unexpected::Signed(value) => format!("`{value}`"),
        de::Unexpected::Float(value) => format!("`{value}`"),
        de::Unexpected::Seq => "a list".to_owned(),
        de::Unexpected::Map => "a map".to_owned(),
        de::Unexpected::Unit => "nothing".to_owned(),
        other => other.to_string(),
    }
}
