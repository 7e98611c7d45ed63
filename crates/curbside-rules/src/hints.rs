//! What to write instead, where YAML read something else than its author meant.

use curbside_source::{Diagnostic, Sources};

/// The same complaint, with what to write where a figure was cut into pieces: by a decimal comma, or by the braces of a unit.
#[must_use]
pub fn with_hint(found: Diagnostic, sources: &Sources) -> Diagnostic {
    let (text, line) = (sources.text(found.span), line_of(&found, sources));
    let is_rest_of_figure = |text: &str| {
        let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
        digits.len() < text.len() && (digits.is_empty() || digits.starts_with([' ', '%']))
    };
    match found.code {
        "unknown-key" if is_rest_of_figure(text) => {
            found.help("figures have a decimal point, like `9.5 %`; between braces a comma ends them")
        }
        "yaml" if has_bare_braces(line) => found.help("quote what has braces: `\"30 mL/min/{1.73_m2}\"`"),
        _ => found,
    }
}

/// The line that a complaint is about.
fn line_of<'s>(found: &Diagnostic, sources: &'s Sources) -> &'s str {
    let line = sources.position(found.span).line;
    sources.whole(found.span.file).lines().nth(line.saturating_sub(1)).unwrap_or_default()
}

/// Whether a line has a unit with braces outside of quotes.
fn has_bare_braces(line: &str) -> bool {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for c in line.chars() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '{' && (before == '/' || before.is_ascii_digit()) => return true,
            None => {}
        }
        before = c;
    }
    false
}
