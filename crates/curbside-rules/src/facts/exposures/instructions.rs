//! How much of a drug was to be taken, or was given.

use curbside_chart::json::{Lazy, List, Number};
use curbside_chart::resource::Dosage;
use curbside_terminology::DrugFacts;
use rust_decimal::Decimal;

use super::Step;
use crate::evaluate::Cx;
use crate::facts::dose::{Dose, daily, single_dose};
use crate::facts::drugs::{Match, Medicine};

/// Where the dose stands.
pub(super) enum Instructions<'r, 'a> {
    /// In dosage instructions.
    Planned(&'r Lazy<'a, List<Dosage<'a>>>),
    /// In what was given.
    Given(Option<&'r curbside_chart::datatype::Quantity<'a>>),
}

impl<'a> Instructions<'_, 'a> {
    pub(super) fn dosages(&self) -> List<Dosage<'a>> {
        match self {
            Self::Planned(dosages) => dosages.read().unwrap_or_default(),
            Self::Given(_) => List::default(),
        }
    }

    pub(super) fn steps(&self, cx: Cx<'_, '_>, found: Option<&Match>, facts: &DrugFacts) -> Vec<Step> {
        match self {
            Self::Given(dose) => {
                let mg = dose.and_then(|dose| single_dose(dose, found, facts));
                vec![Step { days: None, dose: mg.map_or(Dose::UNKNOWN, |mg| Dose { low: mg, high: Some(mg) }) }]
            }
            Self::Planned(_) => steps(cx, &self.dosages(), found, facts),
        }
    }
}

/// Instructions at the same time add up; those in sequence follow each other, where they say from
/// when to when.
fn steps(cx: Cx<'_, '_>, dosages: &[Dosage<'_>], found: Option<&Match>, facts: &DrugFacts) -> Vec<Step> {
    let mut sequences: Vec<(Option<&str>, Vec<&Dosage<'_>>)> = Vec::new();
    for dosage in dosages {
        let sequence = dosage.sequence.map(Number::as_written);
        match sequences.iter_mut().find(|(known, _)| *known == sequence) {
            Some((_, list)) => list.push(dosage),
            None => sequences.push((sequence, vec![dosage])),
        }
    }
    let together = |list: &[&Dosage<'_>]| {
        let doses = list.iter().map(|dosage| daily(dosage, found, facts));
        doses.reduce(Dose::plus).unwrap_or(Dose::UNKNOWN)
    };
    if let [(_, only)] = sequences.as_slice() {
        return vec![Step { days: None, dose: together(only) }];
    }
    let bounded: Option<Vec<Step>> = sequences
        .iter()
        .map(|(_, list)| {
            let period = list.iter().find_map(|dosage| dosage.timing.as_ref()?.repeat.as_ref()?.bounds_period.as_ref())?;
            let (start, end) = (cx.when(period.start.as_deref())?, cx.when(period.end.as_deref())?);
            Some(Step { days: Some((start.first_day(), end.last_day())), dose: together(list) })
        })
        .collect();
    match bounded {
        Some(steps) if !steps.is_empty() => steps,
        _ => {
            let dose = sequences.iter().map(|(_, list)| together(list)).reduce(Dose::either);
            vec![Step { days: None, dose: dose.unwrap_or(Dose::UNKNOWN) }]
        }
    }
}

/// The least daily dose that counts: that of the form, where it is known; where words only suggest a
/// form, both that one's and the usual one.
pub(super) fn needs(medicine: &Medicine, found: &Match, facts: &DrugFacts) -> Option<(Decimal, Decimal)> {
    let usual = facts.min_daily_mg?;
    let product = found.drug.product.and_then(|at| facts.products.get(at as usize));
    if let Some(form) = product.and_then(|product| product.form).and_then(|at| facts.forms.get(at)) {
        let own = form.min_daily_mg.unwrap_or(usual);
        return Some((own, own));
    }
    let label = medicine.label.to_lowercase();
    let says = |word: &String| {
        label.split(|c: char| !c.is_alphanumeric()).any(|part| part == word) || (word.contains(' ') && label.contains(word.as_str()))
    };
    let suggested = facts.forms.iter().filter(|form| form.words.iter().any(says)).filter_map(|form| form.min_daily_mg);
    Some(suggested.fold((usual, usual), |(least, most), own| (least.min(own), most.max(own))))
}
