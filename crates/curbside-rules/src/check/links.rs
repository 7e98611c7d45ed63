//! Links that lead nowhere.

use curbside_source::{Diagnostic, Diagnostics, Spanned, did_you_mean};

use super::{Lint, Run, Subject};
use crate::model::{LinkUse, LintLevel};

pub(super) const LINT: Lint = Lint {
    name: "relative-link",
    level: LintLevel::Deny,
    about: "an address that is not an absolute http(s) URL, which no EHR can open",
    run: Run::Always(run),
};

const TYPES: [&str; 2] = ["absolute", "smart"];

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let pack = &subject.plan.pack;
    let of_links = pack.links.values().map(|link| &link.url);
    let of_sources = pack.sources.values().filter_map(|source| source.url.as_ref());
    let of_cards = uses(subject).filter_map(|link| link.value.url.as_ref());
    let mut urls: Vec<&Spanned<String>> = of_links.chain(of_sources).chain(of_cards).filter(|url| !is_absolute(&url.value)).collect();
    urls.sort_by_key(|url| url.span);
    urls.dedup();
    for url in urls {
        let message = format!("`{}` is not an absolute URL", url.value);
        found.push(Diagnostic::warning(LINT.name, url.span, message).help("write it with its scheme: `https://…`"));
    }
}

/// The links that cards show.
fn uses<'s>(subject: &Subject<'s>) -> impl Iterator<Item = &'s Spanned<LinkUse>> {
    let versions = subject.plan.rules.iter().flat_map(|rule| &rule.versions);
    versions.flat_map(|version| &version.cards).flat_map(|card| &card.row.links)
}

fn is_absolute(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.split(['/', '?', '#']).next().is_some_and(|host| !host.is_empty()) && !url.contains(char::is_whitespace))
}

/// Complains about links that no card can show.
pub(super) fn check(subject: &Subject<'_>, found: &mut Diagnostics) {
    let pack = &subject.plan.pack;
    let known = || pack.links.keys().map(String::as_str);
    for link in uses(subject) {
        let LinkUse { named, label, url, r#type, .. } = &link.value;
        match named {
            Some(name) if !pack.links.contains_key(name) && !subject.plan.is_lost(name) => {
                let message = format!("unknown link `{name}`");
                found.push(Diagnostic::error("unknown-link", link.span, message).maybe_help(did_you_mean(name, known())));
            }
            None if label.is_none() || url.is_none() => {
                found.push(
                    Diagnostic::error("missing-key", link.span, "a link has a label and an address").help("write `{label: …, url: …}`"),
                );
            }
            _ => {}
        }
        if let Some(kind) = r#type.as_ref().filter(|kind| !TYPES.contains(&kind.as_str())) {
            let message = format!("unknown type of link `{kind}`");
            found.push(Diagnostic::error("unknown-name", link.span, message).maybe_help(did_you_mean(kind, TYPES)));
        }
    }
    for link in pack.links.values().filter(|link| !TYPES.contains(&link.r#type.as_str())) {
        let message = format!("unknown type of link `{}`", link.r#type);
        found.push(Diagnostic::error("unknown-name", link.url.span, message).maybe_help(did_you_mean(&link.r#type, TYPES)));
    }
}
