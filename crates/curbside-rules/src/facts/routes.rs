//! By which way a drug is taken.

use curbside_chart::datatype::Concept;
use curbside_chart::resource::Dosage;
use curbside_chart::{Kind, RecordRef};

use crate::evaluate::Cx;

/// The routes that a medication record names.
#[must_use]
pub fn routes_of<'e>(cx: Cx<'_, 'e>, record: RecordRef) -> Vec<Concept<'e>> {
    let chart = cx.chart();
    let at = record.at as usize;
    let dosages = match record.kind {
        Kind::MedicationRequest => chart.requests.get(at).map(|held| held.data.dosage_instruction.read()),
        Kind::MedicationStatement => chart.statements.get(at).map(|held| held.data.dosage.read()),
        Kind::MedicationDispense => chart.dispenses.get(at).map(|held| held.data.dosage_instruction.read()),
        _ => None,
    };
    let of = |dosage: Dosage<'e>| dosage.route;
    dosages.into_iter().flat_map(Result::unwrap_or_default).filter_map(of).collect()
}
