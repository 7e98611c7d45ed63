//! Codes that no rule can read: records whose codes all stand in systems that nobody here knows.
//! Their absence from an answer is no finding, so the answer says that they are there.

use std::collections::BTreeMap;

use curbside_chart::Chart;
use curbside_chart::datatype::Concept;

use crate::pack::Pack;

/// A sentence for each code system that no pack knows and that is all some records say.
pub(crate) fn notes(packs: &[Pack], chart: &Chart<'_>) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    // A record holds many codes of few systems.
    let mut asked: Vec<(&str, bool)> = Vec::new();
    let mut known = |system| match asked.iter().find(|(other, _)| *other == system) {
        Some((_, known)) => *known,
        None => {
            let known = packs.iter().any(|pack| pack.plan.vocabulary.knows_system(system));
            asked.push((system, known));
            known
        }
    };
    macro_rules! count {
        ($($list:ident: $kind:literal),*) => {
            $(for held in &chart.$list {
                if let Some(system) = held.data.code.as_ref().and_then(|code| only_unknown(code, &mut known)) {
                    *counts.entry((system, $kind)).or_default() += 1;
                }
            })*
        };
    }
    // Where none of these is found, most rules conclude that there is none.
    count!(conditions: "Condition", allergies: "AllergyIntolerance", procedures: "Procedure");
    let sentence = |((system, kind), count): (&(&str, &str), &usize)| {
        format!("no rule can read the codes of {count} {kind} in `{system}`; a site alias can say which code system it stands for")
    };
    counts.iter().map(sentence).collect()
}

/// The first system of a concept of which no pack knows any.
fn only_unknown<'c>(concept: &'c Concept<'_>, known: &mut impl FnMut(&'c str) -> bool) -> Option<&'c str> {
    let systems = || concept.coding.iter().filter(|coding| coding.code.is_some()).filter_map(|coding| coding.system.as_deref());
    if systems().any(known) { None } else { systems().next() }
}
