//! How long what was handed over lasts, and what follows what.

use curbside_chart::time::{Day, When};
use rust_decimal::prelude::ToPrimitive as _;

use super::{Exposure, Source};
use crate::facts::dose::unit_of;

/// A duration in days.
pub(super) fn days(quantity: &curbside_chart::datatype::Quantity<'_>) -> Option<i64> {
    let value = quantity.value?.decimal()?;
    let day = curbside_terminology::units::Unit::parse("d")?;
    // Supply is counted in days, and often without saying so.
    let days = match unit_of(quantity) {
        Some(unit) if !unit.is_dimensionless() => unit.convert(value, &day)?,
        _ => value,
    };
    days.round().to_i64().filter(|days| (1..=36_500).contains(days))
}

/// How many days a quantity lasts, where the instruction counts in the same unit.
pub(super) fn units_last(dispense: &curbside_chart::resource::MedicationDispense<'_>) -> Option<i64> {
    let quantity = dispense.quantity.read().ok()??;
    let dosages = dispense.dosage_instruction.read().ok()?;
    let [dosage] = &*dosages else { return None };
    let dose = dosage.dose_and_rate.first().and_then(|rate| rate.dose_quantity.as_ref()).or(dosage.dose_quantity.as_ref())?;
    let unit = |quantity: &curbside_chart::datatype::Quantity<'_>| {
        let text = quantity.code.as_deref().or(quantity.unit.as_deref()).unwrap_or("");
        text.trim_matches(['{', '}']).to_lowercase()
    };
    if unit(&quantity) != unit(dose) || dosage.is_as_needed() {
        return None;
    }
    let (least, most) = crate::facts::timing::per_day(dosage.timing.as_ref())?;
    let lasts = most.lasts(quantity.value?.decimal()?, dose.value?.decimal()?)?.floor().to_i64()?;
    (least == most && lasts > 0).then_some(lasts)
}

pub(super) fn later(start: When, days: i64) -> When {
    When::between(start.first_day().plus_days(days), start.last_day().plus_days(days))
}

/// Early refills are taken after the supply before them.
pub(super) fn carry_over(list: &mut [Exposure], at_most: i64) {
    let mut supplies: Vec<&mut Exposure> =
        list.iter_mut().filter(|exposure| exposure.source == Source::Dispense && exposure.ingredient.is_some()).collect();
    supplies.sort_by(|a, b| {
        (a.ingredient, &a.product, a.start.first_day(), a.record).cmp(&(b.ingredient, &b.product, b.start.first_day(), b.record))
    });
    // The supply before: of what, handed over when, and used up when.
    let mut before: Option<(Option<u16>, String, Day, Day)> = None;
    for supply in supplies {
        let handed_over = supply.start.first_day();
        let mut last_day = supply.end.last_day();
        if let Some((ingredient, product, begun, end)) = &before
            && *ingredient == supply.ingredient
            && *product == supply.product
        {
            if handed_over == *begun {
                // Two on one day are rather one supply told twice than an early refill.
                last_day = last_day.max(*end);
            } else if let (Some(start), Some(last)) = (supply.start.day(), supply.end.day())
                && start <= *end
            {
                let shift = (end.since(start) + 1).min(at_most);
                supply.start = When::on(start.plus_days(shift));
                supply.end = When::on(last.plus_days(shift));
                last_day = supply.end.last_day();
            }
        }
        before = Some((supply.ingredient, supply.product.clone(), handed_over, last_day));
    }
}

/// An order that was stopped, nobody wrote when, ended at the latest when the next drug began.
pub(super) fn end_stopped_orders(list: &mut [Exposure]) {
    let starts: Vec<(Option<u16>, Day)> = list.iter().map(|exposure| (exposure.ingredient, exposure.start.last_day())).collect();
    for exposure in list.iter_mut().filter(|exposure| exposure.stopped) {
        // Only what certainly began after it.
        let begun = exposure.start.last_day();
        let next = starts.iter().filter(|(ingredient, day)| *ingredient != exposure.ingredient && *day > begun).map(|(_, day)| *day).min();
        if let Some(next) = next.filter(|next| *next < exposure.end.last_day()) {
            exposure.end = When::between(exposure.end.first_day().min(next), next);
        }
    }
}
