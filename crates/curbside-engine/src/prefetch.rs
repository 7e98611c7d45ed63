//! Prefetch templates, derived from what rules read.

use std::collections::BTreeMap;

use curbside_chart::Kind;
use curbside_rules::compile::Uses;

/// Most codes that a template lists; where a service needs more, it asks for all of the type.
const MOST_CODES: usize = 40;

/// The prefetch templates of rules: one a resource type, in the subset of FHIR search that EHRs
/// support and with the tokens of CDS Hooks 2.0.1.
#[must_use]
pub(crate) fn templates(uses: Uses) -> BTreeMap<String, String> {
    let mut templates = BTreeMap::from([("patient".to_owned(), "Patient/{{context.patientId}}".to_owned())]);
    for (name, codes) in uses.records {
        let kind = Kind::named(&name);
        if matches!(kind, Kind::Patient | Kind::Medication) {
            continue;
        }
        let key = if kind == Kind::Other { lower_first(&name) } else { kind.prefetch_key().to_owned() };
        let mut query = format!("{name}?patient={{{{context.patientId}}}}");
        if let Some(codes) = codes.filter(|codes| kind == Kind::Observation && !codes.is_empty() && codes.len() <= MOST_CODES) {
            query.push_str("&code=");
            query.push_str(&codes.into_iter().collect::<Vec<_>>().join(","));
        }
        templates.insert(key, query);
    }
    templates
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
