//! A definition or rule that rests on itself has no answer.

use std::collections::BTreeSet;

use curbside_source::Diagnostics;

use crate::compile::{DefId, Plan, RuleId, Uses};

/// Complains about what rests on itself; whether nothing does.
pub(super) fn check(plan: &Plan, found: &mut Diagnostics) -> bool {
    let mut is_sound = true;
    for (at, definition) in plan.definitions.iter().enumerate() {
        let id = DefId(u32::try_from(at).unwrap_or(u32::MAX));
        if reached(plan, &definition.uses).0.contains(&id) {
            is_sound = false;
            found.error("cycle", definition.span, format!("`{}` rests on itself", definition.name));
        }
    }
    for (at, rule) in plan.rules.iter().enumerate() {
        let id = RuleId(u32::try_from(at).unwrap_or(u32::MAX));
        if reached(plan, &rule.uses).1.contains(&id) {
            is_sound = false;
            found.error("cycle", rule.title.span, format!("rule `{}` rests on its own outcome", rule.id));
        }
    }
    suppressions(plan, found);
    is_sound
}

/// Complains about rules that suppress one another in a circle: all of them would be silent.
fn suppressions(plan: &Plan, found: &mut Diagnostics) {
    let of = |id: &str| plan.rules.iter().find(|rule| rule.id == id).into_iter().flat_map(|rule| &rule.suppresses);
    for rule in &plan.rules {
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        // What suppresses itself directly has been complained of.
        let mut open: Vec<&String> = rule.suppresses.iter().filter(|other| **other != rule.id).collect();
        while let Some(other) = open.pop() {
            if seen.insert(other) {
                open.extend(of(other));
            }
        }
        if seen.contains(&rule.id) {
            found.error(
                "cycle",
                rule.title.span,
                format!("rule `{}` suppresses a rule that suppresses it: neither would show a card", rule.id),
            );
        }
    }
}

/// What something is made of, and what that is made of.
fn reached(plan: &Plan, uses: &Uses) -> (BTreeSet<DefId>, BTreeSet<RuleId>) {
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
    seen
}
