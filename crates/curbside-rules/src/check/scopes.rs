//! What asks about the trial in question belongs into the tables of trials.

use curbside_source::{Diagnostic, Diagnostics};

use crate::compile::Plan;

pub(super) fn check(plan: &Plan, found: &mut Diagnostics) {
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
