//! A bound without a unit: what records give in `mm[Hg]` or `mg/dL` never compares with it.

use curbside_source::{Diagnostic, Span};
use curbside_terminology::units::Amount;

use super::{Lint, Run};
use crate::model::LintLevel;

pub(super) const LINT: Lint = Lint {
    name: "missing-unit",
    level: LintLevel::Warn,
    about: "a bound without a unit, with which no measurement that has one compares",
    run: Run::OnTheWay,
};

/// The complaint about a bound without a unit.
pub(crate) fn without_unit(amount: &Amount, span: Span) -> Option<Diagnostic> {
    let message = || format!("`{amount}` has no unit: a value that has one never compares with it");
    (amount.unit.code() == "1").then(|| {
        Diagnostic::warning(LINT.name, span, message()).help(format!("write the unit, or `{amount} {{score}}` where it is a plain number"))
    })
}
