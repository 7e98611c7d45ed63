//! What drug a medication record is about: its codes, those of the product it refers to, and, where
//! no code is known, the names in its words.

use std::borrow::Cow;
use std::rc::Rc;

use curbside_chart::datatype::{Concept, Reference};
use curbside_chart::resource::{DrugSaid, Ingredient, Medication, Resource as _};
use curbside_chart::{Kind, RecordRef};
use curbside_terminology::units::{Amount, Unit};
use curbside_terminology::{Drug, DrugSetId};
use rust_decimal::Decimal;

use super::dose::amount_of;
use crate::evaluate::Cx;

/// The drugs of all medication records.
#[derive(Debug, Default)]
pub struct Medicines {
    /// Records of one type that say the same share a medicine.
    list: Vec<(RecordRef, Rc<Medicine>)>,
    all: Sets,
    given: Sets,
}

/// The drug sets that records are about, or may be.
#[derive(Debug, Default)]
struct Sets {
    named: Vec<DrugSetId>,
    has_unresolved: bool,
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
    /// What tells products apart: the first code, or the ingredient that it stands for, in whatever system; else the words.
    /// Empty of what no drug set is about, as is its label.
    pub product: String,
    /// How a person would call it.
    pub label: String,
}

/// What a record and the product it refers to say.
#[derive(Default)]
struct Reading<'c> {
    matches: Vec<Match>,
    /// The first code, with its system.
    code: Option<(Cow<'c, str>, Cow<'c, str>)>,
    /// Words that may name the drug.
    words: Vec<Cow<'c, str>>,
}

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
        let mut all = Self::default();
        let records = chart.requests.len() + chart.statements.len() + chart.dispenses.len() + chart.administrations.len();
        all.list.reserve(records);
        let mut known: Vec<Option<Rc<Medicine>>> = Vec::new();
        macro_rules! each {
            ($Kind:ident, $field:ident) => {
                for (at, number) in chart.drugs(Kind::$Kind).iter().enumerate() {
                    let record = RecordRef::new(Kind::$Kind, at);
                    let number = *number as usize;
                    known.resize(known.len().max(number + 1), None);
                    let Some(place) = known.get_mut(number) else { continue };
                    let medicine = place.get_or_insert_with(|| {
                        let said = chart.$field.get(at).and_then(|held| held.data.drug());
                        let medicine = said.map(|said| Medicine::of(cx, record, said)).unwrap_or_default();
                        if record.kind == Kind::MedicationAdministration {
                            all.given.note(&medicine);
                        }
                        all.all.note(&medicine);
                        Rc::new(medicine)
                    });
                    all.list.push((record, Rc::clone(medicine)));
                }
            };
        }
        each!(MedicationRequest, requests);
        each!(MedicationStatement, statements);
        each!(MedicationDispense, dispenses);
        each!(MedicationAdministration, administrations);
        all
    }

    /// The medicine of a record.
    #[must_use]
    pub fn get(&self, record: RecordRef) -> Option<&Medicine> {
        let at = self.list.binary_search_by_key(&order(record), |(known, _)| order(*known)).ok()?;
        self.list.get(at).map(|(_, medicine)| &**medicine)
    }

    /// Those of administrations, in the order of the chart.
    pub(crate) fn administrations(&self) -> &[(RecordRef, Rc<Medicine>)] {
        let from = self.list.partition_point(|(record, _)| record.kind != Kind::MedicationAdministration);
        self.list.get(from..).unwrap_or_default()
    }

    /// Whether a record is about a drug of this set, or may be.
    #[must_use]
    pub fn may_be_of(&self, set: DrugSetId) -> bool {
        self.all.may_have(set)
    }

    /// Whether an administration is about a drug of this set, or may be.
    #[must_use]
    pub fn may_be_given(&self, set: DrugSetId) -> bool {
        self.given.may_have(set)
    }

    /// All of them.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &(RecordRef, Rc<Medicine>)> {
        self.list.iter()
    }
}

impl Sets {
    fn note(&mut self, medicine: &Medicine) {
        let sets = medicine.matches.iter().map(|found| found.drug.set).chain(medicine.suspected.iter().map(|drug| drug.set));
        for set in sets {
            if !self.named.contains(&set) {
                self.named.push(set);
            }
        }
        self.has_unresolved |= medicine.unresolved;
    }

    fn may_have(&self, set: DrugSetId) -> bool {
        self.has_unresolved || self.named.contains(&set)
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
    fn of(cx: Cx<'_, '_>, record: RecordRef, DrugSaid { concept, reference }: DrugSaid<'_, '_>) -> Self {
        let mut reading = Reading::default();
        if let Some(concept) = concept {
            reading.read(cx, concept);
        }
        if let Some(text) = reference.and_then(|reference| reference.reference.as_deref()) {
            match text.strip_prefix('#') {
                Some(id) => {
                    if let Some(product) = cx.chart().contained::<Medication<'_>>(record, Kind::Medication, id) {
                        reading.contained(cx, &product, record);
                    }
                }
                None => {
                    let referred = cx.chart().resolve(text).filter(|found| found.kind == Kind::Medication);
                    if let Some((found, product)) = referred.and_then(|found| Some((found, cx.chart().medications.get(found.at as usize)?)))
                    {
                        reading.product(cx, &product.data, found);
                    }
                }
            }
        }
        reading.words.extend(reference.and_then(|reference| reference.display.as_deref()).map(Cow::Borrowed));
        let Reading { matches, code, words } = reading;
        let mut medicine = Self { matches, unresolved: code.is_none() && words.is_empty(), ..Self::default() };
        medicine.suspect(cx, &words);
        if !medicine.matches.is_empty() || !medicine.suspected.is_empty() {
            let ingredients = code.as_ref().and_then(|(system, code)| ingredients(&cx.vocabulary().drugs_of(system, code)));
            let first = code.map_or_else(|| words.join(" "), |(system, code)| format!("{system}|{code}"));
            medicine.label = words.first().map_or_else(|| first.clone(), |word| word.clone().into_owned());
            medicine.product = ingredients.unwrap_or(first);
        }
        medicine
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

impl<'c> Reading<'c> {
    fn read(&mut self, cx: Cx<'_, '_>, concept: &'c Concept<'_>) {
        for coding in &*concept.coding {
            let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) else { continue };
            self.code.get_or_insert_with(|| (system.into(), code.into()));
            for drug in cx.vocabulary().drugs_of(system, code) {
                self.add(Match { drug, strength: strength_of_product(cx, drug) });
            }
        }
        self.words.extend(concept.words().map(Cow::Borrowed));
    }

    /// A product that stands in the record itself.
    fn contained(&mut self, cx: Cx<'_, '_>, product: &Medication<'_>, holder: RecordRef) {
        let mut own = Reading { matches: std::mem::take(&mut self.matches), ..Reading::default() };
        own.product(cx, product, holder);
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        self.matches = own.matches;
        self.code = self.code.take().or_else(|| own.code.map(|(system, code)| (owned(system), owned(code))));
        self.words.extend(own.words.into_iter().map(owned));
    }

    /// A product counts by its code, by its ingredients, and a combination for itself. What it refers to may stand in `holder`.
    fn product(&mut self, cx: Cx<'_, '_>, product: &'c Medication<'_>, holder: RecordRef) {
        if let Some(code) = &product.code {
            self.read(cx, code);
        }
        let ingredients = product.ingredient.read().unwrap_or_default();
        let mut codes: Vec<(String, String)> = Vec::new();
        let mut found: Vec<Match> = Vec::new();
        for ingredient in &ingredients {
            let referred = ingredient.item_reference.as_ref().and_then(|reference| code_of(cx, reference, holder));
            let Some(concept) = ingredient.item_codeable_concept.as_ref().or(ingredient.item.as_ref()).or(referred.as_ref()) else {
                continue;
            };
            self.words.extend(concept.words().map(|word| Cow::Owned(word.to_owned())));
            for coding in &*concept.coding {
                let (Some(system), Some(code)) = (coding.system.as_deref(), coding.code.as_deref()) else { continue };
                codes.push((system.to_owned(), code.to_owned()));
                self.code.get_or_insert_with(|| (system.to_owned().into(), code.to_owned().into()));
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
}

/// The ingredients that a code stands for, where it is no product's.
fn ingredients(drugs: &[Drug]) -> Option<String> {
    let is_plain = !drugs.is_empty() && drugs.iter().all(|drug| drug.product.is_none());
    is_plain.then(|| format!("{:?}", drugs.iter().map(|drug| (drug.set, drug.ingredient)).collect::<Vec<_>>()))
}

/// The code of the medication that an ingredient is, where it is a resource of its own.
fn code_of<'e>(cx: Cx<'_, 'e>, reference: &Reference<'_>, holder: RecordRef) -> Option<Concept<'e>> {
    let text = reference.reference.as_deref()?;
    match text.strip_prefix('#') {
        Some(id) => cx.chart().contained::<Medication<'e>>(holder, Kind::Medication, id)?.code,
        None => {
            let found = cx.chart().resolve(text).filter(|found| found.kind == Kind::Medication)?;
            cx.chart().medications.get(found.at as usize)?.data.code.clone()
        }
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
