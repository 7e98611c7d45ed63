//! Which records of a type carry which codes: looked up once, asked many times.

use curbside_chart::datatype::{Coding, Concept};
use curbside_chart::{Kind, RecordRef};
use curbside_terminology::ValueSetId;

use crate::evaluate::Cx;

/// The records of a type by the value sets their codes are in.
#[derive(Debug, Default)]
pub struct CodedIndex {
    /// Each with a set that a code of it is in, in order; most records are in no set that anybody asks about.
    by_set: Vec<(ValueSetId, u32)>,
    /// The same for codes that do not say of which system they are: they may be these.
    perhaps: Vec<(ValueSetId, u32)>,
    /// Records that do not say what they are about.
    uncoded: Vec<RecordRef>,
    /// Observations among them: a reading of whatever is asked for may be one of these. Each is doubtful.
    any: Vec<usize>,
}

/// The code that was looked up last, and the sets that it is in: measurements of one thing often stand together.
#[derive(Default)]
struct Last<'e> {
    code: Option<(Option<&'e str>, &'e str)>,
    sets: Vec<ValueSetId>,
}

impl CodedIndex {
    pub(super) fn of(cx: Cx<'_, '_>, kind: Kind) -> Self {
        let chart = cx.chart();
        let (mut index, mut last) = (Self::default(), Last::default());
        macro_rules! each {
            ($list:ident, $concept:ident) => {{
                cx.look_at(chart.$list.len());
                for (at, held) in chart.$list.iter().enumerate() {
                    index.add(cx, &mut last, RecordRef::new(kind, at), held.data.$concept.as_ref());
                }
            }};
        }
        match kind {
            Kind::Condition => each!(conditions, code),
            Kind::AllergyIntolerance => each!(allergies, code),
            Kind::Observation => each!(observations, code),
            Kind::Procedure => each!(procedures, code),
            Kind::Immunization => each!(immunizations, vaccine_code),
            Kind::Coverage => each!(coverages, r#type),
            Kind::ServiceRequest => each!(service_requests, code),
            _ => {}
        }
        for list in [&mut index.by_set, &mut index.perhaps] {
            list.sort_unstable();
            list.dedup();
        }
        index
    }

    fn add<'e>(&mut self, cx: Cx<'_, 'e>, last: &mut Last<'e>, record: RecordRef, concept: Option<&'e Concept<'e>>) {
        let Some(concept) = concept.filter(|concept| !concept.is_empty()) else {
            self.uncoded.push(record);
            if record.kind == Kind::Observation && cx.is_doubtful(record) {
                self.any.push(record.at as usize);
            }
            return;
        };
        for Coding { system, code, .. } in &concept.coding {
            let (system, Some(code)) = (system.as_deref(), code.as_deref()) else { continue };
            if last.code.replace((system, code)) != Some((system, code)) {
                last.sets.clear();
                let mut add = |set| last.sets.push(set);
                match system {
                    Some(system) => cx.vocabulary().value_sets_of(system, code, &mut add),
                    None => cx.vocabulary().value_sets_of_any(code, &mut add),
                }
            }
            let list = if system.is_some() { &mut self.by_set } else { &mut self.perhaps };
            list.extend(last.sets.iter().map(|set| (*set, record.at)));
        }
    }

    /// The records with a code in one of these sets, or observations that may have one, in the order of the chart.
    #[must_use]
    pub fn records(&self, cx: Cx<'_, '_>, sets: &[ValueSetId]) -> Vec<usize> {
        let mut found: Vec<usize> = sets.iter().flat_map(|set| of_set(&self.by_set, *set)).map(|(_, at)| *at as usize).collect();
        if !sets.is_empty() {
            found.extend(&self.any);
        }
        cx.look_at(found.len());
        if sets.len() > 1 || !self.any.is_empty() {
            found.sort_unstable();
            found.dedup();
        }
        found
    }

    /// The records that may have a code in one of these sets, for it does not say of which system it is.
    pub fn perhaps(&self, sets: &[ValueSetId]) -> impl Iterator<Item = usize> {
        sets.iter().flat_map(|set| of_set(&self.perhaps, *set)).map(|(_, at)| *at as usize)
    }

    /// Whether a record has a code in this set, or is an observation that may.
    #[must_use]
    pub fn is_in(&self, at: usize, set: ValueSetId) -> bool {
        u32::try_from(at).is_ok_and(|at| self.by_set.binary_search(&(set, at)).is_ok()) || self.any.contains(&at)
    }

    /// Whether there is a record with a code in this set, or one that may have one.
    #[must_use]
    pub fn has(&self, set: ValueSetId) -> bool {
        ![&self.by_set, &self.perhaps].into_iter().all(|list| of_set(list, set).is_empty()) || !self.any.is_empty()
    }

    /// Records that do not say what they are about: they may be about anything.
    #[must_use]
    pub fn uncoded(&self) -> &[RecordRef] {
        &self.uncoded
    }
}

/// The part of a list in order that is of one set.
fn of_set(list: &[(ValueSetId, u32)], set: ValueSetId) -> &[(ValueSetId, u32)] {
    let from = list.partition_point(|(known, _)| *known < set);
    let rest = list.get(from..).unwrap_or_default();
    rest.get(..rest.partition_point(|(known, _)| *known == set)).unwrap_or_default()
}
