//! A part of a report: the same on a terminal and on a page.

use std::fmt::Write as _;

use comfy_table::CellAlignment;

use super::plot::escape;
use super::table::plain;

/// A part of a report.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// What it is about; a page has it as a heading.
    pub(super) title: String,
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug)]
pub(super) enum Part {
    Words(String),
    Table(Grid),
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    head: Vec<&'static str>,
    /// Which of its columns are numbers.
    numbers: std::ops::Range<usize>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    pub(super) fn new<const N: usize>(head: [&'static str; N], numbers: std::ops::Range<usize>) -> Self {
        Self { head: head.into(), numbers, rows: Vec::new() }
    }

    pub(super) fn row<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.into());
    }

    /// For a terminal.
    pub(super) fn text(&self) -> String {
        let mut table = plain(&self.head);
        for column in self.numbers.clone() {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.add_rows(&self.rows);
        format!("{table}\n")
    }

    /// For a page.
    pub(super) fn html(&self) -> String {
        let cell = |tag: &str, (column, text): (usize, &str)| {
            let class = if self.numbers.contains(&column) { " class=\"number\"" } else { "" };
            format!("<{tag}{class}>{}</{tag}>", escape(text))
        };
        let row = |tag: &str, texts: Vec<&str>| texts.into_iter().enumerate().map(|text| cell(tag, text)).collect::<String>();
        let mut html = format!("<div class=\"wide\"><table><tr>{}</tr>\n", row("th", self.head.clone()));
        for texts in &self.rows {
            let _ = writeln!(html, "<tr>{}</tr>", row("td", texts.iter().map(String::as_str).collect()));
        }
        html.push_str("</table></div>\n");
        html
    }
}

impl Section {
    /// For a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Words(words) => format!("{words}\n"),
            Part::Table(table) => table.text(),
        });
        parts.collect()
    }

    /// For a page.
    pub(super) fn html(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Words(words) => format!("<p>{}</p>\n", escape(words)),
            Part::Table(table) => table.html(),
        });
        format!("<h2>{}</h2>\n{}", escape(&self.title), parts.collect::<String>())
    }
}
