//! The body weight that doses and rates of an order are worked out with.

use curbside_chart::resource::Value;
use curbside_chart::time::{Duration, When};
use curbside_chart::{Kind as RecordKind, RecordRef};
use curbside_terminology::ValueSetId;
use curbside_terminology::units::Unit;
use rust_decimal::Decimal;

use crate::compile::Compiler;
use crate::evaluate::Cx;
use crate::facts::{Dosed, unit_of};
use crate::model::{Names, Time};

/// Which weight counts.
#[derive(Debug)]
pub(super) struct Weighed {
    sets: Vec<ValueSetId>,
    pub(super) within: Duration,
}

/// A weight in kg.
pub(super) struct Weight {
    pub(super) when: When,
    pub(super) kg: Decimal,
    pub(super) record: RecordRef,
}

impl Weighed {
    pub(super) fn compile(sets: &Names, within: &Time, compiler: &mut Compiler<'_>) -> Option<Self> {
        let sets = compiler.value_sets(Some(sets))?;
        compiler.reads_coded(RecordKind::Observation, &sets);
        Some(Self { sets, within: compiler.duration(within)? })
    }

    /// The last weight within the time; several where several may be the last one.
    pub(super) fn weights(&self, cx: Cx<'_, '_>) -> Vec<Weight> {
        let index = cx.facts().coded(cx, RecordKind::Observation);
        let from = cx.as_of().back(self.within);
        let usable = index.records(cx, &self.sets).into_iter().filter_map(|at| {
            let held = cx.chart().observations.get(at)?;
            let when = cx.when(held.data.effective())?;
            let in_time = when.earliest >= from && when.earliest <= cx.as_of().moment();
            let certain = held.doubt.is_none() && crate::facts::reliability(held.data.status.as_deref()) == Some(false);
            let Value::Quantity(quantity) = held.data.value() else { return None };
            let kg = unit_of(&quantity)?.convert(quantity.value?.decimal()?, &Unit::parse("kg")?)?;
            let weight = Weight { when, kg, record: RecordRef::new(RecordKind::Observation, at) };
            (in_time && certain && quantity.comparator.is_none() && kg > Decimal::ZERO).then_some(weight)
        });
        let mut usable: Vec<Weight> = usable.collect();
        let last = usable.iter().map(|weight| weight.when.earliest).max();
        usable.retain(|weight| last.is_some_and(|last| weight.when.latest >= last));
        usable.sort_by_key(|weight| (weight.when, weight.kg, weight.record));
        usable
    }
}

impl Weight {
    /// A dose in mg and by weight, each worked out of the other where only that is known.
    pub(super) fn relates(&self, dose: Dosed) -> Dosed {
        Dosed {
            mg: dose.mg.or_else(|| dose.by_weight?.checked_mul(self.kg)),
            by_weight: dose.by_weight.or_else(|| dose.mg?.checked_div(self.kg)),
        }
    }
}
