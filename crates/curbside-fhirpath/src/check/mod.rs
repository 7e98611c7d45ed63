//! Checks an expression against FHIR's model and lowers it to a plan, in one walk.
//!
//! What the model knows to be wrong is refused here, before any record is read; where the model cannot know (JSON
//! that is no FHIR, any resource at all) the expression runs and finds out.

mod call;
mod kind;
mod operator;
mod path;
mod types;
mod variable;

pub use kind::Kind;

use crate::error::{Error, Errors, Span};
use crate::expression::Scope;
use crate::model::TypeId;
use crate::plan::{Id, Op, Plan, Variable};
use crate::syntax::ast::{Ast, Kind as Node, Literal, TypeOperator};
use crate::value::{Quantity, Value};

/// Lowers a tree; every error of it at once.
pub(crate) fn check(ast: &Ast, scope: &Scope<'_>) -> Result<(Plan, Id), Errors> {
    let mut checker = Checker { scope, plan: Plan::default(), errors: Vec::new() };
    let start = scope.start();
    let mut here = Here { this: start, index: false, total: None, defined: Vec::new() };
    let root = checker.lower(ast, &mut here);
    if checker.errors.is_empty() { Ok((checker.plan, root)) } else { Err(Errors::sorted(checker.errors)) }
}

/// What an expression sees from where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    /// `$this`
    this: Kind,
    /// Whether there is an `$index`.
    index: bool,
    /// `$total`, where there is one.
    total: Option<Kind>,
    /// Variables made by `defineVariable` upstream.
    defined: Vec<(String, usize, Kind)>,
}

pub(crate) struct Checker<'s> {
    scope: &'s Scope<'s>,
    plan: Plan,
    errors: Vec<Error>,
}

impl Checker<'_> {
    fn semantic(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        self.errors.push(Error::semantic(span, message).help(help));
    }

    /// Stands for what was refused; nothing more is said of what depends on it.
    fn refused(&mut self, span: Span) -> Id {
        self.plan.add(Op::Empty, span, Kind::any())
    }

    fn lower(&mut self, ast: &Ast, here: &mut Here) -> Id {
        let span = ast.span;
        match &ast.kind {
            Node::Literal(literal) => {
                let value = self.literal(literal);
                let kind = Kind::one(value.type_id());
                self.plan.add(Op::Literal(value), span, kind)
            }
            Node::Empty => self.plan.add(Op::Empty, span, Kind::EMPTY),
            Node::This => self.plan.add(Op::This, span, here.this.clone()),
            Node::Index => {
                if !here.index {
                    self.semantic(
                        span,
                        "there is no `$index` here",
                        Some("it is known inside `where`, `select`, `all` and their like".to_owned()),
                    );
                }
                self.plan.add(Op::Index, span, Kind::one(TypeId::INTEGER))
            }
            Node::Total => {
                let kind = here.total.clone().unwrap_or(Kind::UNKNOWN);
                if here.total.is_none() {
                    self.semantic(span, "there is no `$total` here", Some("it is known inside `aggregate`".to_owned()));
                }
                self.plan.add(Op::Total, span, kind)
            }
            Node::Variable(name) => self.variable(name, span, here),
            Node::Member(input, name) => self.member(input.as_deref(), name, ast, here),
            Node::Call(input, name, arguments) => self.call(input.as_deref(), name, arguments, span, here),
            Node::Indexer(input, index) => {
                let input = self.lower(input, here);
                self.ordered(input, "`[…]`");
                let index = self.lower(index, &mut here.clone());
                self.accept(index, crate::functions::Accept::Integer, "an index");
                let kind = self.plan.kind(input).clone().with_single(true);
                self.plan.add(Op::Indexer(input, index), span, kind)
            }
            Node::Sign(negative, operand) => {
                let operand = self.lower(operand, here);
                self.accept(operand, crate::functions::Accept::NumberOrQuantity, "what has a sign");
                if *negative {
                    let kind = self.system_kind(operand);
                    self.plan.add(Op::Negate(operand), span, kind)
                } else {
                    operand
                }
            }
            Node::Binary(operator, left, right) => self.binary(*operator, left, right, span, here),
            Node::Type(operator, input, name) => {
                let input = self.lower(input, here);
                let Some(test) = self.type_test(name) else { return self.refused(span) };
                match operator {
                    TypeOperator::Is => self.plan.add(Op::Is(input, test), span, Kind::one(TypeId::BOOLEAN)),
                    TypeOperator::As => {
                        let kind = self.narrowed(input, test).with_single(true);
                        self.plan.add(Op::As(input, test), span, kind)
                    }
                }
            }
            Node::Descending(key) => {
                self.semantic(span, "`desc` is known inside `sort` alone", None);
                self.lower(key, here)
            }
            Node::Broken => self.refused(span),
        }
    }

    fn literal(&self, literal: &Literal) -> Value<'static> {
        match literal {
            Literal::Boolean(truth) => Value::Boolean(*truth),
            Literal::Integer(integer) => Value::Integer(*integer),
            Literal::Decimal(decimal) => Value::Decimal(*decimal),
            Literal::String(text) => Value::String(text.clone().into()),
            Literal::Date(date) => Value::Date(*date),
            Literal::DateTime(moment) => Value::DateTime(*moment),
            Literal::Time(time) => Value::Time(*time),
            Literal::Quantity(value, unit) => Value::Quantity(Box::new(Quantity { value: *value, unit: unit.clone().into() })),
        }
    }

    fn variable_op(&mut self, variable: Variable, span: Span, kind: Kind) -> Id {
        self.plan.add(Op::Variable(variable), span, kind)
    }
}
