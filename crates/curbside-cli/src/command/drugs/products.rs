//! RxNorm's way from a product to its ingredients: a branded product is the trade name of a clinical
//! one (SBD → SCD), a clinical one consists of components with a strength (SCD → SCDC), and a component
//! has an ingredient (SCDC → IN). Packs (GPCK, BPCK) contain products.
//!
//! Every relation stands in the files in both directions; types of terms tell which end is which.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use curbside_terminology::{Code, DrugSet, Systems};

use super::rrf::{column, rows};

/// What is looked for: the ingredients of a drug set by their codes.
pub(super) struct Wanted {
    /// Names by RxNorm code.
    ingredients: HashMap<String, String>,
    /// Combinations: their name, and the codes of each part.
    combinations: Vec<(String, Vec<BTreeSet<String>>)>,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Found {
    /// Its code, as `system|code`.
    pub(super) code: String,
    /// How RxNorm words it.
    pub(super) title: String,
    /// How much one unit holds, where that is a mass by unit.
    pub(super) strength: Option<String>,
}

impl Wanted {
    /// The ingredients of a drug set.
    pub(super) fn of(set: &DrugSet) -> Self {
        let mut ingredients = HashMap::new();
        let codes = |name: &str| -> BTreeSet<String> {
            set.ingredients.get(name).into_iter().flat_map(|ingredient| &ingredient.rxnorm).map(|code| code.value.clone()).collect()
        };
        for name in set.ingredients.keys() {
            ingredients.extend(codes(name).into_iter().map(|code| (code, name.clone())));
        }
        let part = |text: &str| match Code::parse(text) {
            Ok(code) if Systems::short_name(&code.system) == "rxnorm" => BTreeSet::from([code.code]),
            _ => codes(text),
        };
        let combined = set.ingredients.iter().filter(|(_, ingredient)| !ingredient.combination.is_empty());
        let combinations =
            combined.map(|(name, ingredient)| (name.clone(), ingredient.combination.iter().map(|text| part(&text.value)).collect()));
        Self { combinations: combinations.collect(), ingredients }
    }

    /// As which ingredients a product with these components counts, and by which component each.
    fn named<'c>(&self, components: &[(&'c str, &str)]) -> Vec<(String, &'c str)> {
        let of = |part: &BTreeSet<String>| components.iter().find(|(_, ingredient)| part.contains(*ingredient));
        for (name, parts) in &self.combinations {
            if parts.iter().all(|part| of(part).is_some()) {
                // The dose of a combination is that of its first part.
                let first = parts.first().and_then(of);
                return first.map(|(component, _)| (name.clone(), *component)).into_iter().collect();
            }
        }
        let own = components.iter().filter_map(|(component, ingredient)| Some((self.ingredients.get(*ingredient)?.clone(), *component)));
        own.collect()
    }
}

/// Products by the name of their ingredient.
pub(super) fn find(folder: &Path, wanted: &Wanted, ndc: bool) -> Result<BTreeMap<String, Vec<Found>>, String> {
    let terms = terms(folder)?;
    let graph = Graph::read(folder, &terms)?;
    let mut chosen: Vec<(String, &str, Option<&str>)> = Vec::new();
    for product in terms.iter().filter(|(_, term)| term.is_product()).map(|(code, _)| code.as_str()) {
        chosen.extend(graph.ingredients(product, &terms, wanted).into_iter().map(|(name, component)| (name, product, component)));
    }
    let components: HashSet<&str> = chosen.iter().filter_map(|(_, _, component)| *component).collect();
    let products: HashSet<&str> = chosen.iter().map(|(_, product, _)| *product).collect();
    let facts = Facts::read(folder, &components, &products, ndc)?;
    let mut found: BTreeMap<String, Vec<Found>> = BTreeMap::new();
    for (name, product, component) in chosen {
        let strength = component.and_then(|component| {
            let worded = terms.get(component).map_or("", |term| term.text.as_str());
            amount(facts.strengths.get(component).map_or(worded, String::as_str))
        });
        let title = terms.get(product).map_or_else(String::new, |term| term.text.clone());
        let list = found.entry(name).or_default();
        list.push(Found { code: format!("rxnorm|{product}"), title: title.clone(), strength: strength.clone() });
        for code in facts.national.get(product).into_iter().flatten() {
            list.push(Found { code: format!("ndc|{code}"), title: title.clone(), strength: strength.clone() });
        }
    }
    for list in found.values_mut() {
        list.sort();
        list.dedup();
    }
    Ok(found)
}

/// A concept of RxNorm's own.
struct Term {
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ingredient,
    Component,
    Clinical,
    Branded,
    Pack,
}

impl Term {
    const fn is_product(&self) -> bool {
        matches!(self.kind, Kind::Clinical | Kind::Branded | Kind::Pack)
    }
}

/// The concepts that matter, by their code.
fn terms(folder: &Path) -> Result<HashMap<String, Term>, String> {
    let mut terms = HashMap::new();
    rows(folder, "RXNCONSO.RRF", |row| {
        let kind = match column(row, 12) {
            "IN" => Kind::Ingredient,
            "SCDC" => Kind::Component,
            "SCD" => Kind::Clinical,
            "SBD" => Kind::Branded,
            "GPCK" | "BPCK" => Kind::Pack,
            _ => return,
        };
        if column(row, 11) == "RXNORM" && matches!(column(row, 16), "N" | "") {
            terms.insert(column(row, 0).to_owned(), Term { kind, text: column(row, 14).to_owned() });
        }
    })?;
    Ok(terms)
}

/// What is made of what.
#[derive(Default)]
struct Graph {
    /// Components and the ingredient of each.
    ingredients: HashMap<String, BTreeSet<String>>,
    /// Clinical products and their components.
    components: HashMap<String, BTreeSet<String>>,
    /// Branded products and the clinical ones they are trade names of; packs and what they contain.
    products: HashMap<String, BTreeSet<String>>,
}

impl Graph {
    fn read(folder: &Path, terms: &HashMap<String, Term>) -> Result<Self, String> {
        let mut graph = Self::default();
        rows(folder, "RXNREL.RRF", |row| {
            let ends = (column(row, 0), column(row, 4));
            let (Some(one), Some(other)) = (terms.get(ends.0), terms.get(ends.1)) else { return };
            let relation = column(row, 7);
            for ((whole, whole_kind), (part, part_kind)) in
                [((ends.0, one.kind), (ends.1, other.kind)), ((ends.1, other.kind), (ends.0, one.kind))]
            {
                let table = match (whole_kind, part_kind, relation) {
                    (Kind::Component, Kind::Ingredient, "has_ingredient" | "ingredient_of") => &mut graph.ingredients,
                    (Kind::Clinical, Kind::Component, "consists_of" | "constitutes") => &mut graph.components,
                    (Kind::Branded, Kind::Clinical, "tradename_of" | "has_tradename") => &mut graph.products,
                    (Kind::Pack, Kind::Clinical | Kind::Branded, "contains" | "contained_in") => &mut graph.products,
                    _ => continue,
                };
                table.entry(whole.to_owned()).or_default().insert(part.to_owned());
            }
        })?;
        Ok(graph)
    }

    /// As which ingredients of the set a product counts, and the component that says its strength. A
    /// pack holds several products, so that one unit of it has no strength.
    fn ingredients<'g>(&'g self, product: &str, terms: &HashMap<String, Term>, wanted: &Wanted) -> Vec<(String, Option<&'g str>)> {
        let is_pack = terms.get(product).is_some_and(|term| term.kind == Kind::Pack);
        let mut named: Vec<(String, Option<&str>)> = Vec::new();
        let mut open: Vec<&str> = vec![product];
        let mut seen: HashSet<String> = HashSet::new();
        while let Some(product) = open.pop() {
            if !seen.insert(product.to_owned()) {
                continue;
            }
            let components = self.components.get(product).into_iter().flatten();
            let pairs: Vec<(&str, &str)> = components
                .flat_map(|component| {
                    self.ingredients.get(component).into_iter().flatten().map(|ingredient| (component.as_str(), ingredient.as_str()))
                })
                .collect();
            named.extend(wanted.named(&pairs).into_iter().map(|(name, component)| (name, (!is_pack).then_some(component))));
            if let Some(inner) = self.products.get(product) {
                open.extend(inner.iter().map(String::as_str));
            }
        }
        let mut sorted: Vec<(String, Option<&'g str>)> = Vec::new();
        for (name, component) in named {
            let component =
                component.and_then(|component| self.ingredients.get_key_value(component)).map(|(component, _)| component.as_str());
            match sorted.iter_mut().find(|(known, _)| *known == name) {
                // Two strengths of one ingredient in one product: neither is its strength.
                Some(known) if known.1 != component => known.1 = None,
                Some(_) => {}
                None => sorted.push((name, component)),
            }
        }
        sorted
    }
}

/// What RXNSAT.RRF says of the components and products that matter.
struct Facts {
    strengths: HashMap<String, String>,
    national: HashMap<String, BTreeSet<String>>,
}

impl Facts {
    fn read(folder: &Path, components: &HashSet<&str>, products: &HashSet<&str>, ndc: bool) -> Result<Self, String> {
        let mut facts = Self { strengths: HashMap::new(), national: HashMap::new() };
        rows(folder, "RXNSAT.RRF", |row| {
            let (code, name, value) = (column(row, 0), column(row, 8), column(row, 10));
            if column(row, 9) != "RXNORM" || !matches!(column(row, 11), "N" | "") {
                return;
            }
            match name {
                "RXN_STRENGTH" if components.contains(code) => drop(facts.strengths.insert(code.to_owned(), value.to_owned())),
                "NDC" if ndc && products.contains(code) => {
                    facts.national.entry(code.to_owned()).or_default().insert(value.to_owned());
                }
                _ => {}
            }
        })?;
        Ok(facts)
    }
}

/// `sertraline 50 MG` as `50 mg`: the mass that ends a text. `20 MG/ML` is no mass by unit.
fn amount(text: &str) -> Option<String> {
    let mut words = text.split_whitespace().rev();
    let (unit, number) = (words.next()?, words.next()?);
    let unit = match unit {
        "MG" => "mg",
        "MCG" | "UG" => "ug",
        "GM" | "G" => "g",
        _ => return None,
    };
    let is_number = number.chars().all(|c| c.is_ascii_digit() || c == '.') && number.parse::<f64>().is_ok_and(|value| value > 0.0);
    is_number.then(|| format!("{number} {unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mass_by_unit_is_a_strength() {
        assert_eq!(amount("sertraline 50 MG").as_deref(), Some("50 mg"));
        assert_eq!(amount("liothyronine sodium 0.005 MG").as_deref(), Some("0.005 mg"));
        assert_eq!(amount("25 MCG").as_deref(), Some("25 ug"));
        for text in ["sertraline 20 MG/ML", "50 MG/HR", "0 MG", "1.2.3 MG", "MG", "", "10 UNT"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }
}
