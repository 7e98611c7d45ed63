//! Why something was ordered or stopped, in codes and in words.

use curbside_chart::datatype::Concept;
use curbside_chart::reference::{Target, parse};
use curbside_chart::resource::Condition;
use curbside_chart::{Kind, RecordRef};

use crate::evaluate::Cx;

/// The reasons that a medication record gives.
#[derive(Clone, Debug, Default)]
pub struct Reasons<'a> {
    /// Why it has the status it has: why it was stopped, or not given.
    pub status: Vec<Concept<'a>>,
    /// What it was given for.
    pub indication: Vec<Concept<'a>>,
    /// Remarks.
    pub notes: Vec<String>,
}

/// The reasons of a medication record, or of an order.
#[must_use]
pub fn reasons_of<'e>(cx: Cx<'_, 'e>, record: RecordRef) -> Reasons<'e> {
    let chart = cx.chart();
    let at = record.at as usize;
    let mut reasons = Reasons::default();
    macro_rules! take {
        ($held:expr, status: [$($status:ident),*], codes: [$($code:ident),*], references: [$($reference:ident),*], note: [$($note:ident),*]) => {
            if let Some(held) = $held {
                let is_unread = |field: &str| held.doubt.as_ref().is_some_and(|doubt| doubt.covers_field(field));
                $(match held.data.$status.read() {
                    Ok(given) if !is_unread(stringify!($status)) => reasons.status.extend(given),
                    _ => reasons.status.push(unreadable()),
                })*
                $(match held.data.$code.read() {
                    Ok(given) if !is_unread(stringify!($code)) => reasons.indication.extend(given),
                    _ => reasons.indication.push(unreadable()),
                })*
                $(match held.data.$reference.read() {
                    Ok(given) if !is_unread(stringify!($reference)) => for reference in given {
                        reasons.refer(cx, record, reference.reference.as_deref(), reference.display.as_deref());
                    },
                    _ => reasons.indication.push(unreadable()),
                })*
                $(for note in held.data.$note.read().unwrap_or_default() {
                    reasons.notes.extend(note.text.map(|text| text.to_string()));
                })*
            }
        };
    }
    match record.kind {
        Kind::MedicationRequest => {
            take!(chart.requests.get(at), status: [status_reason], codes: [reason_code, reason], references: [reason_reference], note: [note]);
        }
        Kind::MedicationStatement => {
            take!(chart.statements.get(at), status: [status_reason, reason_not_taken], codes: [reason_code, reason], references: [reason_reference], note: [note]);
        }
        Kind::MedicationDispense => {
            take!(chart.dispenses.get(at), status: [status_reason_codeable_concept, not_performed_reason], codes: [], references: [], note: [note]);
        }
        Kind::MedicationAdministration => {
            take!(chart.administrations.get(at), status: [status_reason], codes: [reason_code, reason], references: [reason_reference], note: [note]);
        }
        Kind::ServiceRequest => {
            take!(chart.service_requests.get(at), status: [], codes: [reason_code, reason], references: [reason_reference], note: []);
        }
        _ => {}
    }
    // R5 gives a reason as a concept or as a reference, in one element.
    for concept in std::mem::take(&mut reasons.indication) {
        if let Some(reference) = &concept.reference {
            reasons.refer(cx, record, reference.reference.as_deref(), reference.display.as_deref());
        }
        reasons.indication.push(concept);
    }
    reasons
}

/// There is a reason, and it is not known which: words that no code stands for.
fn unreadable<'e>() -> Concept<'e> {
    Concept { text: Some("a reason that could not be read".to_owned().into()), ..Concept::default() }
}

impl<'e> Reasons<'e> {
    /// A reason that is a resource counts by that resource's code.
    fn refer(&mut self, cx: Cx<'_, 'e>, record: RecordRef, reference: Option<&str>, display: Option<&str>) {
        let found = reference.and_then(|reference| cx.chart().resolve(reference));
        let code = found.and_then(|found| {
            let at = found.at as usize;
            match found.kind {
                Kind::Condition => cx.chart().conditions.get(at).and_then(|held| held.data.code.clone()),
                Kind::Observation => cx.chart().observations.get(at).and_then(|held| held.data.code.clone()),
                _ => None,
            }
        });
        let contained = || match parse(reference?) {
            Target::Contained(id) => cx.chart().contained::<Condition<'e>>(record, Kind::Condition, id)?.code,
            _ => None,
        };
        match (code.or_else(contained), display.or(reference)) {
            (Some(code), _) => self.indication.push(code),
            // There is a reason, and it is not known which.
            (None, Some(words)) => {
                self.indication.push(Concept { text: Some(words.to_owned().into()), ..Concept::default() });
            }
            (None, None) => {}
        }
    }

    /// All words: of reasons and remarks.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        let concepts = self.status.iter().chain(&self.indication).flat_map(Concept::words);
        concepts.chain(self.notes.iter().map(String::as_str))
    }
}
