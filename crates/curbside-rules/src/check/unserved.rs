//! Rules that nothing asks for.

use std::collections::BTreeSet;

use curbside_source::{Diagnostic, Diagnostics};

use super::{Lint, Run, Subject};
use crate::compile::RuleId;
use crate::model::{LintLevel, Status};

pub(super) const LINT: Lint = Lint {
    name: "rule-in-no-service",
    level: LintLevel::Warn,
    about: "a rule that no service lists and no such rule asks about",
    run: Run::Whole(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let plan = subject.plan;
    let served: Vec<RuleId> = plan.services.iter().flat_map(|service| service.rules.iter().copied()).collect();
    let asked: BTreeSet<RuleId> = plan.uses_of(&served).rules;
    for rule in plan.rules.iter().filter(|rule| rule.status != Status::Retired) {
        if plan.rule(&rule.id).is_some_and(|id| !served.contains(&id) && !asked.contains(&id)) {
            let message = format!("no service has rule `{}`: it is never evaluated", rule.id);
            found.push(Diagnostic::warning(LINT.name, rule.title.span, message).help("list it under a service of `pack.yaml`"));
        }
    }
}
