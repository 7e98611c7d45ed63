//! Operators: which types go together.

use super::{Checker, Here, Kind};
use crate::error::Span;
use crate::functions::Accept;
use crate::model::TypeId;
use crate::plan::{Id, Op};
use crate::syntax::ast::{Ast, Operator};

impl Checker<'_> {
    pub(super) fn binary(&mut self, operator: Operator, left: &Ast, right: &Ast, span: Span, here: &Here) -> Id {
        // What one side defines the other does not see.
        let left = self.lower(left, &mut here.clone());
        let right = self.lower(right, &mut here.clone());
        if self.scope.careful {
            self.singles(operator, left, right);
        }
        let kind = match operator {
            Operator::Union => {
                self.plan.kind(left).union(self.plan.kind(right), self.plan.kind(left).is_empty() && self.plan.kind(right).is_single())
            }
            Operator::Concatenate => {
                self.accept(left, Accept::Text, "what `&` joins");
                self.accept(right, Accept::Text, "what `&` joins");
                Kind::one(TypeId::STRING)
            }
            Operator::Plus | Operator::Minus | Operator::Multiply | Operator::Divide | Operator::Div | Operator::Mod => {
                self.arithmetic(operator, left, right, span)
            }
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
                if self.pairs(left, right, comparable).is_some_and(|possible| possible.is_empty()) {
                    self.mismatch(operator, left, right, span, "do not compare");
                }
                Kind::one(TypeId::BOOLEAN)
            }
            Operator::And
            | Operator::Or
            | Operator::Xor
            | Operator::Implies
            | Operator::Equal
            | Operator::NotEqual
            | Operator::Equivalent
            | Operator::NotEquivalent
            | Operator::In
            | Operator::Contains => Kind::one(TypeId::BOOLEAN),
        };
        self.plan.add(Op::Binary(operator, left, right), span, kind)
    }

    /// Refuses several values on a side where one is meant.
    fn singles(&mut self, operator: Operator, left: Id, right: Id) {
        let (a, b) = (self.plan.kind(left).is_single(), self.plan.kind(right).is_single());
        let sides = match operator {
            Operator::Union => [true, true],
            Operator::In => [a, true],
            Operator::Contains => [true, b],
            // Whole collections compare with each other.
            Operator::Equal | Operator::NotEqual | Operator::Equivalent | Operator::NotEquivalent if a == b => [true, true],
            _ => [a, b],
        };
        for (id, single) in [left, right].into_iter().zip(sides) {
            if !single {
                let message = format!("there can be several here: {}", self.plan.kind(id));
                let help = "ask about each with `.exists(…)` or `.all(…)`, or pick one with `.first()` or `.single()`".to_owned();
                self.semantic(self.plan.span(id), message, Some(help));
            }
        }
    }

    fn arithmetic(&mut self, operator: Operator, left: Id, right: Id, span: Span) -> Kind {
        let results = self.pairs(left, right, |a, b| sum(operator, a, b));
        match results {
            Some(results) if results.is_empty() => {
                self.mismatch(operator, left, right, span, "do not go together");
                Kind::UNKNOWN
            }
            Some(results) => Kind::of(results, true),
            None => Kind::any(),
        }
    }

    /// What a rule says of every pair of types the two sides can have; `None` where a side can be anything or is always empty.
    fn pairs(&self, left: Id, right: Id, rule: impl Fn(TypeId, TypeId) -> Option<TypeId>) -> Option<Vec<TypeId>> {
        let (left, right) = (self.plan.kind(left).systems()?, self.plan.kind(right).systems()?);
        if left.is_empty() || right.is_empty() {
            return None;
        }
        let pairs = left.iter().flatten().flat_map(|a| right.iter().flatten().map(move |b| (*a, *b)));
        Some(pairs.filter_map(|(a, b)| rule(a, b)).collect())
    }

    fn mismatch(&mut self, operator: Operator, left: Id, right: Id, span: Span, what: &str) {
        let (a, b) = (self.plan.kind(left).to_string(), self.plan.kind(right).to_string());
        let help = match (self.plan.kind(left).types(), self.plan.kind(right).types()) {
            (Some([date]), Some([number]))
                if matches!(operator, Operator::Plus | Operator::Minus)
                    && date.system() == Some(TypeId::DATE)
                    && number.system() == Some(TypeId::INTEGER) =>
            {
                Some("write a duration, like `7 days`".to_owned())
            }
            _ => None,
        };
        self.semantic(
            span,
            format!("{} and {} {what} with `{}`", a.trim_end_matches(" *"), b.trim_end_matches(" *"), operator.as_str()),
            help,
        );
    }
}

fn is_number(id: TypeId) -> bool {
    matches!(id, TypeId::INTEGER | TypeId::DECIMAL)
}

fn is_date(id: TypeId) -> bool {
    matches!(id, TypeId::DATE | TypeId::DATE_TIME)
}

fn comparable(a: TypeId, b: TypeId) -> Option<TypeId> {
    let measure = |id| is_number(id) || id == TypeId::QUANTITY;
    let possible = a == TypeId::STRING && b == TypeId::STRING
        || a == TypeId::TIME && b == TypeId::TIME
        || is_date(a) && is_date(b)
        || measure(a) && measure(b);
    possible.then_some(TypeId::BOOLEAN)
}

/// The type of `a operator b`; `None` where there is none.
fn sum(operator: Operator, a: TypeId, b: TypeId) -> Option<TypeId> {
    use Operator::{Div, Divide, Minus, Mod, Multiply, Plus};
    match operator {
        Plus if a == TypeId::STRING && b == TypeId::STRING => Some(TypeId::STRING),
        Plus | Minus if (is_date(a) || a == TypeId::TIME) && b == TypeId::QUANTITY => Some(a),
        Divide if is_number(a) && is_number(b) => Some(TypeId::DECIMAL),
        Div if is_number(a) && is_number(b) => Some(TypeId::INTEGER),
        Plus | Minus | Multiply | Mod if is_number(a) && is_number(b) => {
            Some(if a == TypeId::INTEGER && b == TypeId::INTEGER { TypeId::INTEGER } else { TypeId::DECIMAL })
        }
        Plus | Minus | Multiply | Divide
            if [a, b].contains(&TypeId::QUANTITY) && [a, b].iter().all(|id| is_number(*id) || *id == TypeId::QUANTITY) =>
        {
            Some(TypeId::QUANTITY)
        }
        _ => None,
    }
}
