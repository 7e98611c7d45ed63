//! Markdown of cards as plain lines: what an EHR would draw, as far as text can.

/// The lines of a text in Markdown.
pub(super) fn lines(markdown: &str) -> Vec<String> {
    markdown.lines().filter_map(line).collect()
}

fn line(line: &str) -> Option<String> {
    let text = line.trim();
    if !text.is_empty() && text.len() >= 3 && text.chars().all(|c| c == '-') {
        return Some("─".repeat(24));
    }
    match text.strip_prefix('|').and_then(|row| row.strip_suffix('|')) {
        // The row between the head of a table and its body.
        Some(row) if row.chars().all(|c| matches!(c, '-' | ':' | '|' | ' ')) => None,
        Some(row) => Some(cells(row).join(" · ")),
        None => Some(unescape(&line.replace("**", ""))),
    }
}

/// The cells of a table's row; an escaped bar is part of its cell.
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut before = ' ';
    for c in row.chars() {
        match cells.last_mut() {
            _ if c == '|' && before != '\\' => cells.push(String::new()),
            Some(cell) => cell.push(c),
            None => {}
        }
        before = c;
    }
    cells.iter().map(|cell| unescape(&cell.trim().replace("**", ""))).collect()
}

/// Text without the backslashes that keep its punctuation from being markup.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        if c == '\\' && letters.peek().is_some_and(char::is_ascii_punctuation) {
            continue;
        }
        plain.push(c);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_rules_and_escapes_become_plain_lines() {
        let text = "**Trials**\n| a | b\\|c |\n| --- | --- |\n| 1 | 2\\*3 |\n---\n- PHQ\\-9";
        assert_eq!(lines(text), ["Trials", "a · b|c", "1 · 2*3", "────────────────────────", "- PHQ-9"]);
    }
}
