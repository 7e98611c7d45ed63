//! A tree of YAML as text. What is written reads back as the same tree.

use std::fmt::Write as _;

use curbside_source::yaml::{Kind, Node};

/// Writes a tree in flow style.
pub(super) fn flow(node: &Node) -> String {
    let mut text = String::new();
    write(node, &mut text);
    text.push('\n');
    text
}

fn write(node: &Node, out: &mut String) {
    match &node.kind {
        Kind::Scalar { text, plain: true } if is_bare(text) => out.push_str(text),
        Kind::Scalar { text, .. } => quoted(text, out),
        Kind::List(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push_str(", ");
            }
            out.push(']');
        }
        Kind::Map(entries) => {
            out.push('{');
            for (key, value) in entries {
                quoted(&key.text, out);
                out.push_str(": ");
                write(value, out);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

/// Whether a plain scalar may stand in flow style as it is. One that may not is none of the words and
/// numbers that mean something else in quotes.
fn is_bare(text: &str) -> bool {
    matches!(text, "" | "~") || text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '+' | ' '))
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use curbside_source::Sources;
    use curbside_source::yaml::parse;

    use super::*;

    /// A tree without its places.
    fn shape(node: &Node) -> String {
        match &node.kind {
            Kind::Scalar { text, plain } => format!("{}{text:?}", if *plain && is_bare(text) { "p" } else { "q" }),
            Kind::List(items) => format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(",")),
            Kind::Map(entries) => format!(
                "{{{}}}",
                entries.iter().map(|(key, value)| format!("{:?}:{}", key.text, shape(value))).collect::<Vec<_>>().join(",")
            ),
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let text = "title: \"a \\\"b\\\" c\"\nwhen:\n  all:\n    - age: {at_least: 18 years, less_than: $max}\n    - use: x\nempty:\nbig: 140 mm[Hg]\nlines: |\n  one\n  - two: {{ x }}\n\n  three\nn: 0.50\nt: true\nq: \"true\"\n";
        let mut sources = Sources::default();
        let before = sources.add("a.yaml", text);
        let before = parse(&sources, before).unwrap();
        let after = sources.add("b.yaml", flow(&before));
        assert_eq!(shape(&parse(&sources, after).unwrap()), shape(&before));
    }
}
