//! Summaries that are too long to be shown whole: found when the texts of cards are compiled.

use super::{Lint, Run};
use crate::model::LintLevel;

pub(super) const LINT: Lint = Lint {
    name: "summary-too-long",
    level: LintLevel::Deny,
    about: "a summary that can have more characters than are shown, and is then cut",
    run: Run::OnTheWay,
};
