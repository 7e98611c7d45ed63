//! Definitions that no rule uses.

use curbside_source::{Diagnostic, Diagnostics};

use super::{Lint, Run, Subject};
use crate::compile::DefId;
use crate::model::LintLevel;

pub(super) const LINT: Lint = Lint {
    name: "unused-definition",
    level: LintLevel::Warn,
    about: "a definition that no rule and no text of a card uses",
    run: Run::Whole(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let used = subject.used();
    for (at, definition) in subject.plan.definitions.iter().enumerate() {
        let id = DefId(u32::try_from(at).unwrap_or(u32::MAX));
        if !used.definitions.contains(&id) && !used.inner.contains(&id) {
            found.push(Diagnostic::warning(LINT.name, definition.span, format!("no rule uses `{}`", definition.name)));
        }
    }
}
