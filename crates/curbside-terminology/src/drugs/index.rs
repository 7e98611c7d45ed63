//! Drug sets, ready for look-ups.

use curbside_source::{Diagnostic, Diagnostics, did_you_mean};
use rust_decimal::Decimal;

use super::model::{DaysFigure, DrugSet, Ingredient, MinimumDose, ProductList};
use super::names::Names;
use crate::code::Code;
use crate::system::{SystemId, Systems};
use crate::table::CodeTable;
use crate::units::Amount;

/// A drug set of a [`crate::Vocabulary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrugSetId(pub(crate) u16);

/// A drug that a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drug {
    /// The set it is in.
    pub set: DrugSetId,
    /// Its place among the set's ingredients.
    pub ingredient: u16,
    /// Its place among the ingredient's products, where the code is that of a product.
    pub product: Option<u32>,
}

/// A drug set, ready for look-ups.
#[derive(Clone, Debug)]
pub struct Drugs {
    /// Its name.
    pub name: String,
    /// Its title for people.
    pub title: Option<String>,
    /// Its ingredients.
    pub ingredients: Vec<DrugFacts>,
    /// An early refill is taken after the supply before it, at most so many days later.
    pub carry_over_days: i64,
    /// What was only made ready was handed over so many days before or after.
    pub handed_over_within_days: i64,
    /// A daily dose of more than so many times the least one is taken as unknown.
    pub implausible_times: Option<u16>,
}

/// What is known of an ingredient.
#[derive(Clone, Debug, Default)]
pub struct DrugFacts {
    /// Its name.
    pub name: String,
    /// The ingredient it counts as, by place.
    pub counts_as: usize,
    /// The number of the `same_as` group it is in.
    pub group: Option<usize>,
    /// Least daily dose in mg.
    pub min_daily_mg: Option<Decimal>,
    /// Value set of the routes by which it is meant, by name.
    pub only_by: Option<String>,
    /// What one unit of a countable form holds.
    pub units: Vec<(String, Amount)>,
    /// Strength and form of its products.
    pub products: Vec<ProductFacts>,
    /// Forms with a minimum dose of their own.
    pub forms: Vec<FormFacts>,
    /// What must all be in a product for it to be this combination.
    combination: Vec<Part>,
    /// A code to write it with, for cases.
    pub code: Option<Code>,
}

/// What is known of a product.
#[derive(Clone, Debug)]
pub struct ProductFacts {
    /// How much of the ingredient one unit holds.
    pub strength: Option<Amount>,
    /// The form it is, by place.
    pub form: Option<usize>,
}

/// What is known of a form.
#[derive(Clone, Debug)]
pub struct FormFacts {
    /// Its name.
    pub name: String,
    /// Words that suggest it, in lower case.
    pub words: Vec<String>,
    /// A single dose of which it is told.
    pub single_dose: Option<Amount>,
    /// Least daily dose in mg.
    pub min_daily_mg: Option<Decimal>,
    /// Its daily dose is always unknown.
    pub daily_dose_unknown: bool,
}

#[derive(Clone, Debug)]
enum Part {
    Ingredient(u16),
    Code(SystemId, String),
}

/// All drug sets of a pack.
#[derive(Clone, Debug, Default)]
pub(crate) struct DrugIndex {
    pub(crate) sets: Vec<Drugs>,
    codes: CodeTable<Drug>,
    names: Names,
}

impl DrugIndex {
    pub(crate) fn new(sets: &[DrugSet], lists: &[ProductList], systems: &mut Systems, found: &mut Diagnostics) -> Self {
        let mut index = Self::default();
        let mut names_of: Vec<(String, Drug)> = Vec::new();
        for (number, set) in sets.iter().enumerate() {
            let id = DrugSetId(u16::try_from(number).unwrap_or(u16::MAX));
            let names: Vec<&String> = set.ingredients.keys().collect();
            let place = |name: &str| names.iter().position(|known| *known == name);
            let reading = &set.reading;
            let days = |figure: &Option<DaysFigure>| figure.as_ref().map_or(0, |figure| i64::from(figure.days.value));
            let mut drugs = Drugs {
                name: set.drug_set.value.clone(),
                title: set.title.clone(),
                ingredients: Vec::new(),
                carry_over_days: days(&reading.carry_over),
                handed_over_within_days: days(&reading.handed_over_within),
                implausible_times: reading.implausible_above.as_ref().map(|figure| figure.times.value),
            };
            for (at, (name, ingredient)) in set.ingredients.iter().enumerate() {
                let drug = Drug { set: id, ingredient: u16::try_from(at).unwrap_or(u16::MAX), product: None };
                index.codes(drug, ingredient, systems);
                names_of.extend(ingredient.names.iter().chain(Some(name)).map(|name| (name.to_lowercase(), drug)));
                drugs.ingredients.push(facts(name, ingredient, at, &place, set, systems));
            }
            index.sets.push(drugs);
        }
        for list in lists {
            index.widen(list, systems, found);
        }
        index.names = Names::new(names_of);
        index
    }

    fn codes(&mut self, drug: Drug, ingredient: &Ingredient, systems: &mut Systems) {
        let rxnorm = ingredient.rxnorm.iter().map(|code| ("rxnorm", &code.value));
        let atc = ingredient.atc.iter().map(|code| ("atc", &code.value));
        for (system, code) in rxnorm.chain(atc) {
            let Some(uri) = Systems::uri_of(system) else { continue };
            self.add(systems.add(uri), code, systems, drug);
        }
        for code in &ingredient.codes {
            self.add(systems.add(&code.value.system), &code.value.code, systems, drug);
        }
        for (number, product) in ingredient.products.iter().enumerate() {
            let drug = Drug { product: u32::try_from(number).ok(), ..drug };
            self.add(systems.add(&product.code.value.system), &product.code.value.code, systems, drug);
        }
    }

    fn add(&mut self, system: SystemId, code: &str, systems: &Systems, drug: Drug) {
        self.codes.add(systems, system, code, systems.is_by_prefix(system), drug);
    }

    fn widen(&mut self, list: &ProductList, systems: &mut Systems, found: &mut Diagnostics) {
        let Some(set) = self.sets.iter().position(|set| set.name == list.products_of.value) else {
            let message = format!("unknown drug set `{}`", list.products_of.value);
            let help = did_you_mean(&list.products_of.value, self.sets.iter().map(|set| set.name.as_str()));
            found.push(Diagnostic::error("unknown-set", list.products_of.span, message).maybe_help(help));
            return;
        };
        for (name, products) in &list.ingredients {
            let Some(drugs) = self.sets.get_mut(set) else { continue };
            let Some(at) = drugs.ingredients.iter().position(|known| known.name == *name) else {
                found.error("unknown-ingredient", list.products_of.span, format!("unknown ingredient `{name}`"));
                continue;
            };
            let Some(facts) = drugs.ingredients.get_mut(at) else { continue };
            let first = facts.products.len();
            facts.products.extend(products.iter().map(|product| product_facts(product, &facts.forms)));
            for (number, product) in products.iter().enumerate() {
                let drug = Drug {
                    set: DrugSetId(u16::try_from(set).unwrap_or(u16::MAX)),
                    ingredient: u16::try_from(at).unwrap_or(u16::MAX),
                    product: u32::try_from(first + number).ok(),
                };
                self.add(systems.add(&product.code.value.system), &product.code.value.code, systems, drug);
            }
        }
    }

    /// The drugs that a code stands for.
    pub(crate) fn of_code(&self, systems: &Systems, system: SystemId, code: &str) -> Vec<Drug> {
        let mut found = Vec::new();
        self.codes.visit(systems, system, code, &mut |drug, _| found.push(*drug));
        found
    }

    /// The drugs whose names stand in a text as words of their own.
    pub(crate) fn named_in(&self, text: &str) -> Vec<Drug> {
        self.names.found_in(text)
    }

    /// Of the ingredients of one product, those that count: a combination replaces its parts.
    pub(crate) fn combined(&self, set: DrugSetId, drugs: &[Drug], codes: &[(SystemId, String)]) -> Vec<Drug> {
        let Some(facts) = self.sets.get(usize::from(set.0)) else { return drugs.to_vec() };
        for (at, ingredient) in facts.ingredients.iter().enumerate() {
            let has = |part: &Part| match part {
                Part::Ingredient(part) => drugs.iter().any(|drug| drug.ingredient == *part),
                Part::Code(system, code) => codes.iter().any(|known| known == &(*system, code.clone())),
            };
            if !ingredient.combination.is_empty() && ingredient.combination.iter().all(has) {
                return vec![Drug { set, ingredient: u16::try_from(at).unwrap_or(u16::MAX), product: None }];
            }
        }
        drugs.to_vec()
    }

    /// Of a combination the parts that are ingredients of the set.
    pub(crate) fn parts(&self, drug: Drug) -> Vec<u16> {
        let facts = self.sets.get(usize::from(drug.set.0)).and_then(|set| set.ingredients.get(usize::from(drug.ingredient)));
        facts
            .into_iter()
            .flat_map(|facts| &facts.combination)
            .filter_map(|part| match part {
                Part::Ingredient(at) => Some(*at),
                Part::Code(..) => None,
            })
            .collect()
    }
}

fn facts(
    name: &str,
    ingredient: &Ingredient,
    at: usize,
    place: &dyn Fn(&str) -> Option<usize>,
    set: &DrugSet,
    systems: &mut Systems,
) -> DrugFacts {
    let forms: Vec<FormFacts> = ingredient
        .forms
        .iter()
        .map(|form| FormFacts {
            name: form.name.value.clone(),
            words: form.words.iter().map(|word| word.to_lowercase()).collect(),
            single_dose: form.single_dose.as_ref().map(|dose| dose.value.clone()),
            min_daily_mg: form.min_daily_dose.as_ref().and_then(per_day),
            daily_dose_unknown: form.daily_dose_unknown,
        })
        .collect();
    let combination = ingredient.combination.iter().filter_map(|part| match place(&part.value) {
        Some(at) => u16::try_from(at).ok().map(Part::Ingredient),
        None => Code::parse(&part.value).ok().map(|code| Part::Code(systems.add(&code.system), code.code)),
    });
    let first_code = ingredient.rxnorm.first().map(|code| ("rxnorm", code)).or(ingredient.atc.first().map(|code| ("atc", code)));
    DrugFacts {
        name: name.to_owned(),
        counts_as: ingredient.counts_as.as_ref().and_then(|name| place(&name.value)).unwrap_or(at),
        group: set.same_as.iter().position(|group| group.iter().any(|member| member.value == name)),
        min_daily_mg: ingredient.min_daily_dose.as_ref().and_then(per_day),
        only_by: ingredient.only_by.as_ref().map(|set| set.value.clone()),
        units: ingredient.units.iter().map(|unit| (unit.unit.clone(), unit.holds.value.clone())).collect(),
        products: ingredient.products.iter().map(|product| product_facts(product, &forms)).collect(),
        combination: combination.collect(),
        code: first_code
            .and_then(|(system, code)| Some(Code { system: Systems::uri_of(system)?.to_owned(), code: code.value.clone() }))
            .or_else(|| ingredient.codes.first().map(|code| code.value.clone())),
        forms,
    }
}

fn product_facts(product: &super::Product, forms: &[FormFacts]) -> ProductFacts {
    ProductFacts {
        strength: product.strength.as_ref().map(|strength| strength.value.clone()),
        form: product.form.as_ref().and_then(|name| forms.iter().position(|form| form.name == name.value)),
    }
}

fn per_day(dose: &MinimumDose) -> Option<Decimal> {
    dose.dose.unit.convert(dose.dose.value.value, &crate::units::Unit::parse("mg/d")?)
}
