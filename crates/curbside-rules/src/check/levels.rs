//! How loud lints are, and single findings that are meant to be so.

use curbside_source::{Diagnostic, Diagnostics, Level, did_you_mean};

use super::{LINTS, Lint, Run, Subject, by_name};
use crate::model::{Ignore, LintLevel, Name};

pub(super) const LINT: Lint =
    Lint { name: "useless-ignore", level: LintLevel::Warn, about: "an `ignore` that takes nothing back", run: Run::OnTheWay };

/// Gives every finding of a lint the level the pack wants, and leaves out what it ignores.
pub(super) fn apply(subject: &Subject<'_>, is_whole: bool, found: &mut Diagnostics) {
    let pack = &subject.plan.pack;
    let asked = pack.lints.keys().map(|name| (name.value.as_str(), name.span));
    for (name, span) in asked.chain(pack.ignore.iter().map(|ignore| (ignore.lint.value.as_str(), ignore.lint.span))) {
        if by_name(name).is_none() {
            let help = did_you_mean(name, LINTS.iter().map(|lint| lint.name));
            found.push(Diagnostic::error("unknown-lint", span, format!("unknown lint `{name}`")).maybe_help(help));
        }
    }
    let mut is_useful = vec![false; pack.ignore.len()];
    found.adjust(|finding| {
        let Some(lint) = by_name(finding.code) else { return Some(finding) };
        let path = subject.sources.name(finding.span.file);
        let mut is_ignored = false;
        for (ignore, is_useful) in pack.ignore.iter().zip(&mut is_useful) {
            if ignore.lint.value == lint.name && is_in(path, &ignore.r#in) {
                (is_ignored, *is_useful) = (true, true);
            }
        }
        if is_ignored { None } else { with_level(finding, level(subject, lint)) }
    });
    // A lint that could not run found nothing to take back.
    let useless =
        pack.ignore.iter().zip(is_useful).filter(|(ignore, is_useful)| is_whole && !is_useful && by_name(&ignore.lint.value).is_some());
    for (Ignore { lint, r#in, .. }, _) in useless {
        let message = format!("there is no `{}` in `{}` to ignore", lint.value, r#in.value);
        let finding = Diagnostic::warning(LINT.name, lint.span, message).help("remove this `ignore`");
        found.extend(with_level(finding, level(subject, &LINT)));
    }
}

fn level(subject: &Subject<'_>, lint: &Lint) -> LintLevel {
    subject.plan.pack.lints.iter().find(|(name, _)| name.value == lint.name).map_or(lint.level, |(_, level)| *level)
}

fn with_level(finding: Diagnostic, level: LintLevel) -> Option<Diagnostic> {
    let level = match level {
        LintLevel::Allow => return None,
        LintLevel::Warn => Level::Warning,
        LintLevel::Deny => Level::Error,
    };
    Some(Diagnostic { level, ..finding })
}

/// Whether a path is what `in` names: the file with or without folder and ending.
fn is_in(path: &str, name: &Name) -> bool {
    let bare = path.rsplit_once('.').map_or(path, |(bare, _)| bare);
    let stem = bare.rsplit('/').next().unwrap_or(bare);
    [path, bare, stem].contains(&name.value.as_str())
}
