//! Plots as SVG: bars and lines, with the numbers written beside them.

use std::fmt::Write as _;

use super::count;

/// A bar of several pieces.
pub(super) struct Bar<'b> {
    pub(super) label: &'b str,
    /// Class (its colour), what it is, and how many.
    pub(super) pieces: Vec<(&'b str, &'b str, u64)>,
    /// What is written behind it.
    pub(super) note: String,
}

/// How much of the page's width goes to what.
pub(super) struct Room {
    label: u64,
    bar: u64,
    note: u64,
}

/// Room for labels that are names.
pub(super) const NAMES: Room = Room { label: 250, bar: 420, note: 230 };
/// Room for labels that are sentences.
pub(super) const SENTENCES: Room = Room { label: 560, bar: 260, note: 80 };
const ROW: u64 = 26;
/// Width of lines over time.
const WIDTH: u64 = 370;

/// Bars below one another, on a scale that ends at `most`; 0 means at the longest of them.
pub(super) fn bars(title: &str, room: &Room, most: u64, bars: &[Bar<'_>]) -> String {
    let Room { label, bar: longest, note } = *room;
    let most = bars.iter().map(Bar::total).max().unwrap_or(0).max(most).max(1);
    let height = bars.len() as u64 * ROW + 6;
    let mut svg = frame(title, label + longest + note, height);
    for (at, bar) in bars.iter().enumerate() {
        let y = at as u64 * ROW + 4;
        // A letter is about seven wide.
        let text = shortened(bar.label, usize::try_from(label / 7).unwrap_or(0));
        let _ = write!(svg, r#"<text x="{}" y="{}" class="label">{}</text>"#, label - 8, y + 14, escape(&text));
        let mut x = label * 100;
        for (class, what, number) in &bar.pieces {
            let width = number * longest * 100 / most;
            if width > 0 {
                let _ = write!(
                    svg,
                    r#"<rect x="{}" y="{y}" width="{}" height="18" class="{class}"><title>{}: {}</title></rect>"#,
                    hundredths(x),
                    hundredths(width),
                    escape(what),
                    count(*number)
                );
            }
            x += width;
        }
        let _ = write!(svg, r#"<text x="{}" y="{}" class="note">{}</text>"#, hundredths(x + 700), y + 14, escape(&bar.note));
    }
    svg.push_str("</svg>");
    svg
}

impl Bar<'_> {
    fn total(&self) -> u64 {
        self.pieces.iter().map(|(.., number)| number).sum()
    }
}

/// Lines over the same steps, on one scale.
pub(super) fn lines(title: &str, steps: &[&str], lines: &[(&str, &str, Vec<u64>)]) -> String {
    const HEIGHT: u64 = 110;
    let most = lines.iter().flat_map(|(.., points)| points).copied().max().unwrap_or(0).max(1);
    let gaps = (steps.len() as u64).saturating_sub(1).max(1);
    let mut svg = frame(title, WIDTH + 90, HEIGHT + 40);
    let _ = write!(svg, r#"<line x1="50" y1="{0}" x2="{1}" y2="{0}" class="axis"/>"#, HEIGHT + 8, WIDTH + 50);
    let _ =
        write!(svg, r#"<text x="44" y="16" class="label">{}</text><text x="44" y="{}" class="label">0</text>"#, count(most), HEIGHT + 12);
    for (at, name) in [steps.first(), steps.last()].into_iter().enumerate() {
        let (x, anchor) = if at == 0 { (50, "start") } else { (WIDTH + 50, "end") };
        let _ = write!(svg, r#"<text x="{x}" y="{}" text-anchor="{anchor}">{}</text>"#, HEIGHT + 28, escape(name.unwrap_or(&"")));
    }
    for (class, what, points) in lines {
        let place =
            |(at, number): (usize, &u64)| (50 + at as u64 * WIDTH / gaps, hundredths((HEIGHT * (most - number) * 100) / most + 800));
        let path: Vec<String> = points.iter().enumerate().map(place).map(|(x, y)| format!("{x},{y}")).collect();
        let _ = write!(svg, r#"<polyline points="{}" class="line-{class}"/>"#, path.join(" "));
        for (point, (step, number)) in points.iter().enumerate().zip(steps.iter().zip(points)) {
            let (x, y) = place(point);
            let text = format!("{step}: {} {what}", count(*number));
            let _ = write!(svg, r#"<circle cx="{x}" cy="{y}" r="3" class="{class}"><title>{}</title></circle>"#, escape(&text));
        }
    }
    svg.push_str("</svg>");
    svg
}

fn frame(title: &str, width: u64, height: u64) -> String {
    let title = escape(title);
    format!(r#"<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{title}">"#)
}

fn hundredths(number: u64) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

/// The start of a text that is too long.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

/// Text for HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
