//! For which types the keys of a prefetch answer.

use crate::chart::Kind;
use crate::input::{Prefetched, resource_type};
use crate::json::Str;

/// Keys that are customary beside our own, by the type they are for. Several keys of a type ask for a part of it each.
const CUSTOMARY: [(&str, &[&str]); 2] = [("Observation", &["scores", "vitals", "pregnancy"]), ("ClaimResponse", &["preauth"])];

/// The types that the keys of a prefetch answer for.
pub(super) fn by<'a>(prefetch: &[(Str<'a>, Prefetched<'a>)]) -> Vec<Str<'a>> {
    let (mut known, mut failed, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    for (key, value) in prefetch {
        let customary = CUSTOMARY.iter().find(|(_, keys)| keys.iter().any(|own| key.eq_ignore_ascii_case(own)));
        let named = Some(customary.map_or_else(|| type_of_key(key), |(kind, _)| Str::new(kind)));
        // The rest of the type may stand under its other keys.
        let is_part = customary.is_some_and(|(_, keys)| keys.len() > 1);
        if is_part && !matches!(value, Prefetched::Failed | Prefetched::Unusable) {
            parts.push(key);
        }
        match value {
            Prefetched::Nothing => known.extend(named.filter(|_| !is_part)),
            Prefetched::Record(record) => {
                // A part tells of the others that are found in it, not of all of its own type.
                let is_whole = |kind: &Str<'a>| !is_part || record.is_partial() || Some(kind) != named.as_ref();
                let found = record.entries.iter().filter_map(|entry| resource_type(entry.resource?)).filter(is_whole);
                let list = if record.is_partial() { &mut failed } else { &mut known };
                list.extend(found);
                list.extend(named.filter(|_| !is_part || record.is_partial()));
                list.sort();
                list.dedup();
            }
            Prefetched::Failed => failed.extend(named),
            Prefetched::Unusable => {}
        }
    }
    let in_full = |keys: &[&str]| keys.iter().all(|own| parts.iter().any(|key| key.eq_ignore_ascii_case(own)));
    known.extend(CUSTOMARY.iter().filter(|(_, keys)| in_full(keys)).map(|(kind, _)| Str::new(kind)));
    known.retain(|kind| !failed.contains(kind));
    known.sort();
    known.dedup();
    known
}

/// The type that a key of a prefetch is for: our own name for it, or the type's own (`claimResponse`).
fn type_of_key<'a>(key: &Str<'a>) -> Str<'a> {
    let kind = Kind::ALL.iter().find(|kind| key.eq_ignore_ascii_case(kind.prefetch_key()) || key.eq_ignore_ascii_case(kind.name()));
    kind.map_or_else(
        || {
            let mut letters = key.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            Str::from(first.into_iter().chain(letters).collect::<String>())
        },
        |kind| Str::new(kind.name()),
    )
}
