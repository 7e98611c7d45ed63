//! References that name a drug by an identifier of its own, where they give no address.

use super::Builder;
use crate::held::Held;
use crate::json::Str;
use crate::resource::{Common as _, Medicated, Medication};

impl<'a> Builder<'a, '_> {
    /// Gives each reference by an identifier the address of the one product that has it.
    pub(super) fn resolve_logical(&mut self) {
        let chart = &mut self.chart;
        let products = chart.medications.as_slice();
        address(&mut chart.requests, products);
        address(&mut chart.statements, products);
        address(&mut chart.dispenses, products);
        address(&mut chart.administrations, products);
    }
}

fn address<'a, T: Medicated<'a>>(records: &mut [Held<'a, T>], products: &[Held<'a, Medication<'a>>]) {
    for reference in records.iter_mut().filter_map(|held| held.data.reference_mut()) {
        if reference.reference.is_some() {
            continue;
        }
        let Some((system, value)) = reference.identifier.as_ref().and_then(|own| own.system.as_deref().zip(own.value.as_deref())) else {
            continue;
        };
        let has = |product: &&Held<'a, Medication<'a>>| {
            product.data.head().identifier.iter().any(|own| own.system.as_deref() == Some(system) && own.value.as_deref() == Some(value))
        };
        let mut found = products.iter().filter(has);
        if let (Some(product), None) = (found.next(), found.next())
            && let Some(id) = product.data.head().id
        {
            reference.reference = Some(Str::from(["Medication/", id].concat()));
        }
    }
}
