//! Rules and parameters that do not say what they rest on.

use curbside_source::{Diagnostic, Diagnostics};

use super::{Lint, Run, Subject};
use crate::model::{LintLevel, Status};

pub(super) const LINT: Lint = Lint {
    name: "no-source",
    level: LintLevel::Warn,
    about: "a rule without a claim, or a parameter without a source",
    run: Run::Always(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    for rule in subject.plan.rules.iter().filter(|rule| rule.source.is_empty() && rule.status != Status::Retired) {
        let message = format!("rule `{}` does not say what it rests on", rule.id);
        found.push(Diagnostic::warning(LINT.name, rule.title.span, message).help("add `source: [{claim: …, from: …}]`"));
    }
    for (name, parameter) in subject.plan.pack.parameters.iter().filter(|(_, parameter)| parameter.source.is_none()) {
        let message = format!("the default of parameter `{name}` has no source");
        found.push(Diagnostic::warning(LINT.name, parameter.default.span, message).help("add `source: …`"));
    }
}
