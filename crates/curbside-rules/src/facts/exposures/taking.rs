//! Whether a statement says that its drug is taken: each version of FHIR has words of its own for that.

use curbside_chart::resource::MedicationStatement;

/// Whether it says that the drug is not taken.
pub(super) fn is_not_taken(statement: &MedicationStatement<'_>) -> bool {
    statement.taken.as_deref() == Some("n")
        || statement.was_not_taken == Some(true)
        || adherence(statement).as_deref() == Some("not-taking")
}

/// Whether it leaves open whether the drug is taken.
pub(super) fn is_taking_unclear(statement: &MedicationStatement<'_>) -> bool {
    let is_known = |code: &str| {
        ["taking", "on-hold", "stopped"]
            .iter()
            .any(|known| code.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    };
    !matches!(statement.taken.as_deref(), None | Some("y"))
        || statement.reason_not_taken.is_present()
        || statement.adherence.is_present() && !adherence(statement).as_deref().is_some_and(is_known)
}

/// R5's word for whether it is taken as it should be.
fn adherence(statement: &MedicationStatement<'_>) -> Option<String> {
    let code = statement.adherence.read().ok().flatten()?.code?;
    code.codes().next().map(str::to_owned)
}
