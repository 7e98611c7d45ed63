//! Sources that nothing cites.

use std::collections::BTreeSet;

use curbside_source::{Diagnostic, Diagnostics};

use super::{Lint, Run, Subject, sources};
use crate::model::LintLevel;

pub(super) const LINT: Lint = Lint {
    name: "unused-source",
    level: LintLevel::Warn,
    about: "a source or link of the pack that nothing cites or shows",
    run: Run::Whole(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let pack = &subject.plan.pack;
    let cited: BTreeSet<String> = sources::cited(subject, |_| true).into_iter().map(|(name, _)| name).collect();
    let unused = pack.sources.iter().filter(|(name, _)| !cited.contains(*name));
    for (name, source) in unused {
        found.push(Diagnostic::warning(LINT.name, source.title.span, format!("nothing cites `{name}`")));
    }
    let rows = subject.plan.rules.iter().flat_map(|rule| &rule.versions).flat_map(|version| &version.cards).map(|card| &card.row);
    let shown: BTreeSet<&str> = rows.flat_map(|row| &row.links).filter_map(|link| link.value.named.as_deref()).collect();
    for (name, link) in pack.links.iter().filter(|(name, _)| !shown.contains(name.as_str())) {
        found.push(Diagnostic::warning(LINT.name, link.url.span, format!("no card shows link `{name}`")));
    }
}
