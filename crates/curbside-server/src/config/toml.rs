//! TOML, as the tree that configuration is read from: every value with its place.

use curbside_source::yaml::{Key, Kind, Node};
use curbside_source::{Diagnostic, FileId, Sources, Span};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Reads the one document of a file.
pub(super) fn parse(sources: &Sources, file: FileId) -> Result<Node, Vec<Diagnostic>> {
    let text = sources.whole(file);
    let place = |range: std::ops::Range<usize>| {
        let clip = |at: usize| u32::try_from(at.min(text.len())).unwrap_or(u32::MAX);
        Span { file, start: clip(range.start), end: clip(range.end) }
    };
    match DeTable::parse(text) {
        Ok(table) => {
            let span = place(table.span());
            Ok(Node { span, kind: map(table.get_ref(), &place) })
        }
        Err(error) => {
            let span = place(error.span().unwrap_or(0..0));
            Err(vec![Diagnostic::error("toml", span, format!("this is not TOML: {}", error.message()))])
        }
    }
}

fn map(table: &DeTable<'_>, place: &impl Fn(std::ops::Range<usize>) -> Span) -> Kind {
    let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
        (Key { text: key.get_ref().to_string(), span: place(key.span()) }, node(value, place))
    };
    Kind::Map(table.iter().map(entry).collect())
}

fn node(value: &Spanned<DeValue<'_>>, place: &impl Fn(std::ops::Range<usize>) -> Span) -> Node {
    let plain = |text: String| Kind::Scalar { text, plain: true };
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Scalar { text: text.to_string(), plain: false },
        DeValue::Integer(number) => plain(number.to_string()),
        DeValue::Float(number) => plain(number.to_string()),
        DeValue::Boolean(truth) => plain(truth.to_string()),
        DeValue::Datetime(moment) => plain(moment.to_string()),
        DeValue::Array(items) => Kind::List(items.iter().map(|item| node(item, place)).collect()),
        DeValue::Table(table) => map(table, place),
    };
    Node { span: place(value.span()), kind }
}
