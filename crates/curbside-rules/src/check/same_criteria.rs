//! Two rules of one service that speak at the same moments and as loudly: one of them is a copy.

use std::collections::BTreeMap;

use curbside_source::{Diagnostic, Diagnostics, Span, Spanned, yaml};

use super::{Lint, Run, Subject};
use crate::model::{LintLevel, RuleFile};

pub(super) const LINT: Lint = Lint {
    name: "same-criteria",
    level: LintLevel::Warn,
    about: "two rules of one service with the same criteria and the same indicators",
    run: Run::Always(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    for service in &subject.plan.pack.services {
        let mut seen: BTreeMap<String, &Spanned<String>> = BTreeMap::new();
        for name in &service.rules {
            let Some(Some(file)) = subject.rules.get(&name.value) else { continue };
            // One that is listed twice is complained about as that.
            if seen.values().any(|title| title.span == file.title.span) {
                continue;
            }
            let Some(key) = key(file, subject) else { continue };
            if let Some(first) = seen.get(&key) {
                let message =
                    format!("service `{}` has another rule with the criteria and indicators of `{}`", service.id.value, name.value);
                found.push(Diagnostic::warning(LINT.name, file.title.span, message).also(first.span, "this one"));
            } else {
                seen.insert(key, &file.title);
            }
        }
    }
}

/// What makes a rule speak and how loudly, however it is laid out.
fn key(file: &RuleFile, subject: &Subject<'_>) -> Option<String> {
    let root = yaml::parse(subject.sources, file.title.span.file).ok()?;
    let text = |span: Option<Span>| span.and_then(|span| at(&root, span)).map(canonical);
    let mut parts = vec![text(file.applies.as_ref().map(|part| part.span))];
    parts.push(text(file.when.as_ref().map(|part| part.span)));
    parts.push(text(file.unless.as_ref().map(|part| part.span)));
    for version in &file.versions {
        parts.push(text(Some(version.effective.span)));
        parts.push(text(version.when.as_ref().map(|part| part.span)));
        parts.push(text(version.unless.as_ref().map(|part| part.span)));
    }
    let plan = subject.plan.rules.iter().find(|rule| rule.title.span == file.title.span)?;
    let rows = plan.versions.iter().flat_map(|version| &version.cards).map(|card| &card.row);
    let cards: Vec<String> =
        rows.map(|row| format!("{} {} {:?}", row.outcome, row.indicator.as_str(), text(row.r#if.as_ref().map(|part| part.span)))).collect();
    Some(format!("{parts:?} {cards:?}"))
}

/// The node that stands in a place.
fn at(node: &yaml::Node, span: Span) -> Option<&yaml::Node> {
    if node.span == span {
        return Some(node);
    }
    match &node.kind {
        yaml::Kind::Scalar { .. } => None,
        yaml::Kind::List(items) => items.iter().find_map(|item| at(item, span)),
        yaml::Kind::Map(entries) => entries.iter().find_map(|(_, value)| at(value, span)),
    }
}

/// The same text for the same meaning: keys in order, the members of `all` and `any` too.
fn canonical(node: &yaml::Node) -> String {
    match &node.kind {
        yaml::Kind::Scalar { text, .. } => format!("{text:?}"),
        yaml::Kind::List(items) => format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(", ")),
        yaml::Kind::Map(entries) => {
            let mut members: Vec<String> = entries
                .iter()
                .map(|(key, value)| match &value.kind {
                    yaml::Kind::List(items) if key.text == "all" || key.text == "any" => {
                        let mut items: Vec<String> = items.iter().map(canonical).collect();
                        items.sort();
                        format!("{}: {items:?}", key.text)
                    }
                    _ => format!("{}: {}", key.text, canonical(value)),
                })
                .collect();
            members.sort();
            format!("{{{}}}", members.join(", "))
        }
    }
}
