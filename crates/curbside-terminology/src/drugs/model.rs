//! The file of a drug set, and of the products that widen one.

use std::collections::BTreeMap;

use curbside_source::{Diagnostic, Diagnostics, Spanned, did_you_mean};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::code::Code;
use crate::sign_off::{Pending, SignOff};
use crate::units::{Amount, Unit};

/// A set of drugs: one file in `value-sets/`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DrugSet")]
pub struct DrugSet {
    /// Its name, the same as the file's.
    pub drug_set: Spanned<String>,
    /// Its title for people.
    pub title: Option<String>,
    /// Groups of ingredients that count as one (a mixture and its enantiomer, a drug and its
    /// metabolite).
    #[serde(default)]
    pub same_as: Vec<Vec<Spanned<String>>>,
    /// How records of these drugs are read.
    #[serde(default)]
    pub reading: Reading,
    /// The ingredients by name.
    pub ingredients: BTreeMap<String, Ingredient>,
    /// Where the codes come from.
    pub source: Option<Spanned<String>>,
    /// Who answers for the whole set.
    pub sign_off: Option<SignOff>,
}

/// How records of the drugs of a set are read.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Reading")]
pub struct Reading {
    /// An early refill is taken after the supply before it, at most so many days later (default: not
    /// moved).
    pub carry_over: Option<DaysFigure>,
    /// What was only made ready was handed over so many days before or after (default: that day).
    pub handed_over_within: Option<DaysFigure>,
    /// A daily dose of more than so many times the least one is a slip and taken as unknown (default:
    /// taken as it stands).
    pub implausible_above: Option<TimesFigure>,
}

/// A number of days with its source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "DaysFigure")]
pub struct DaysFigure {
    /// How many days.
    pub days: Spanned<u16>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// A factor with its source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "TimesFigure")]
pub struct TimesFigure {
    /// How many times.
    pub times: Spanned<u16>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// An ingredient, or a group of drugs that rules do not tell apart.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "Ingredient")]
pub struct Ingredient {
    /// Class, for readers.
    pub class: Option<String>,
    /// RxNorm ingredient codes (CUIs).
    #[serde(default)]
    pub rxnorm: Vec<Spanned<String>>,
    /// ATC codes; one that is shorter than a substance's stands for everything below it.
    #[serde(default)]
    pub atc: Vec<Spanned<String>>,
    /// Codes of other systems, as `system|code`.
    #[serde(default)]
    pub codes: Vec<Spanned<Code>>,
    /// Words by which a drug without a known code is suspected to be this one.
    #[serde(default)]
    pub names: Vec<String>,
    /// The ingredient as which it is counted, where it is not counted as itself.
    pub counts_as: Option<Spanned<String>>,
    /// A product of several ingredients: recognised when all of these are in it, each an
    /// ingredient of this set or a `system|code`.
    #[serde(default)]
    pub combination: Vec<Spanned<String>>,
    /// Value set of the routes by which it is meant; by another it is not of this set.
    pub only_by: Option<Spanned<String>>,
    /// Least daily dose that counts.
    pub min_daily_dose: Option<MinimumDose>,
    /// What one unit of a countable form holds (`{device}` is 28 mg).
    #[serde(default)]
    pub units: Vec<UnitStrength>,
    /// Products with their strength.
    #[serde(default)]
    pub products: Vec<Product>,
    /// Forms with a minimum dose of their own.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Where the codes come from.
    pub source: Option<Spanned<String>>,
    /// Who answers for the codes.
    pub sign_off: Option<SignOff>,
}

/// A least daily dose with its source.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "MinimumDose")]
pub struct MinimumDose {
    /// The dose by day.
    pub dose: Spanned<Amount>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// What one unit of a countable form holds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "UnitStrength")]
pub struct UnitStrength {
    /// The unit as records write it.
    pub unit: String,
    /// What it holds.
    pub holds: Spanned<Amount>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// A product.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Product")]
pub struct Product {
    /// Its code.
    pub code: Spanned<Code>,
    /// How the system words it.
    pub title: Option<String>,
    /// How much of the ingredient one unit (tablet, capsule) holds.
    pub strength: Option<Spanned<Amount>>,
    /// The form it is, where that has a minimum dose of its own.
    pub form: Option<Spanned<String>>,
    /// Where it comes from.
    pub source: Option<Spanned<String>>,
    /// Who answers for it.
    pub sign_off: Option<SignOff>,
}

/// A form with a minimum dose of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Form")]
pub struct Form {
    /// Its name.
    pub name: Spanned<String>,
    /// Words in a product's name that suggest it; a dose that is enough for one form and not for
    /// the other is then unknown.
    #[serde(default)]
    pub words: Vec<String>,
    /// A single dose of which the form is told.
    pub single_dose: Option<Spanned<Amount>>,
    /// Its least daily dose.
    pub min_daily_dose: Option<MinimumDose>,
    /// Its daily dose is not what arithmetic gives (a depot taken weekly): always unknown.
    #[serde(default)]
    pub daily_dose_unknown: bool,
}

/// Products that widen a drug set, in a file of their own because they are generated.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ProductList")]
pub struct ProductList {
    /// The drug set it widens.
    pub products_of: Spanned<String>,
    /// Where they come from.
    pub source: Spanned<String>,
    /// Products by ingredient.
    pub ingredients: BTreeMap<String, Vec<Product>>,
}

impl ProductList {
    pub(crate) fn pending(&self) -> Vec<Pending> {
        let set = &self.products_of.value;
        let products = self.ingredients.iter().flat_map(|(name, products)| products.iter().map(move |product| (name, product)));
        products
            .filter_map(|(name, product)| {
                let what = format!("{set}: product {} of {name}", product.code.value);
                Pending::of(product.sign_off.as_ref(), product.source.as_ref().or(Some(&self.source)), what, product.code.span)
            })
            .collect()
    }
}

impl DrugSet {
    pub(crate) fn check(&self, found: &mut Diagnostics) {
        let known = || self.ingredients.keys().map(String::as_str);
        let unknown = |name: &Spanned<String>| {
            let message = format!("unknown ingredient `{}`", name.value);
            Diagnostic::error("unknown-ingredient", name.span, message).maybe_help(did_you_mean(&name.value, known()))
        };
        for name in self.same_as.iter().flatten() {
            if !self.ingredients.contains_key(&name.value) {
                found.push(unknown(name));
            }
        }
        let per_day = Unit::parse("mg/d");
        for ingredient in self.ingredients.values() {
            for dose in ingredient.min_daily_dose.iter().chain(ingredient.forms.iter().filter_map(|form| form.min_daily_dose.as_ref())) {
                if per_day.as_ref().is_some_and(|unit| !dose.dose.unit.comparable(unit)) {
                    let message = format!("`{}` is not a mass by time", dose.dose.value);
                    found.push(Diagnostic::error("wrong-unit", dose.dose.span, message).help("write it like `50 mg/day`"));
                }
            }
            if let Some(name) = &ingredient.counts_as
                && !self.ingredients.contains_key(&name.value)
            {
                found.push(unknown(name));
            }
            for part in &ingredient.combination {
                if !self.ingredients.contains_key(&part.value) && Code::parse(&part.value).is_err() {
                    found.push(unknown(part));
                }
            }
            for form in ingredient.products.iter().filter_map(|product| product.form.as_ref()) {
                if !ingredient.forms.iter().any(|known| known.name.value == form.value) {
                    found.error("unknown-form", form.span, format!("unknown form `{}`", form.value));
                }
            }
        }
    }

    pub(crate) fn pending(&self) -> Vec<Pending> {
        let set = &self.drug_set.value;
        let of = |sign_off: &Option<SignOff>, source: &Option<Spanned<String>>, what: String, span| {
            Pending::of(sign_off.as_ref(), source.as_ref(), what, span)
        };
        let mut pending: Vec<Pending> =
            of(&self.sign_off, &self.source, format!("{set}: every code"), self.drug_set.span).into_iter().collect();
        let Reading { carry_over, handed_over_within, implausible_above } = &self.reading;
        for (what, figure) in [("refills carried over", carry_over), ("handed over within", handed_over_within)] {
            if let Some(figure) = figure {
                let what = format!("{set}: {what} {} days", figure.days.value);
                pending.extend(of(&figure.sign_off, &figure.source, what, figure.days.span));
            }
        }
        if let Some(figure) = implausible_above {
            let what = format!("{set}: doses above {} times the least are implausible", figure.times.value);
            pending.extend(of(&figure.sign_off, &figure.source, what, figure.times.span));
        }
        for (name, ingredient) in &self.ingredients {
            let codes = ingredient.rxnorm.first().or(ingredient.atc.first()).map_or(self.drug_set.span, |code| code.span);
            pending.extend(of(&ingredient.sign_off, &ingredient.source, format!("{set}: codes of {name}"), codes));
            let doses = ingredient.min_daily_dose.iter().map(|dose| (name.clone(), dose));
            let forms =
                ingredient.forms.iter().filter_map(|form| Some((format!("{name} ({})", form.name.value), form.min_daily_dose.as_ref()?)));
            for (what, dose) in doses.chain(forms) {
                let what = format!("{set}: {what} at least {}", dose.dose.value);
                pending.extend(of(&dose.sign_off, &dose.source, what, dose.dose.span));
            }
            for unit in &ingredient.units {
                let what = format!("{set}: one {} of {name} holds {}", unit.unit, unit.holds.value);
                pending.extend(of(&unit.sign_off, &unit.source, what, unit.holds.span));
            }
            for product in &ingredient.products {
                let what = format!("{set}: product {} of {name}", product.code.value);
                pending.extend(of(&product.sign_off, &product.source, what, product.code.span));
            }
        }
        pending
    }
}
