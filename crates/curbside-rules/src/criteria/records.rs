//! What all criteria about records share: from the records that fit to an answer.

use std::fmt::Write as _;

use curbside_chart::{Kind, RecordRef};
use curbside_terminology::ValueSetId;

use crate::compile::{Asks, Aspect};
use crate::evaluate::{Cx, Verdict};
use crate::shared::Words;
use crate::truth::Truth;

/// A record that may make a criterion true.
pub(super) struct Found<S = String> {
    pub(super) record: RecordRef,
    /// Whether it does.
    pub(super) truth: Truth,
    /// What it says, with its figures: `F33.1 active since 2025-09-01`; or what is needed to say it.
    pub(super) says: S,
    /// For unknown: what would settle it.
    pub(super) missing: Option<(String, String)>,
}

/// What a criterion looks for, in words.
pub(super) struct Wanted<'w> {
    /// The resource type.
    pub(super) kind: &'w str,
    /// The thing: `bipolar disorder`.
    pub(super) what: &'w str,
    /// What absence means.
    pub(super) if_absent: Truth,
}

/// The answer that the records give: true where one does, unknown where one may.
pub(super) fn conclude(cx: Cx<'_, '_>, wanted: &Wanted<'_>, found: &[Found], uncoded: &[RecordRef]) -> Verdict {
    conclude_saying(cx, wanted, found, uncoded, |found, text| text.push_str(&found.says))
}

/// The same, where what a record says is put into words only if it is shown.
pub(super) fn conclude_saying<S>(
    cx: Cx<'_, '_>,
    wanted: &Wanted<'_>,
    found: &[Found<S>],
    uncoded: &[RecordRef],
    says: impl Fn(&Found<S>, &mut String),
) -> Verdict {
    let Wanted { kind, what, .. } = wanted;
    let truth = found.iter().map(|found| found.truth).fold(Truth::False, Truth::or);
    let deciding = || found.iter().filter(|found| found.truth == truth);
    let describe = |found: &Found<S>, text: &mut String| {
        says(found, text);
        text.push_str(" (");
        cx.write_name(found.record, text);
        text.push(')');
    };
    let first = |and_then: &dyn Fn(&mut String)| {
        cx.say(|text| {
            if let Some(found) = deciding().next() {
                describe(found, text);
            }
            and_then(text);
        })
    };
    let mut verdict = match truth {
        Truth::True => {
            let more = deciding().count() - 1;
            let says = first(&|text| {
                if more > 0 {
                    let _ = write!(text, " and {more} more");
                }
            });
            Verdict::new(truth, says).from_all(deciding().map(|found| found.record))
        }
        Truth::Unknown => {
            let mut verdict = Verdict::new(truth, first(&|_| ())).from_all(deciding().map(|found| found.record));
            for found in deciding() {
                if let Some((what, recorded_in)) = &found.missing {
                    verdict = verdict.missing(what.clone(), recorded_in.clone());
                }
            }
            if verdict.missing.is_empty() {
                verdict = verdict.missing(format!("whether {what} applies"), (*kind).to_owned());
            }
            verdict
        }
        // What says nothing about itself may be anything.
        Truth::False if !uncoded.is_empty() => {
            let name = uncoded.first().map(|record| cx.name(*record)).unwrap_or_default();
            Verdict::unknown(format!("{name} does not say what it is about"), format!("code of {name}"), format!("{kind}.code"))
                .from_all(uncoded.iter().copied())
        }
        Truth::False if !found.is_empty() && cx.chart().looked_for(kind) => {
            Verdict::new(truth, first(&|text| text.push_str(": does not count")))
        }
        Truth::False => absent(cx, wanted),
    };
    for found in found.iter().filter(|found| cx.is_doubtful(found.record)) {
        if let Some(doubt) = cx.chart().doubt(found.record) {
            verdict.notes.push(format!("{} {doubt}", cx.name(found.record)).into());
        }
    }
    if verdict.truth == Truth::False {
        // A record that only lacks the right status or date is nearer than none.
        let share = if found.is_empty() { 1.0 } else { 0.5 };
        verdict = verdict.distance(cx, share, || format!("{what} on record that counts")).nearest(found.first().map(|found| found.record));
    }
    verdict
}

/// What is asked about records of a type with a code of one of these sets, or with these words.
pub(super) fn asks_coded<'s>(kind: Kind, sets: impl IntoIterator<Item = &'s ValueSetId>, words: Option<&Words>) -> Asks {
    let coded = sets.into_iter().map(|set| Aspect::Coded(kind, *set));
    let words = words.map(|_| Aspect::Records(kind));
    Asks::Of(coded.chain(words).chain([Aspect::Uncoded(kind), Aspect::Unsought(kind)]).collect())
}

/// What is asked about any records of these types.
pub(super) fn asks_any(kinds: &[Kind]) -> Asks {
    Asks::Of(kinds.iter().flat_map(|kind| [Aspect::Records(*kind), Aspect::Unsought(*kind)]).collect())
}

/// The answer where nothing fits.
fn absent(cx: Cx<'_, '_>, wanted: &Wanted<'_>) -> Verdict {
    let Wanted { kind, what, if_absent } = wanted;
    let looked = cx.chart().looked_for(kind);
    let says =
        if looked { cx.says(format_args!("{what}: nothing on record")) } else { cx.says(format_args!("{what}: {kind} was not supplied")) };
    match cx.absence(kind, *if_absent) {
        Truth::Unknown => Verdict::unknown(says, (*what).to_owned(), (*kind).to_owned()),
        truth => Verdict::new(truth, says),
    }
}
