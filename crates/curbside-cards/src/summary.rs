//! Summaries: one line, at most 139 characters.

use crate::markdown::clean;

/// Most characters a summary may have (CDS Hooks: fewer than 140).
pub(crate) const LONGEST: usize = 139;

/// One line of at most [`LONGEST`] characters, however they are counted; cut between words.
#[must_use]
pub(crate) fn summary(text: &str) -> String {
    let line = clean(text);
    if fits(&line) {
        return line;
    }
    let mut short = String::new();
    for word in line.split(' ') {
        let longer = if short.is_empty() { word.to_owned() } else { format!("{short} {word}") };
        if !fits(&format!("{longer}…")) {
            break;
        }
        short = longer;
    }
    // A single endless word is cut where it must be.
    if short.is_empty() {
        for c in line.chars() {
            if !fits(&format!("{short}{c}…")) {
                break;
            }
            short.push(c);
        }
    }
    short.push('…');
    short
}

fn fits(text: &str) -> bool {
    text.chars().count() <= LONGEST && text.encode_utf16().count() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_keep_to_their_length() {
        for length in [139, 140, 141, 500] {
            for unit in ["a", "漢", "😀", "word "] {
                let short = summary(&unit.repeat(length));
                assert!(fits(&short), "{unit} {length}");
            }
        }
        assert_eq!(summary(&"a".repeat(139)).chars().count(), 139);
        assert_eq!(summary("two\nlines"), "two lines");
        let cut = summary(&"word ".repeat(40));
        assert!(cut.ends_with("word…"), "{cut}");
    }
}
