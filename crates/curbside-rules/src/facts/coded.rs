//! Which records of a type carry which codes: looked up once, asked many times.

use curbside_chart::datatype::Concept;
use curbside_chart::{Kind, RecordRef};
use curbside_terminology::ValueSetId;

use crate::evaluate::Cx;

/// The records of a type by the value sets their codes are in.
#[derive(Debug, Default)]
pub struct CodedIndex {
    by_set: Vec<Vec<u32>>,
    /// Records that do not say what they are about.
    uncoded: Vec<RecordRef>,
    kind: Option<Kind>,
}

impl CodedIndex {
    pub(super) fn of(cx: Cx<'_, '_>, kind: Kind) -> Self {
        let chart = cx.chart();
        let mut index = Self { by_set: vec![Vec::new(); cx.vocabulary().value_set_count()], uncoded: Vec::new(), kind: Some(kind) };
        macro_rules! each {
            ($list:ident, $concept:ident) => {{
                cx.look_at(chart.$list.len());
                for (at, held) in chart.$list.iter().enumerate() {
                    index.add(cx, at, held.data.$concept.as_ref());
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
        index
    }

    fn add(&mut self, cx: Cx<'_, '_>, at: usize, concept: Option<&Concept<'_>>) {
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        let Some(concept) = concept.filter(|concept| !concept.is_empty()) else {
            self.uncoded.extend(self.kind.map(|kind| RecordRef::new(kind, at)));
            return;
        };
        for coding in &*concept.coding {
            let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) else { continue };
            let by_set = &mut self.by_set;
            cx.vocabulary().value_sets_of(system, code, &mut |set| {
                if let Some(records) = by_set.get_mut(set.index())
                    && records.last() != Some(&number)
                {
                    records.push(number);
                }
            });
        }
    }

    /// The records with a code in one of these sets, in the order of the chart.
    #[must_use]
    pub fn records(&self, cx: Cx<'_, '_>, sets: &[ValueSetId]) -> Vec<usize> {
        let mut found: Vec<usize> = sets.iter().filter_map(|set| self.by_set.get(set.index())).flatten().map(|at| *at as usize).collect();
        cx.look_at(found.len());
        if sets.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
        found
    }

    /// Whether a record has a code in this set.
    #[must_use]
    pub fn is_in(&self, at: usize, set: ValueSetId) -> bool {
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        self.by_set.get(set.index()).is_some_and(|records| records.binary_search(&number).is_ok())
    }

    /// Whether there is a record with a code in this set.
    #[must_use]
    pub fn has(&self, set: ValueSetId) -> bool {
        self.by_set.get(set.index()).is_some_and(|records| !records.is_empty())
    }

    /// Records that do not say what they are about: they may be about anything.
    #[must_use]
    pub fn uncoded(&self) -> &[RecordRef] {
        &self.uncoded
    }
}
