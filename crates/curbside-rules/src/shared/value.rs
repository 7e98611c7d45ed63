//! A test on the value of an observation: a range of amounts, codes, or words exactly.

use std::cmp::Ordering;

use curbside_chart::datatype::{Concept, Quantity};
use curbside_chart::json::Number;
use curbside_chart::resource::Value;
use curbside_source::Spanned;
use curbside_terminology::units::{Amount, Analyte, Unit};
use curbside_terminology::{ValueSetId, Vocabulary};
use schemars::JsonSchema;
use serde::Deserialize;

use super::range::{Measure, Range, RangeModel};
use crate::compile::Compiler;
use crate::facts::{shown_as_recorded, unit_of};
use crate::model::{Names, OneOrMany, Quantity as Figure};
use crate::truth::Truth;

/// A test on a value.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "ValueTest", transform = crate::schema::below_or_less_than)]
pub struct ValueModel {
    /// Greater than this.
    pub above: Option<Figure>,
    /// Less than this.
    #[serde(alias = "less_than")]
    pub below: Option<Figure>,
    /// This or greater.
    pub at_least: Option<Figure>,
    /// This or less.
    pub at_most: Option<Figure>,
    /// Its code is in these value sets.
    pub r#in: Option<Names>,
    /// It is exactly one of these: as a code, a text or a string.
    #[schemars(with = "Option<crate::model::OneOrMany<crate::schema::Plain>>")]
    pub is: Option<OneOrMany<String>>,
}

/// A test on a value, ready.
#[derive(Clone, Debug)]
pub struct ValueTest {
    range: Option<Range>,
    sets: Vec<ValueSetId>,
    is: Vec<String>,
}

impl ValueTest {
    /// Makes the test of a criterion ready.
    pub fn compile(model: &Spanned<ValueModel>, compiler: &mut Compiler<'_>) -> Option<Self> {
        let ValueModel { above, below, at_least, at_most, r#in, is } = &model.value;
        let has_range = [above, below, at_least, at_most].into_iter().any(Option::is_some);
        if !has_range && r#in.is_none() && is.is_none() {
            compiler.error("nothing-asked", model.span, "this asks for nothing: give bounds, `in` or `is`");
        }
        let range = RangeModel {
            above: above.clone(),
            below: below.clone(),
            at_least: at_least.clone(),
            at_most: at_most.clone(),
            one_of: None,
            not_one_of: None,
        };
        let range =
            if has_range { Some(Range::compile(&Spanned { value: range, span: model.span }, Measure::Value, compiler)?) } else { None };
        let sets = compiler.value_sets(r#in.as_ref())?;
        Some(Self { range, sets, is: is.iter().flat_map(|words| words.iter()).map(|word| word.to_lowercase()).collect() })
    }

    /// Tests a value. `loinc` is the code of its observation, for conversions that need the substance.
    #[must_use]
    pub fn test(&self, vocabulary: &Vocabulary, value: &Value<'_>, loinc: Option<&str>) -> Truth {
        match value {
            Value::Absent | Value::Unreadable => Truth::Unknown,
            Value::Quantity(quantity) => self.quantity(quantity, loinc),
            Value::Integer(number) => self.number(*number),
            Value::Concept(concept) => self.concept(vocabulary, concept),
            Value::Text(text) => self.word(text),
            Value::Bool(truth) => self.word(if *truth { "true" } else { "false" }),
        }
    }

    fn quantity(&self, quantity: &Quantity<'_>, loinc: Option<&str>) -> Truth {
        let Some(range) = &self.range else { return Truth::Unknown };
        let Some(value) = quantity.value.and_then(Number::decimal) else { return Truth::Unknown };
        let unit = unit_of(quantity);
        let has_unit = quantity.code.is_some() || quantity.unit.is_some();
        let analyte = loinc.and_then(Analyte::of_loinc);
        let compare = |bound: &Amount| {
            let plain = || bound.unit.is_number().then(|| value.cmp(&bound.value));
            match &unit {
                Some(unit) => unit.compare(value, &bound.unit, bound.value).or_else(|| analyte?.compare(value, unit, bound)),
                // Without a unit a plain number compares with plain numbers only.
                None if !has_unit => plain(),
                None => None,
            }
        };
        let endless = |order: Ordering| move |bound: &Amount| compare(bound).map(|_| order);
        // `<30` is never 30: where it is compared with 30 it is less.
        let open = |side: Ordering| move |bound: &Amount| compare(bound).map(|order| order.then(side));
        match quantity.comparator.as_deref() {
            None | Some("") => range.test(&compare),
            Some("<") => range.test_between(&endless(Ordering::Less), &open(Ordering::Less)),
            Some("<=") => range.test_between(&endless(Ordering::Less), &compare),
            Some(">") => range.test_between(&open(Ordering::Greater), &endless(Ordering::Greater)),
            Some(">=") => range.test_between(&compare, &endless(Ordering::Greater)),
            Some(_) => Truth::Unknown,
        }
    }

    fn number(&self, number: Number<'_>) -> Truth {
        let Some(value) = number.decimal() else { return Truth::Unknown };
        let compare = |bound: &Amount| bound.unit.is_number().then(|| value.cmp(&bound.value));
        self.range.as_ref().map_or(Truth::Unknown, |range| range.test(&compare))
    }

    fn concept(&self, vocabulary: &Vocabulary, concept: &Concept<'_>) -> Truth {
        let mut coded = false;
        for coding in &*concept.coding {
            let Some(code) = coding.code.as_deref() else { continue };
            coded |= self.is.contains(&code.to_lowercase());
            if let Some(system) = coding.system.as_deref() {
                vocabulary.value_sets_of(system, code, &mut |set| coded |= self.sets.contains(&set));
            }
        }
        if coded {
            return Truth::True;
        }
        let said = concept.words().map(|text| self.word(text)).max();
        match said {
            Some(Truth::True) => Truth::True,
            // What words say beside a code explains the code.
            _ if concept.codes().next().is_some() => Truth::False,
            Some(Truth::Unknown) if !self.is.is_empty() => Truth::Unknown,
            // Where codes are asked for, words that are no code say neither yes nor no.
            said => said.filter(|_| self.sets.is_empty()).unwrap_or(Truth::Unknown),
        }
    }

    /// Words that say more than what is asked for may mean it, or not.
    fn word(&self, text: &str) -> Truth {
        let text = text.trim().to_lowercase();
        if self.is.is_empty() {
            return Truth::Unknown;
        }
        if self.is.contains(&text) {
            return Truth::True;
        }
        if self.is.iter().any(|word| mentions(&text, word)) { Truth::Unknown } else { Truth::False }
    }

    /// The test in words.
    #[must_use]
    pub fn words(&self) -> String {
        let range = self.range.as_ref().map(Range::words);
        let is = (!self.is.is_empty()).then(|| self.is.join(" or "));
        range.into_iter().chain(is).collect::<Vec<_>>().join(" and ")
    }

    /// Units it compares with.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.range.iter().flat_map(|range| range.amounts().map(|amount| &amount.unit))
    }
}

/// Whether words stand somewhere in a text, and are not part of longer ones.
fn mentions(text: &str, words: &str) -> bool {
    let is_edge = |beside: Option<char>| beside.is_none_or(|beside| !beside.is_alphanumeric());
    text.match_indices(words).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + found.len()..).and_then(|behind| behind.chars().next());
        is_edge(before) && is_edge(behind)
    })
}

/// How two values stand to each other; `None` where they cannot be compared.
#[must_use]
pub fn compare_values(one: &Value<'_>, other: &Value<'_>) -> Option<Ordering> {
    let measure = |value: &Value<'_>| match value {
        Value::Quantity(quantity) if quantity.comparator.is_none() => {
            let unit = unit_of(quantity);
            let is_read = unit.is_some() || (quantity.code.is_none() && quantity.unit.is_none());
            is_read.then_some((quantity.value?.decimal()?, unit))
        }
        Value::Integer(number) => Some((number.decimal()?, None)),
        _ => None,
    };
    match (measure(one)?, measure(other)?) {
        ((one, Some(unit)), (other, Some(its))) => unit.compare(one, &its, other),
        ((one, None), (other, None)) => Some(one.cmp(&other)),
        _ => None,
    }
}

/// A value as people write it.
#[must_use]
pub fn value_words(value: &Value<'_>) -> String {
    match value {
        Value::Quantity(quantity) => {
            let number = quantity.value.map_or_else(
                || "?".to_owned(),
                |number| number.decimal().map_or_else(|| number.to_string(), |value| shown_as_recorded(value).to_string()),
            );
            let unit = quantity.unit.as_deref().or(quantity.code.as_deref()).filter(|unit| !unit.starts_with('{')).unwrap_or("");
            format!("{}{number} {unit}", quantity.comparator.as_deref().unwrap_or("")).trim_end().to_owned()
        }
        Value::Integer(number) => number.to_string(),
        Value::Concept(concept) => concept.label().unwrap_or("?").to_owned(),
        Value::Text(text) => text.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Absent => "no value".to_owned(),
        Value::Unreadable => "an unreadable value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_does_not_look_like_another_one() {
        for (recorded, shown) in [
            ("9.00001", "9.00001"),
            ("8.996", "8.996"),
            ("9.50", "9.5"),
            ("72.33333333333333", "72.33"),
            ("9.0000000004", "9.0000000004"),
            ("8.99999999", "8.99999999"),
        ] {
            assert_eq!(shown_as_recorded(recorded.parse().unwrap()).to_string(), shown);
        }
    }
}
