//! A page of text: headings, hanging indents, lines broken between words.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use anstyle::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

use crate::report::plain;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default();
pub(crate) const BLUE: Style = AnsiColor::Blue.on_default();

/// Columns where the output is no terminal.
const WIDTH: usize = 100;

/// A page of text that grows downwards.
#[derive(Debug)]
pub(crate) struct Page {
    text: String,
    width: usize,
}

impl Page {
    /// An empty page, as wide as the terminal where that is sensible.
    pub(crate) fn new() -> Self {
        let width = if std::io::stdout().is_terminal() { textwrap::termwidth().clamp(60, 120) } else { WIDTH };
        Self { text: String::new(), width }
    }

    /// How many columns it has.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// The text, with its colours.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// An empty line, unless there is one.
    pub(crate) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// A heading of a section, with a remark behind it.
    pub(crate) fn heading(&mut self, title: &str, remark: &str) {
        self.gap();
        let remark = if remark.is_empty() { String::new() } else { format!("  {DIM}{}{DIM:#}", plain(remark)) };
        let _ = writeln!(self.text, "{BOLD}{}{BOLD:#}{remark}", plain(title));
    }

    /// A paragraph behind a mark; further lines begin where its text began.
    pub(crate) fn item(&mut self, indent: usize, mark: &str, style: Style, text: &str) {
        let hang = indent + if mark.is_empty() { 0 } else { textwrap::core::display_width(mark) + 1 };
        let room = self.width.saturating_sub(hang).max(20);
        let clean = plain(text);
        let mut lines = wrap(&clean, room).into_iter();
        let first = lines.next().unwrap_or_default();
        let lead = if mark.is_empty() { String::new() } else { format!("{style}{mark}{style:#} ") };
        let _ = writeln!(self.text, "{}{lead}{first}", " ".repeat(indent));
        for line in lines {
            let _ = writeln!(self.text, "{}{line}", " ".repeat(hang));
        }
    }

    /// A paragraph behind a mark, in a tree: `lead` is drawn before its first line.
    pub(crate) fn branch(&mut self, lead: &str, mark: &str, style: Style, text: &str) {
        let used = textwrap::core::display_width(lead) + 2;
        let clean = plain(text);
        let mut lines = wrap(&clean, self.width.saturating_sub(used)).into_iter();
        let _ = writeln!(self.text, "{lead}{style}{mark}{style:#} {}", lines.next().unwrap_or_default());
        let further = lead.replace("├─ ", "│  ").replace("└─ ", "   ");
        for line in lines {
            let _ = writeln!(self.text, "{further}  {line}");
        }
    }

    /// A paragraph.
    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        self.item(indent, "", Style::new(), text);
    }

    /// A line as it stands, its styles included. What comes from a record has been made plain.
    pub(crate) fn styled(&mut self, text: &str) {
        let _ = writeln!(self.text, "{}", text.trim_end());
    }
}

/// The lines of a text, broken between words only: dates and ids keep together.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let options = Options::new(columns.max(20)).break_words(false).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text.trim_end(), options).into_iter().map(|line| line.into_owned()).collect()
}
