//! For which types the keys of a prefetch answer.

use crate::chart::Kind;
use crate::input::{Prefetched, resource_type};
use crate::json::Str;

/// The types that the keys of a prefetch answer for.
pub(super) fn by<'a>(prefetch: &[(Str<'a>, Prefetched<'a>)]) -> Vec<Str<'a>> {
    let (mut known, mut failed) = (Vec::new(), Vec::new());
    for (key, value) in prefetch {
        let named = Some(type_of_key(key));
        match value {
            Prefetched::Nothing => known.extend(named),
            Prefetched::Record(record) => {
                let found = record.entries.iter().filter_map(|entry| resource_type(entry.resource?));
                let list = if record.is_partial() { &mut failed } else { &mut known };
                list.extend(named);
                list.extend(found);
                list.sort();
                list.dedup();
            }
            Prefetched::Failed => failed.extend(named),
            Prefetched::Unusable => {}
        }
    }
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
