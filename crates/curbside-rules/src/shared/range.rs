//! Ranges of amounts.

use std::cmp::Ordering;

use curbside_source::{Diagnostic, Span, Spanned};
use curbside_terminology::units::{Amount, Unit};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::compile::Compiler;
use crate::model::Quantity;
use crate::truth::Truth;

/// A range of amounts, or a list of single ones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Range", transform = crate::schema::below_or_less_than)]
pub struct RangeModel {
    /// Greater than this.
    pub above: Option<Quantity>,
    /// Less than this.
    #[serde(alias = "less_than")]
    pub below: Option<Quantity>,
    /// This or greater.
    pub at_least: Option<Quantity>,
    /// This or less.
    pub at_most: Option<Quantity>,
    /// One of these exactly.
    pub one_of: Option<Vec<Quantity>>,
    /// None of these.
    pub not_one_of: Option<Vec<Quantity>>,
}

/// A range of amounts, ready.
#[derive(Clone, Debug)]
pub struct Range {
    bounds: Vec<(Bound, Amount)>,
    one_of: Option<Vec<Amount>>,
    not_one_of: Option<Vec<Amount>>,
}

/// What the amounts of a range are amounts of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// The value of a measurement, in whatever unit it is recorded.
    Value,
    /// Points of a score.
    Points,
    /// A single dose.
    Dose,
    /// A dose by day.
    DailyDose,
    /// A dose by body weight.
    DoseByWeight,
    /// A time.
    Time,
}

impl Measure {
    /// A unit it can be given in, and how an author writes an amount of it.
    const fn example(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Value => None,
            Self::Points => Some(("1", "10")),
            Self::Dose => Some(("mg", "50 mg")),
            Self::DailyDose => Some(("mg/d", "50 mg/day")),
            Self::DoseByWeight => Some(("mg/kg", "0.5 mg/kg")),
            Self::Time => Some(("min", "40 minutes")),
        }
    }

    /// Complains about an amount of something else, with which nothing ever compares.
    fn check(self, amount: &Amount, span: Span, compiler: &mut Compiler<'_>) {
        let Some((unit, example)) = self.example() else {
            if let Some(finding) = crate::check::without_unit(amount, span) {
                compiler.report(finding);
            }
            return;
        };
        if !Unit::parse(unit).is_some_and(|unit| unit.comparable(&amount.unit)) {
            let message = format!("`{amount}` is in a unit that does not fit here");
            compiler.report(Diagnostic::error("wrong-unit", span, message).help(format!("write it like `{example}`")));
        }
    }
}

/// On which side of a bound an amount must lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Above,
    Below,
    AtLeast,
    AtMost,
}

impl Bound {
    fn allows(self, order: Ordering) -> bool {
        match self {
            Self::Above => order == Ordering::Greater,
            Self::Below => order == Ordering::Less,
            Self::AtLeast => order != Ordering::Less,
            Self::AtMost => order != Ordering::Greater,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::Below => "below",
            Self::AtLeast => "at least",
            Self::AtMost => "at most",
        }
    }

    const fn is_lower(self) -> bool {
        matches!(self, Self::Above | Self::AtLeast)
    }
}

fn amount(figure: &Quantity, measure: Measure, compiler: &mut Compiler<'_>) -> Option<Amount> {
    let amount = compiler.amount(figure)?;
    measure.check(&amount, figure.span, compiler);
    Some(amount)
}

impl Range {
    /// Makes a range of a rule ready; one that nothing can lie in is an error.
    pub fn compile(model: &Spanned<RangeModel>, measure: Measure, compiler: &mut Compiler<'_>) -> Option<Self> {
        let sides = [
            (Bound::Above, &model.above),
            (Bound::Below, &model.below),
            (Bound::AtLeast, &model.at_least),
            (Bound::AtMost, &model.at_most),
        ];
        let mut bounds = Vec::new();
        for (bound, figure) in sides {
            if let Some(figure) = figure {
                bounds.push((bound, amount(figure, measure, compiler)?));
            }
        }
        let mut list = |figures: &Option<Vec<Quantity>>| match figures {
            Some(figures) => figures.iter().map(|figure| amount(figure, measure, compiler)).collect::<Option<Vec<_>>>().map(Some),
            None => Some(None),
        };
        let (one_of, not_one_of) = (list(&model.one_of)?, list(&model.not_one_of)?);
        let range = Self { bounds, one_of, not_one_of };
        range.check(model, compiler);
        Some(range)
    }

    fn check(&self, model: &Spanned<RangeModel>, compiler: &mut Compiler<'_>) {
        if self.bounds.is_empty() && self.one_of.is_none() && self.not_one_of.is_none() {
            compiler.error("nothing-asked", model.span, "this asks for nothing: give `above`, `at_least`, `below`, `at_most` or `one_of`");
        }
        for (low, from) in self.bounds.iter().filter(|(bound, _)| bound.is_lower()) {
            for (high, to) in self.bounds.iter().filter(|(bound, _)| !bound.is_lower()) {
                let impossible = match from.compare(to) {
                    None => true,
                    Some(Ordering::Greater) => true,
                    Some(Ordering::Equal) => *low == Bound::Above || *high == Bound::Below,
                    Some(Ordering::Less) => false,
                };
                if impossible {
                    let message = format!("nothing is {} {from} and {} {to}", low.words(), high.words());
                    compiler.error("impossible-range", model.span, message);
                }
            }
        }
    }

    /// Whether a plain number from `low` to `high` can lie in the range.
    #[must_use]
    pub fn can_hold(&self, low: Decimal, high: Decimal) -> bool {
        let fits = |(bound, amount): &(Bound, Amount)| {
            let nearest = if bound.is_lower() { high } else { low };
            bound.allows(nearest.cmp(&amount.value))
        };
        let is_inside = |amount: &Amount| (low..=high).contains(&amount.value);
        self.bounds.iter().all(fits) && self.one_of.as_ref().is_none_or(|list| list.iter().any(is_inside))
    }

    /// Whether something lies in the range, given how it compares with an amount (`None`: not at all).
    #[must_use]
    pub fn test(&self, compare: &dyn Fn(&Amount) -> Option<Ordering>) -> Truth {
        let mut truth = Truth::True;
        for (bound, amount) in &self.bounds {
            truth = truth.and(compare(amount).map(|order| bound.allows(order)).into());
        }
        let equals = |amount: &Amount| Truth::from(compare(amount).map(Ordering::is_eq));
        let any = |list: &[Amount]| list.iter().map(equals).fold(Truth::False, Truth::or);
        if let Some(list) = &self.one_of {
            truth = truth.and(any(list));
        }
        if let Some(list) = &self.not_one_of {
            truth = truth.and(any(list).negated());
        }
        truth
    }

    /// Whether an interval of values lies in the range, outside it, or in part: given how its lower and
    /// its upper end compare with an amount (`None`: not at all).
    #[must_use]
    pub fn test_between(&self, low: &dyn Fn(&Amount) -> Option<Ordering>, high: &dyn Fn(&Amount) -> Option<Ordering>) -> Truth {
        let bounds = self.bounds.iter().map(|(bound, amount)| {
            let allows = |order: Option<Ordering>| Truth::from(order.map(|order| bound.allows(order)));
            Truth::agreed([allows(low(amount)), allows(high(amount))])
        });
        let equals = |amount: &Amount| match (low(amount), high(amount)) {
            (Some(Ordering::Equal), Some(Ordering::Equal)) => Truth::True,
            (Some(Ordering::Greater), Some(_)) | (Some(_), Some(Ordering::Less)) => Truth::False,
            _ => Truth::Unknown,
        };
        let any = |list: &[Amount]| list.iter().map(equals).fold(Truth::False, Truth::or);
        let is_one = self.one_of.iter().map(|list| any(list));
        let is_none = self.not_one_of.iter().map(|list| any(list).negated());
        bounds.chain(is_one).chain(is_none).fold(Truth::True, Truth::and)
    }

    /// The amounts it names.
    pub fn amounts(&self) -> impl Iterator<Item = &Amount> {
        let lists = self.one_of.iter().chain(&self.not_one_of).flatten();
        self.bounds.iter().map(|(_, amount)| amount).chain(lists)
    }

    /// The range in words.
    #[must_use]
    pub fn words(&self) -> String {
        let bounds = self.bounds.iter().map(|(bound, amount)| format!("{} {amount}", bound.words()));
        let list = |word: &str, list: &Option<Vec<Amount>>| {
            list.as_ref().map(|list| format!("{word} {}", list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")))
        };
        bounds.chain(list("exactly", &self.one_of)).chain(list("other than", &self.not_one_of)).collect::<Vec<_>>().join(" and ")
    }
}
