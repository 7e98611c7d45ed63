//! Words of prose that make a fact true or false: allowed, and somebody has to answer for them.

use curbside_source::{Diagnostic, Diagnostics};

use super::{Lint, Run, Subject};
use crate::model::LintLevel;
use crate::shared::WordsModel;
use crate::truth::Truth;

pub(super) const LINT: Lint = Lint {
    name: "words-decide",
    level: LintLevel::Warn,
    about: "words of prose that make a fact true or false, which somebody has to sign off",
    run: Run::Always(run),
};

fn run(subject: &Subject<'_>, found: &mut Diagnostics) {
    let definitions = subject.plan.definitions.iter().map(|definition| &definition.uses);
    for span in definitions.chain(subject.plan.rules.iter().map(|rule| &rule.uses)).flat_map(|uses| &uses.deciding_words) {
        found.push(
            Diagnostic::warning(LINT.name, *span, "words alone decide here, and nobody has signed that off")
                .help("write `then: unknown`, or add `sign_off: {by: …, role: …, on: …}` to the words"),
        );
    }
}

/// Whether words decide and nobody answers for them.
pub(crate) fn decides(words: &WordsModel) -> bool {
    words.then.value != Truth::Unknown && words.sign_off.as_ref().is_none_or(curbside_terminology::SignOff::is_pending)
}
