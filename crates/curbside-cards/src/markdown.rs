//! Text of the record inside Markdown: shown as text, whatever it contains.

/// Longest text of the record that is shown.
const LONGEST: usize = 200;

/// Escapes text so that Markdown, the HTML in it, and links that renderers make by themselves show
/// it as it stands. Line breaks become spaces, control and direction characters vanish.
#[must_use]
pub fn escape(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { escape_all(text) }
}

/// Whether a text is shown as it stands, as most are.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" .,;/()+-%='".contains(byte);
    let is_spaced = || text.starts_with(' ') || text.ends_with(' ') || text.contains("  ");
    let is_link = || text.contains("www.") || text.contains("WWW.");
    text.len() <= LONGEST && text.as_bytes().iter().all(is_plain) && !is_spaced() && !is_link()
}

fn escape_all(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let cleaned = clean(text);
    let mut characters = cleaned.chars();
    for c in characters.by_ref().take(LONGEST) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    if characters.next().is_some() {
        escaped.push('…');
    }
    without_links(&escaped)
}

/// Renderers make links of what looks like an address; a zero-width space keeps it text.
fn without_links(text: &str) -> String {
    let mut safe = text.replace("://", ":&#8203;//");
    for scheme in ["mailto:", "javascript:", "data:", "xmpp:"] {
        if let Some(at) = safe.to_ascii_lowercase().find(scheme) {
            safe.insert_str(at + scheme.len(), "&#8203;");
        }
    }
    safe.replace("www.", "www&#8203;.").replace("WWW.", "WWW&#8203;.").replace('@', "&#64;")
}

/// One line without control characters and without characters that turn the direction of text.
#[must_use]
pub(crate) fn clean(text: &str) -> String {
    let direction = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let spaced = text.chars().filter(|c| !direction(*c)).map(|c| if c.is_control() { ' ' } else { c });
    let line: String = spaced.collect();
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_record_becomes_markup() {
        for (text, shown) in [
            ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
            ("[x](javascript:alert(1))", "\\[x\\](javascript:&#8203;alert(1))"),
            ("**b** | a", "\\*\\*b\\*\\* \\| a"),
            ("see http://evil.example", "see http:&#8203;//evil.example"),
            ("a\nb\u{202e}c\u{0}", "a bc"),
            ("sertraline 100 mg/day (day 1-42).", "sertraline 100 mg/day (day 1-42)."),
        ] {
            assert_eq!(escape(text), shown);
        }
        assert_eq!(escape(&"x".repeat(300)).chars().count(), 201);
    }

    proptest::proptest! {
        #[test]
        fn what_is_plain_is_shown_as_it_stands(text in "[a-zW .,;/()+%='-]{0,12}|[ -~\u{e9}\n]{0,12}|(www|WWW|x)[.]( |  )?[a-z]?") {
            assert!(!is_plain(&text) || escape_all(&text) == text, "{text}");
        }
    }
}
