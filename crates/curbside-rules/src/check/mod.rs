//! What is wrong with a pack although every name in it is known.

use std::collections::BTreeSet;

use curbside_source::{Diagnostic, Diagnostics, did_you_mean};

use crate::compile::{DefId, HOOKS, Plan, RuleId, Uses};
use crate::model::Name;

/// Checks a plan as a whole.
pub(crate) fn plan(plan: &Plan, found: &mut Diagnostics) {
    cycles(plan, found);
    scopes(plan, found);
}

/// Checks the name of a hook: one of the library's, or a reverse-domain name.
pub(crate) fn hook_name(name: &Name, found: &mut Diagnostics) {
    if !HOOKS.contains(&name.value.as_str()) && !name.value.contains('.') {
        let help = did_you_mean(&name.value, HOOKS);
        found.push(Diagnostic::error("unknown-hook", name.span, format!("unknown hook `{}`", name.value)).maybe_help(help));
    }
}

/// A definition or rule that rests on itself has no answer.
fn cycles(plan: &Plan, found: &mut Diagnostics) {
    for (at, definition) in plan.definitions.iter().enumerate() {
        let id = DefId(u32::try_from(at).unwrap_or(u32::MAX));
        if reaches(plan, &definition.uses, &|seen| seen.0.contains(&id)) {
            found.error("cycle", definition.span, format!("`{}` rests on itself", definition.name));
        }
    }
    for (at, rule) in plan.rules.iter().enumerate() {
        let id = RuleId(u32::try_from(at).unwrap_or(u32::MAX));
        if reaches(plan, &rule.uses, &|seen| seen.1.contains(&id)) {
            found.error("cycle", rule.title.span, format!("rule `{}` rests on its own outcome", rule.id));
        }
    }
}

/// Whether what something is made of, and what that is made of, comes to a point.
fn reaches(plan: &Plan, uses: &Uses, is_there: &dyn Fn(&(BTreeSet<DefId>, BTreeSet<RuleId>)) -> bool) -> bool {
    let mut seen = (BTreeSet::new(), BTreeSet::new());
    let mut open: Vec<&Uses> = vec![uses];
    while let Some(uses) = open.pop() {
        for id in uses.definitions.iter().chain(&uses.inner) {
            if seen.0.insert(*id) {
                open.extend(plan.definitions.get(id.index()).map(|definition| &definition.uses));
            }
        }
        for id in &uses.rules {
            if seen.1.insert(*id) {
                open.extend(plan.rules.get(id.index()).map(|rule| &rule.uses));
            }
        }
    }
    is_there(&seen)
}

/// What asks about the trial in question belongs into the tables of trials.
fn scopes(plan: &Plan, found: &mut Diagnostics) {
    for rule in &plan.rules {
        let scoped = rule.uses.definitions.iter().filter_map(|id| plan.definitions.get(id.index())).find(|definition| definition.scoped);
        if let Some(definition) = scoped {
            let message = format!("rule `{}` uses `{}`, which asks about a trial", rule.id, definition.name);
            found.push(
                Diagnostic::error("no-trial", rule.title.span, message)
                    .also(definition.span, "defined here")
                    .help("use it in `evidence` or `exclude` of `medication_trials`"),
            );
        }
        if rule.uses.scoped {
            let message = format!("rule `{}` asks about a trial, and there is none in question", rule.id);
            found.push(
                Diagnostic::error("no-trial", rule.title.span, message).help("ask it in `evidence` or `exclude` of `medication_trials`"),
            );
        }
    }
}
