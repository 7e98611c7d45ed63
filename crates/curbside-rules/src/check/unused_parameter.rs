//! Parameters that nothing uses: a site that sets one changes nothing.

use std::collections::BTreeSet;

use curbside_source::{Diagnostic, Diagnostics};

use super::{Lint, Run, Subject};
use crate::model::LintLevel;

pub(super) const LINT: Lint = Lint {
    name: "unused-parameter",
    level: LintLevel::Warn,
    about: "a parameter that nothing uses, so that setting it changes nothing",
    run: Run::Whole(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let plan = subject.plan;
    let of_definitions = plan.definitions.iter().map(|definition| &definition.uses);
    let mut used: BTreeSet<&str> = of_definitions
        .chain(plan.rules.iter().map(|rule| &rule.uses))
        .flat_map(|uses| uses.parameters.iter().map(String::as_str))
        .collect();
    used.extend(subject.shown.values().flatten().filter_map(|name| name.strip_prefix("parameters.")));
    for (name, parameter) in &plan.pack.parameters {
        if !used.contains(name.as_str()) {
            let message = format!("nothing uses parameter `{name}`");
            found.push(Diagnostic::warning(LINT.name, parameter.default.span, message).help(format!("write `${name}` where it is meant")));
        }
    }
}
