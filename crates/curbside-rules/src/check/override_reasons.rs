//! Reasons for overriding that the pack does not have: the card would offer fewer than it says.

use curbside_source::{Diagnostic, Diagnostics, did_you_mean};

use super::Subject;

pub(super) fn check(subject: &Subject<'_>, found: &mut Diagnostics) {
    let reasons = subject.plan.pack.override_reasons.as_ref().map(|reasons| &reasons.reasons);
    let cards = subject.plan.rules.iter().flat_map(|rule| &rule.versions).flat_map(|version| &version.cards);
    for name in cards.flat_map(|card| card.row.override_reasons.iter().flatten()) {
        if reasons.is_some_and(|reasons| reasons.contains_key(&name.value)) {
            continue;
        }
        let known = reasons.into_iter().flat_map(|reasons| reasons.keys().map(String::as_str));
        let help = did_you_mean(&name.value, known).unwrap_or_else(|| "the pack has no `override_reasons`".to_owned());
        found.push(Diagnostic::error("unknown-reason", name.span, format!("unknown reason `{}`", name.value)).help(help));
    }
}
