//! How much a draft order gives and for how long, asked of each of its instructions: one that fits is enough.

use std::cmp::Ordering;

use curbside_chart::RecordRef;
use curbside_chart::json::Number;
use curbside_chart::resource::Dosage;
use curbside_terminology::DrugFacts;
use curbside_terminology::units::{Amount, Unit};
use rust_decimal::Decimal;

use super::weight::Weight;
use super::{Answer, OrderTest};
use crate::evaluate::Cx;
use crate::facts::{Dosed, Match, OrderItem, doses_of, minutes_of, most_minutes_of, shown, single_dose, unit_of};
use crate::shared::Range;
use crate::truth::Truth;

const DOSE: (&str, &str) = ("dose of the order, in a known unit", "MedicationRequest.dosageInstruction.doseAndRate");
const BY_WEIGHT: (&str, &str) = ("dose of the order and a recent weight", "MedicationRequest.dosageInstruction, Observation");
const LENGTH: (&str, &str) = ("how long the dose takes", "MedicationRequest.dosageInstruction.timing, .rate");
const NO_DOSE: &str = "dose not recorded, or in an unknown unit";

/// The doses of one instruction: one, or the least and the most. Empty where they are not known.
struct Given {
    mg: Vec<Decimal>,
    by_weight: Vec<Decimal>,
}

impl Given {
    fn of(dosage: &Dosage<'_>, found: Option<&Match>, facts: Option<&DrugFacts>) -> Self {
        // Of a range without one of its ends no dose is known.
        let doses = if has_open_range(dosage) { Vec::new() } else { doses_of(dosage) };
        let mg: Option<Vec<Decimal>> = facts.and_then(|facts| doses.iter().map(|dose| single_dose(dose, found, facts)).collect());
        let by_weight: Option<Vec<Decimal>> = doses.iter().map(by_weight).collect();
        Self { mg: mg.unwrap_or_default(), by_weight: by_weight.unwrap_or_default() }
    }

    /// Each of its doses, once as nothing where none is known.
    fn each(&self) -> Vec<Dosed> {
        let count = self.mg.len().max(self.by_weight.len()).max(1);
        (0..count).map(|at| Dosed { mg: self.mg.get(at).copied(), by_weight: self.by_weight.get(at).copied() }).collect()
    }
}

impl OrderTest {
    /// What is asked of dose, dose by weight and duration, and the records of the weights it rests on.
    pub(super) fn amounts(&self, cx: Cx<'_, '_>, item: &OrderItem<'_>, found: Option<&Match>) -> (Vec<Answer>, Vec<RecordRef>) {
        let facts = found.and_then(|found| cx.vocabulary().drugs(found.drug.set)?.ingredients.get(usize::from(found.drug.ingredient)));
        let dosages = if self.first { first(&item.dosages) } else { amounts_said(&item.dosages) };
        let given: Vec<(&Dosage<'_>, Given)> = dosages.into_iter().map(|dosage| (dosage, Given::of(dosage, found, facts))).collect();
        // What fits in one instruction fits; where only the first one counts and it is not known which that is, they must agree.
        let together = |answers: Vec<(Truth, String)>, missing| {
            let truths = || answers.iter().map(|(truth, _)| *truth);
            let truth = if self.first { Truth::agreed(truths()) } else { truths().fold(Truth::False, Truth::or) };
            let says = answers.iter().find(|(own, _)| *own == truth).or(answers.first()).map(|(_, says)| says.clone());
            match says {
                Some(says) => (truth, says, Some(missing)),
                None => (Truth::Unknown, NO_DOSE.to_owned(), Some(missing)),
            }
        };
        let (mut answers, mut used): (Vec<Answer>, Vec<RecordRef>) = (Vec::new(), Vec::new());
        if let Some(range) = &self.dose {
            let of_each = given.iter().map(|(_, given)| match given.mg.as_slice() {
                [] => (Truth::Unknown, NO_DOSE.to_owned()),
                doses => (lies_in(range, doses), listed(doses, "mg")),
            });
            answers.push(together(of_each.collect(), DOSE));
        }
        if let Some((range, weighed)) = &self.per_weight {
            let test = |value: Decimal| range.test(&compare(value, "mg/kg"));
            let weights = weighed.weights(cx);
            let of_each = given.iter().map(|(_, given)| match (given.by_weight.as_slice(), given.mg.as_slice(), weights.as_slice()) {
                ([], [], _) => (Truth::Unknown, NO_DOSE.to_owned()),
                ([], _, []) => (Truth::Unknown, format!("no weight within {}", weighed.within)),
                ([], doses, weights) => by_body_weight(doses, weights, test),
                (doses, ..) => (Truth::agreed(doses.iter().map(|value| test(*value))), listed(doses, "mg/kg")),
            });
            answers.push(together(of_each.collect(), BY_WEIGHT));
            used.extend(weights.iter().map(|weight| weight.record));
        }
        if let Some(range) = &self.over {
            let test = |lengths: &[Decimal]| Truth::agreed(lengths.iter().map(|minutes| range.test(&compare(*minutes, "min"))));
            let says = |lengths: &[Decimal]| format!("over {}", listed(lengths, "minutes"));
            let of_each = given.iter().map(|(dosage, given)| {
                let lengths = |dose: &dyn Fn(Dosed) -> Dosed| -> Option<Vec<Decimal>> {
                    let least = given.each().into_iter().map(|given| minutes_of(dosage, dose(given)));
                    least.chain(most_minutes_of(dosage).map(Some)).collect()
                };
                if let Some(lengths) = lengths(&|dose| dose) {
                    return (test(&lengths), says(&lengths));
                }
                // A dose in mg at a rate by weight, or the other way round.
                let weights = self.weighed.as_ref().map(|weighed| weighed.weights(cx)).unwrap_or_default();
                let by_weight: Option<Vec<(&Weight, Vec<Decimal>)>> =
                    weights.iter().map(|weight| Some((weight, lengths(&|dose| weight.relates(dose))?))).collect();
                let Some(by_weight) = by_weight.filter(|lengths| !lengths.is_empty()) else {
                    return (Truth::Unknown, "how long the dose takes is not recorded".to_owned());
                };
                used.extend(weights.iter().map(|weight| weight.record));
                let of_weight =
                    |(weight, lengths): &(&Weight, Vec<Decimal>)| (test(lengths), format!("{} for {} kg", says(lengths), shown(weight.kg)));
                one_of_weights(&weights, by_weight.iter().map(of_weight).collect())
            });
            let of_each = of_each.collect();
            answers.push(together(of_each, LENGTH));
        }
        used.sort_unstable();
        used.dedup();
        (answers, used)
    }
}

fn has_open_range(dosage: &Dosage<'_>) -> bool {
    let ranges = dosage.dose_and_rate.iter().filter_map(|rate| rate.dose_range.as_ref()).chain(&dosage.dose_range);
    ranges.into_iter().any(|range| range.low.is_some() != range.high.is_some())
}

/// The instructions that say how much or how long; all of them where none does.
fn amounts_said<'d, 'a>(dosages: &'d [Dosage<'a>]) -> Vec<&'d Dosage<'a>> {
    let says = |dosage: &&Dosage<'_>| {
        let repeat = dosage.timing.as_ref().and_then(|timing| timing.repeat.as_ref());
        // A rate without a dose says how much, only not how much in one dose.
        !doses_of(dosage).is_empty() || !dosage.dose_and_rate.is_empty() || repeat.is_some_and(|repeat| repeat.duration.is_some())
    };
    let said: Vec<&Dosage<'_>> = dosages.iter().filter(says).collect();
    if said.is_empty() { dosages.iter().collect() } else { said }
}

/// The instruction that is followed first; all of them where they do not say which that is.
fn first<'d, 'a>(dosages: &'d [Dosage<'a>]) -> Vec<&'d Dosage<'a>> {
    let said = amounts_said(dosages);
    let sequence = |dosage: &&Dosage<'_>| dosage.sequence.and_then(Number::decimal);
    match said.iter().map(sequence).collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().min()) {
        Some(least) => said.into_iter().filter(|dosage| sequence(dosage) == Some(least)).collect(),
        None => said,
    }
}

/// Whether doses in mg lie in a range: where both ends do, or neither does, what is between them may be another matter.
fn lies_in(range: &Range, doses: &[Decimal]) -> Truth {
    let ends = Truth::agreed(doses.iter().map(|mg| range.test(&compare(*mg, "mg"))));
    match (doses.iter().min(), doses.iter().max()) {
        (Some(least), Some(most)) if least < most => {
            Truth::agreed([ends, range.test_between(&compare(*least, "mg"), &compare(*most, "mg"))])
        }
        _ => ends,
    }
}

fn listed(figures: &[Decimal], unit: &str) -> String {
    let mut shown: Vec<String> = figures.iter().map(|figure| format!("{} {unit}", shown(*figure))).collect();
    shown.dedup();
    shown.join(" to ")
}

/// Doses in mg for a weight.
fn by_body_weight(doses: &[Decimal], weights: &[Weight], test: impl Fn(Decimal) -> Truth) -> (Truth, String) {
    let of_weight = |weight: &Weight| {
        let by_weight: Option<Vec<Decimal>> = doses.iter().map(|mg| mg.checked_div(weight.kg)).collect();
        let by_weight = by_weight.unwrap_or_default();
        let truth = Truth::agreed(by_weight.iter().map(|value| test(*value)));
        let shown_doses: Vec<String> = by_weight.iter().map(|value| format!("{} mg/kg", value.round_dp(4).normalize())).collect();
        (truth, format!("{} for {} kg is {}", listed(doses, "mg"), shown(weight.kg), shown_doses.join(" to ")))
    };
    one_of_weights(weights, weights.iter().map(of_weight).collect())
}

/// Of weights of one moment the one counts that makes it true, as the clinically worse one; others must agree.
fn one_of_weights(weights: &[Weight], answers: Vec<(Truth, String)>) -> (Truth, String) {
    let is_one_moment = weights.iter().zip(weights.iter().skip(1)).all(|(a, b)| a.when == b.when);
    let truths = answers.iter().map(|(truth, _)| *truth);
    let truth = if is_one_moment { truths.fold(Truth::False, Truth::or) } else { Truth::agreed(truths) };
    let says = answers.into_iter().find(|(own, _)| *own == truth).map(|(_, says)| says);
    (truth, says.unwrap_or_else(|| "which of several weights is the latest is not known".to_owned()))
}

fn compare(value: Decimal, unit: &'static str) -> impl Fn(&Amount) -> Option<Ordering> {
    let unit = Unit::parse(unit);
    move |bound: &Amount| unit.as_ref()?.compare(value, &bound.unit, bound.value)
}

/// A dose that is given by body weight, in mg/kg.
fn by_weight(quantity: &curbside_chart::datatype::Quantity<'_>) -> Option<Decimal> {
    unit_of(quantity)?.convert(quantity.value?.decimal()?, &Unit::parse("mg/kg")?)
}
