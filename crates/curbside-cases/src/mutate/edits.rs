//! The edits themselves, on the tree of a file.

use std::collections::BTreeMap;

use curbside_chart::time::{When, Zone};
use curbside_source::Span;
use curbside_source::yaml::{Key, Kind, Node};
use rust_decimal::Decimal;

/// A file with one edit.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) span: Span,
    pub(super) edit: String,
    pub(super) root: Node,
}

/// A place in a tree: which child of which child.
type Path = Vec<usize>;

/// One edit, before it is made: where, what is said of it, and what stands there then.
struct Idea {
    path: Path,
    span: Span,
    edit: String,
    node: Node,
}

/// Every edit of a file. `criteria` are the places where criteria are written.
pub(super) fn of(root: &Node, criteria: &BTreeMap<Span, &'static str>) -> Vec<Change> {
    let mut finder = Finder { criteria, ideas: Vec::new() };
    finder.visit(root, &mut Vec::new(), false);
    let made = finder.ideas.into_iter().filter_map(|idea| {
        let mut root = root.clone();
        *at(&mut root, &idea.path)? = idea.node;
        Some(Change { span: idea.span, edit: idea.edit, root })
    });
    made.collect()
}

fn at<'n>(node: &'n mut Node, path: &[usize]) -> Option<&'n mut Node> {
    let Some((first, rest)) = path.split_first() else { return Some(node) };
    let child = match &mut node.kind {
        Kind::List(items) => items.get_mut(*first)?,
        Kind::Map(entries) => &mut entries.get_mut(*first)?.1,
        Kind::Scalar { .. } => return None,
    };
    at(child, rest)
}

struct Finder<'c> {
    criteria: &'c BTreeMap<Span, &'static str>,
    ideas: Vec<Idea>,
}

impl Finder<'_> {
    fn visit(&mut self, node: &Node, path: &mut Path, inside: bool) {
        let is_criterion = self.criteria.contains_key(&node.span);
        if let (true, Kind::Map(entries)) = (is_criterion, &node.kind) {
            self.criterion(node, entries, path);
        }
        let inside = inside || is_criterion;
        match &node.kind {
            Kind::Scalar { text, plain } => {
                if inside {
                    self.figure(node, text, *plain, path);
                }
            }
            Kind::List(items) => {
                for (place, item) in items.iter().enumerate() {
                    path.push(place);
                    self.visit(item, path, inside);
                    path.pop();
                }
            }
            Kind::Map(entries) => {
                for (place, (key, value)) in entries.iter().enumerate() {
                    path.push(place);
                    match key.text.as_str() {
                        "decide" | "evidence" | "exclude" => self.rows(&key.text, value, path),
                        "then" | "else" if inside || is_table_row(entries) => self.then(value, path),
                        // Words for people, and where a figure comes from, decide nothing.
                        "because" | "source" | "sign_off" | "about" | "title" | "label" | "as" => {
                            path.pop();
                            continue;
                        }
                        _ => {}
                    }
                    // The default of a parameter is a figure of the criteria that use it; what is below `card` is none.
                    let inside = match key.text.as_str() {
                        "card" | "cards" | "card_if_unknown" => false,
                        "default" => true,
                        _ => inside,
                    };
                    self.visit(value, path, inside);
                    path.pop();
                }
                self.cards(node, entries, path);
            }
        }
    }

    fn idea(&mut self, path: &[usize], span: Span, edit: impl Into<String>, node: Node) {
        self.ideas.push(Idea { path: path.to_vec(), span, edit: edit.into(), node });
    }

    fn criterion(&mut self, node: &Node, entries: &[(Key, Node)], path: &[usize]) {
        let [(key, value)] = entries else { return };
        if key.text == "not" {
            self.idea(path, node.span, "`not` left out", value.clone());
        } else {
            self.idea(path, node.span, format!("`{}` negated", key.text), single("not", node.clone()));
        }
        let Kind::List(items) = &value.kind else { return };
        let other = match key.text.as_str() {
            "all" => "any",
            "any" => "all",
            _ => return,
        };
        if items.len() < 2 {
            return;
        }
        self.idea(path, key.span, format!("`{}` → `{other}`", key.text), single(other, value.clone()));
        for (place, item) in items.iter().enumerate() {
            let mut fewer = items.clone();
            fewer.remove(place);
            let list = Node { span: value.span, kind: Kind::List(fewer) };
            self.idea(path, item.span, format!("left out of `{}`", key.text), single(&key.text, list));
        }
    }

    /// Rows of a table: each left out, but the last, which says what happens otherwise.
    fn rows(&mut self, table: &str, value: &Node, path: &[usize]) {
        let Kind::List(rows) = &value.kind else { return };
        for (place, row) in rows.iter().enumerate().take(rows.len().saturating_sub(1)) {
            let mut fewer = rows.clone();
            fewer.remove(place);
            self.idea(path, row.span, format!("row left out of `{table}`"), Node { span: value.span, kind: Kind::List(fewer) });
        }
    }

    fn then(&mut self, value: &Node, path: &[usize]) {
        let Kind::Scalar { text, plain: true } = &value.kind else { return };
        let others: &[&str] = match text.as_str() {
            "true" => &["unknown", "false"],
            "false" => &["unknown", "true"],
            "unknown" => &["true", "false"],
            _ => &[],
        };
        for other in others {
            self.idea(path, value.span, format!("{text} → {other}"), scalar(value.span, other));
        }
    }

    /// A number or a date moved by one, either way.
    fn figure(&mut self, node: &Node, text: &str, plain: bool, path: &[usize]) {
        for step in [1, -1] {
            if let Some(moved) = moved(text, step) {
                let edit = format!("{text} → {moved}");
                self.idea(path, node.span, edit, Node { span: node.span, kind: Kind::Scalar { text: moved, plain } });
            }
        }
    }

    /// The cards of a rule: met and unknown swapped, and each more or less urgent.
    fn cards(&mut self, node: &Node, entries: &[(Key, Node)], path: &mut Path) {
        let place = |name: &str| entries.iter().position(|(key, _)| key.text == name);
        if let (Some(met), Some(unknown)) = (place("card"), place("card_if_unknown")) {
            let mut swapped = entries.to_vec();
            for (place, name) in [(met, "card_if_unknown"), (unknown, "card")] {
                if let Some((key, _)) = swapped.get_mut(place) {
                    name.clone_into(&mut key.text);
                }
            }
            let span = entries.get(unknown).map_or(node.span, |(key, _)| key.span);
            self.idea(path, span, "the cards for met and unknown swapped", Node { span: node.span, kind: Kind::Map(swapped) });
        }
        let has_card = place("indicator").is_some() && place("summary").is_some();
        if !has_card {
            return;
        }
        for (name, others) in [("outcome", ["met", "unknown"].as_slice()), ("indicator", &["info", "warning", "critical"])] {
            let Some((at, (_, value))) = place(name).and_then(|at| Some((at, entries.get(at)?))) else { continue };
            let Kind::Scalar { text, .. } = &value.kind else { continue };
            // The next one of the list is enough: a case either looks at it or does not.
            let next = others.iter().position(|other| other == text).and_then(|found| others.get((found + 1) % others.len()));
            if let Some(next) = next {
                path.push(at);
                self.idea(path, value.span, format!("{name} {text} → {next}"), scalar(value.span, next));
                path.pop();
            }
        }
    }
}

fn is_table_row(entries: &[(Key, Node)]) -> bool {
    entries.iter().all(|(key, _)| matches!(key.text.as_str(), "if" | "then" | "else" | "because" | "label" | "in"))
}

fn single(key: &str, value: Node) -> Node {
    let span = value.span;
    Node { span, kind: Kind::Map(vec![(Key { text: key.to_owned(), span }, value)]) }
}

fn scalar(span: Span, text: &str) -> Node {
    Node { span, kind: Kind::Scalar { text: text.to_owned(), plain: true } }
}

/// A figure moved by one of its last digit, a date by one day; `None` where a text is neither. A figure
/// may have a unit (`42 days`), and may be the last word of a date counted from another
/// (`start + 41 days`).
fn moved(text: &str, step: i64) -> Option<String> {
    if text.len() == 10
        && let Some(day) = When::parse(text, &Zone::UTC).and_then(When::day)
    {
        return Some(day.plus_days(step).to_string());
    }
    let words: Vec<&str> = text.split(' ').collect();
    let at = words.iter().rposition(|word| Decimal::from_str_exact(word).is_ok())?;
    // Only a figure at the start, or one that is added to or taken from a date.
    let is_offset = at >= 1 && matches!(words.get(at - 1), Some(&"+" | &"-"));
    if at != 0 && !is_offset {
        return None;
    }
    let figure = Decimal::from_str_exact(words.get(at)?).ok()?;
    let moved = figure.checked_add(Decimal::new(step, figure.scale()))?;
    if moved.is_sign_negative() && !figure.is_sign_negative() {
        return None;
    }
    let moved = moved.to_string();
    let mut words = words;
    *words.get_mut(at)? = &moved;
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_dates_move_by_one() {
        for (text, up) in [
            ("18 years", Some("19 years")),
            ("0.525 mg/kg", Some("0.526 mg/kg")),
            ("2", Some("3")),
            ("2024-12-31", Some("2025-01-01")),
            ("start + 41 days", Some("start + 42 days")),
            ("esk_course.first_session - 28 days", Some("esk_course.first_session - 29 days")),
            ("$min_trial_days", None),
            ("route-iv", None),
            ("severe", None),
        ] {
            assert_eq!(moved(text, 1).as_deref(), up, "{text}");
        }
        assert_eq!(moved("0", -1), None);
    }
}
