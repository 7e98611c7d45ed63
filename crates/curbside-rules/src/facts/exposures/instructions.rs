//! How much of a drug was to be taken, or was given.

use std::collections::BTreeSet;

use curbside_chart::datatype::Period;
use curbside_chart::json::{Lazy, List, Number};
use curbside_chart::resource::Dosage;
use curbside_chart::time::{Day, When};
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

    /// Whether there are any, and they cannot be read.
    pub(super) fn are_malformed(&self) -> bool {
        matches!(self, Self::Planned(dosages) if dosages.is_present() && dosages.read().is_err())
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

/// Instructions of the same time.
struct Together<'d, 'a> {
    sequence: Option<&'d str>,
    bounds: Option<&'d Period<'a>>,
    dosages: Vec<&'d Dosage<'a>>,
}

/// Instructions at the same time add up; those in sequence, or with bounds of their own, follow each other, where they say
/// from when to when.
fn steps(cx: Cx<'_, '_>, dosages: &[Dosage<'_>], found: Option<&Match>, facts: &DrugFacts) -> Vec<Step> {
    let mut groups: Vec<Together<'_, '_>> = Vec::new();
    for dosage in dosages {
        let sequence = dosage.sequence.map(Number::as_written);
        let bounds = dosage.timing.as_ref().and_then(|timing| timing.repeat.as_ref()?.bounds_period.as_ref());
        match groups.iter_mut().find(|known| known.sequence == sequence && known.bounds == bounds) {
            Some(known) => known.dosages.push(dosage),
            None => groups.push(Together { sequence, bounds, dosages: vec![dosage] }),
        }
    }
    let doses: Vec<Dose> = groups
        .iter()
        .map(|group| group.dosages.iter().map(|dosage| daily(dosage, found, facts)).reduce(Dose::plus).unwrap_or(Dose::UNKNOWN))
        .collect();
    if let [only] = doses.as_slice() {
        return vec![Step { days: None, dose: *only }];
    }
    let bounded: Option<Vec<(When, When, Dose)>> = groups
        .iter()
        .zip(&doses)
        .map(|(group, dose)| Some((cx.when(group.bounds?.start.as_deref())?, cx.when(group.bounds?.end.as_deref())?, *dose)))
        .collect();
    let sequences: BTreeSet<Option<&str>> = groups.iter().map(|group| group.sequence).collect();
    let in_order = |steps: &[(When, When, Dose)]| {
        sequences.iter().all(|sequence| {
            let own = groups.iter().zip(steps).filter(|(group, _)| group.sequence == *sequence);
            follow_each_other(own.map(|(_, step)| step))
        })
    };
    match bounded {
        Some(steps) if !steps.is_empty() && in_order(&steps) => {
            let certain = steps.iter().map(|(start, end, dose)| Step { days: Some((start.last_day(), end.first_day())), dose: *dose });
            // On the days on which it may have begun already, or may go on, it may have been taken, or what is before or after it.
            let perhaps = Dose { low: Decimal::ZERO, high: doses.iter().copied().reduce(Dose::max).and_then(|dose| dose.high) };
            let possible = steps.iter().flat_map(|(start, end, _)| {
                let before = (start.first_day(), start.last_day().plus_days(-1));
                let after = (end.first_day().plus_days(1), end.last_day());
                [before, after].map(|days| Step { days: Some(days), dose: perhaps })
            });
            certain.chain(possible).filter(|step| step.days.is_none_or(|(from, to)| from <= to)).collect()
        }
        _ if sequences.len() == groups.len() => {
            let dose = doses.into_iter().reduce(Dose::either);
            vec![Step { days: None, dose: dose.unwrap_or(Dose::UNKNOWN) }]
        }
        // At times that are not the same and not known to be others: one of them at least, all of them at most.
        _ => {
            let least = doses.iter().map(|dose| dose.low).min().unwrap_or_default();
            let most = doses.into_iter().reduce(Dose::plus).and_then(|dose| dose.high);
            vec![Step { days: None, dose: Dose { low: least, high: most } }]
        }
    }
}

/// Whether no two of them may be of one day.
fn follow_each_other<'s>(steps: impl Iterator<Item = &'s (When, When, Dose)>) -> bool {
    let mut days: Vec<(Day, Day)> = steps.map(|(start, end, _)| (start.first_day(), end.last_day())).collect();
    days.sort_unstable();
    days.iter().zip(days.iter().skip(1)).all(|((_, end), (start, _))| end < start)
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
