//! Sources that files of codes and instruments cite: the pack must have them, as it must have those
//! that rules cite.

use curbside_source::{Diagnostic, Diagnostics, FileId, Span, did_you_mean, yaml};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>, found: &mut Diagnostics) {
    let known = &subject.plan.pack.sources;
    if known.is_empty() {
        return;
    }
    for (name, span) in cited(subject, |path| path.starts_with("value-sets/") || path.starts_with("instruments/")) {
        let is_words = name.contains(' ');
        if !is_words && !known.contains_key(&name) && !subject.plan.is_lost(&name) {
            let help = did_you_mean(&name, known.keys().map(String::as_str));
            found.push(Diagnostic::error("unknown-source", span, format!("unknown source `{name}`")).maybe_help(help));
        }
    }
}

/// What the files with such paths cite: the texts of `source`, and `from` of claims.
pub(super) fn cited(subject: &Subject<'_>, is_asked: impl Fn(&str) -> bool) -> Vec<(String, Span)> {
    let files: Vec<FileId> = subject.sources.files().filter(|(_, path, _)| is_asked(path)).map(|(file, ..)| file).collect();
    let mut names = Vec::new();
    for file in files {
        if let Ok(root) = yaml::parse(subject.sources, file) {
            gather(&root, &mut names);
        }
    }
    names
}

fn gather(node: &yaml::Node, names: &mut Vec<(String, Span)>) {
    match &node.kind {
        yaml::Kind::Scalar { .. } => {}
        yaml::Kind::List(items) => items.iter().for_each(|item| gather(item, names)),
        yaml::Kind::Map(entries) => {
            let is_claim = entries.iter().any(|(key, _)| key.text == "claim");
            for (key, value) in entries {
                match &value.kind {
                    yaml::Kind::Scalar { text, .. } if key.text == "source" || is_claim && key.text == "from" => {
                        names.push((text.clone(), value.span));
                    }
                    _ => gather(value, names),
                }
            }
        }
    }
}
