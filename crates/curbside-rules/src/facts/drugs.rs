//! What drug a medication record is about: its codes, those of the product it refers to, and, where
//! no code is known, the names in its words.

use std::borrow::Cow;

use curbside_chart::datatype::{Concept, Reference};
use curbside_chart::reference::{Target, parse};
use curbside_chart::resource::{Ingredient, Medicated, Medication};
use curbside_chart::{Kind, RecordRef};
use curbside_terminology::units::{Amount, Unit};
use curbside_terminology::{Drug, DrugSetId};
use rust_decimal::Decimal;

use super::dose::amount_of;
use crate::evaluate::Cx;

/// The drugs of all medication records.
#[derive(Debug, Default)]
pub struct Medicines {
    list: Vec<(RecordRef, Medicine)>,
}

/// What drug a record is about.
#[derive(Clone, Debug, Default)]
pub struct Medicine {
    /// The drugs that its codes stand for, each with its strength where the product says it.
    pub matches: Vec<Match>,
    /// Drugs that are only named in its words.
    pub suspected: Vec<Drug>,
    /// It does not say what drug it is about.
    pub unresolved: bool,
    /// What tells products apart: the first code, else the words.
    pub product: String,
    /// How a person would call it.
    pub label: String,
}

/// The words of a record that may name its drug.
type Words<'c> = Vec<Cow<'c, str>>;

/// A drug that a code stands for.
#[derive(Clone, Debug)]
pub struct Match {
    /// The drug.
    pub drug: Drug,
    /// How much of it is in how much of the product, where the product says so.
    pub strength: Option<(Amount, Per)>,
}

/// What a strength is counted by.
#[derive(Clone, Debug, PartialEq)]
pub enum Per {
    /// One tablet, capsule or other piece.
    Piece,
    /// An amount, mostly a volume.
    Amount(Amount),
}

impl Medicines {
    pub(super) fn of(cx: Cx<'_, '_>) -> Self {
        let chart = cx.chart();
        let mut list = Vec::new();
        macro_rules! each {
            ($Kind:ident, $field:ident) => {
                for (at, held) in chart.$field.iter().enumerate() {
                    let record = RecordRef::new(Kind::$Kind, at);
                    list.push((record, Medicine::of(cx, record, held.data.concept(), held.data.reference())));
                }
            };
        }
        each!(MedicationRequest, requests);
        each!(MedicationStatement, statements);
        each!(MedicationDispense, dispenses);
        each!(MedicationAdministration, administrations);
        Self { list }
    }

    /// The medicine of a record.
    #[must_use]
    pub fn get(&self, record: RecordRef) -> Option<&Medicine> {
        let at = self.list.binary_search_by_key(&order(record), |(known, _)| order(*known)).ok()?;
        self.list.get(at).map(|(_, medicine)| medicine)
    }

    /// Whether a record is about a drug of this set, or may be.
    #[must_use]
    pub fn may_be_of(&self, set: DrugSetId) -> bool {
        self.list.iter().any(|(_, medicine)| medicine.may_be_of(set))
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &(RecordRef, Medicine)> {
        self.list.iter()
    }
}

/// The order in which the records are listed.
fn order(record: RecordRef) -> (u8, u32) {
    let kind = match record.kind {
        Kind::MedicationRequest => 0,
        Kind::MedicationStatement => 1,
        Kind::MedicationDispense => 2,
        _ => 3,
    };
    (kind, record.at)
}

impl Medicine {
    fn of(cx: Cx<'_, '_>, record: RecordRef, concept: Option<&Concept<'_>>, reference: Option<&Reference<'_>>) -> Self {
        let mut medicine = Self::default();
        let mut words: Words<'_> = Vec::new();
        if let Some(concept) = concept {
            medicine.read(cx, concept, &mut words);
        }
        if let Some(text) = reference.and_then(|reference| reference.reference.as_deref()) {
            match parse(text) {
                Target::Contained(id) => {
                    if let Some(product) = cx.chart().contained::<Medication<'_>>(record, Kind::Medication, id) {
                        let mut own = Vec::new();
                        medicine.product(cx, &product, &mut own);
                        words.extend(own.into_iter().map(|word| Cow::Owned(word.into_owned())));
                    }
                }
                _ => {
                    let referred = cx.chart().resolve(text).filter(|found| found.kind == Kind::Medication);
                    if let Some(product) = referred.and_then(|found| cx.chart().medications.get(found.at as usize)) {
                        medicine.product(cx, &product.data, &mut words);
                    }
                }
            }
        }
        words.extend(reference.and_then(|reference| reference.display.as_deref()).map(Cow::Borrowed));
        medicine.unresolved = medicine.product.is_empty() && words.is_empty();
        if medicine.product.is_empty() {
            medicine.product = words.join(" ");
        }
        medicine.label = words.first().map_or_else(|| medicine.product.clone(), |word| word.clone().into_owned());
        medicine.suspect(cx, &words);
        medicine
    }

    fn read<'c>(&mut self, cx: Cx<'_, '_>, concept: &'c Concept<'_>, words: &mut Words<'c>) {
        for coding in &*concept.coding {
            let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) else { continue };
            if self.product.is_empty() {
                self.product = format!("{system}|{code}");
            }
            for drug in cx.vocabulary().drugs_of(system, code) {
                self.add(Match { drug, strength: strength_of_product(cx, drug) });
            }
        }
        words.extend(concept.words().map(Cow::Borrowed));
    }

    /// A product counts by its code, by its ingredients, and a combination for itself.
    fn product<'c>(&mut self, cx: Cx<'_, '_>, product: &'c Medication<'_>, words: &mut Words<'c>) {
        if let Some(code) = &product.code {
            self.read(cx, code, words);
        }
        let ingredients = product.ingredient.read().unwrap_or_default();
        let mut codes: Vec<(String, String)> = Vec::new();
        let mut found: Vec<Match> = Vec::new();
        for ingredient in &ingredients {
            let Some(concept) = ingredient.item_codeable_concept.as_ref().or(ingredient.item.as_ref()) else { continue };
            words.extend(concept.words().map(|word| Cow::Owned(word.to_owned())));
            for coding in &*concept.coding {
                let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) else { continue };
                codes.push((system.to_owned(), code.to_owned()));
                if self.product.is_empty() {
                    self.product = format!("{system}|{code}");
                }
                for drug in cx.vocabulary().drugs_of(system, code) {
                    found.push(Match { drug, strength: strength(ingredient) });
                }
            }
        }
        let codes: Vec<(&str, &str)> = codes.iter().map(|(system, code)| (system.as_str(), code.as_str())).collect();
        let sets: Vec<DrugSetId> = found.iter().map(|found| found.drug.set).collect();
        for set in sets {
            let of_set: Vec<Drug> = found.iter().map(|found| found.drug).filter(|drug| drug.set == set).collect();
            for drug in cx.vocabulary().combined(set, &of_set, &codes) {
                // A combination has the strength of the first of its parts that has one.
                let parts = cx.vocabulary().parts(drug);
                let own = found
                    .iter()
                    .find(|known| known.drug == drug)
                    .or_else(|| found.iter().find(|known| known.drug.set == set && parts.contains(&known.drug.ingredient)));
                self.add(Match { drug, strength: own.and_then(|known| known.strength.clone()) });
            }
        }
    }

    fn add(&mut self, new: Match) {
        let same = |known: &&mut Match| known.drug.set == new.drug.set && known.drug.ingredient == new.drug.ingredient;
        match self.matches.iter_mut().find(same) {
            Some(known) if known.strength.is_none() => *known = new,
            Some(known) if known.drug.product.is_none() => known.drug.product = new.drug.product,
            Some(_) => {}
            None => self.matches.push(new),
        }
    }

    /// Names count only where no code of the same set is known.
    fn suspect(&mut self, cx: Cx<'_, '_>, words: &[Cow<'_, str>]) {
        for text in words {
            for drug in cx.vocabulary().drugs_named_in(text) {
                let is_known = self.matches.iter().any(|known| known.drug.set == drug.set);
                if !is_known && !self.suspected.contains(&drug) {
                    self.suspected.push(drug);
                }
            }
        }
    }

    /// Whether it is a drug of this set, or may be.
    #[must_use]
    pub fn may_be_of(&self, set: DrugSetId) -> bool {
        self.unresolved || self.of_set(set).next().is_some() || self.suspected.iter().any(|drug| drug.set == set)
    }

    /// Its drugs of a set.
    pub fn of_set(&self, set: DrugSetId) -> impl Iterator<Item = &Match> {
        self.matches.iter().filter(move |found| found.drug.set == set)
    }
}

fn strength_of_product(cx: Cx<'_, '_>, drug: Drug) -> Option<(Amount, Per)> {
    let facts = cx.vocabulary().drugs(drug.set)?.ingredients.get(usize::from(drug.ingredient))?;
    let product = facts.products.get(drug.product? as usize)?;
    product.strength.clone().map(|strength| (strength, Per::Piece))
}

/// The strength that a product states: `25 mg` in one capsule, `20 mg` in 5 mL.
fn strength(ingredient: &Ingredient<'_>) -> Option<(Amount, Per)> {
    if let Some(quantity) = &ingredient.strength_quantity {
        return amount_of(quantity).map(|amount| (amount, Per::Piece));
    }
    let ratio = ingredient.strength.as_ref().or(ingredient.strength_ratio.as_ref())?;
    let above = amount_of(ratio.numerator.as_ref()?)?;
    let Some(below) = ratio.denominator.as_ref() else { return Some((above, Per::Piece)) };
    match amount_of(below) {
        Some(below) if !below.unit.is_dimensionless() => Some((above, Per::Amount(below))),
        // A count of pieces: `1 {capsule}`, `1 capsule`.
        _ => {
            let pieces = below.value.and_then(|value| value.decimal()).unwrap_or(Decimal::ONE);
            let value = above.value.checked_div(pieces)?;
            Some((Amount { value, unit: above.unit }, Per::Piece))
        }
    }
}

/// Grams and what is made of them.
#[must_use]
pub(super) fn milligrams(amount: &Amount) -> Option<Decimal> {
    amount.unit.convert(amount.value, &Unit::parse("mg")?)
}
