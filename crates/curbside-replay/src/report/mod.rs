//! What people look at: a table for a terminal, a page with plots for a browser.

mod compared;
mod html;
mod plot;
mod section;
mod table;

pub use compared::{against, dependence, verdicts};
pub use html::page;
pub use section::Section;
pub use table::summary;

/// What a report says about itself.
#[derive(Clone, Debug)]
pub struct Heading {
    /// The moment at which records were looked at.
    pub as_of: String,
    /// What was replayed.
    pub inputs: Vec<String>,
    /// What a reader should know beforehand.
    pub notes: Vec<String>,
}

/// Reasons shown of each rule.
const REASONS: usize = 5;

/// A number with its thousands apart.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many of all, per hundred, with one decimal.
fn per_hundred(part: u64, all: u64) -> String {
    let tenths = part.saturating_mul(1000).saturating_add(all / 2).checked_div(all).unwrap_or(0);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(per_hundred(1, 3), "33.3");
        assert_eq!(per_hundred(250, 100), "250.0");
        assert_eq!(per_hundred(0, 0), "0.0");
    }
}
