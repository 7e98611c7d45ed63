//! The tree of an expression as it was written, every node with its place in the text.

use rust_decimal::Decimal;

use crate::error::Span;
use crate::value::Temporal;

/// A node and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ast {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Literal(Literal),
    /// `{}`
    Empty,
    This,
    Index,
    Total,
    /// `%name`
    Variable(String),
    /// `name` or `input.name`
    Member(Option<Box<Ast>>, Name),
    /// `name(…)` or `input.name(…)`
    Call(Option<Box<Ast>>, Name, Vec<Ast>),
    /// `input[index]`
    Indexer(Box<Ast>, Box<Ast>),
    /// `-x`, `+x`
    Sign(bool, Box<Ast>),
    Binary(Operator, Box<Ast>, Box<Ast>),
    /// `x is T`, `x as T`
    Type(TypeOperator, Box<Ast>, TypeName),
    /// `x desc`, inside `sort(…)` alone.
    Descending(Box<Ast>),
    /// What could not be read; reported already.
    Broken,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Boolean(bool),
    Integer(i32),
    Decimal(Decimal),
    String(String),
    Date(Temporal),
    DateTime(Temporal),
    Time(Temporal),
    /// A number and its unit; `true` for a word of the calendar.
    Quantity(Decimal, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeOperator {
    Is,
    As,
}

/// `Patient`, `FHIR.Patient`, `System.Integer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeName {
    pub(crate) namespace: Option<String>,
    pub(crate) name: String,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Multiply,
    Divide,
    Div,
    Mod,
    Plus,
    Minus,
    Concatenate,
    Union,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    In,
    Contains,
    And,
    Or,
    Xor,
    Implies,
}

impl Operator {
    /// As it is written.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Div => "div",
            Self::Mod => "mod",
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Concatenate => "&",
            Self::Union => "|",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Equivalent => "~",
            Self::NotEquivalent => "!~",
            Self::In => "in",
            Self::Contains => "contains",
            Self::And => "and",
            Self::Or => "or",
            Self::Xor => "xor",
            Self::Implies => "implies",
        }
    }

    /// How tightly it binds; more is tighter. `is` and `as` stand between `|` and `+`.
    pub(crate) const fn precedence(self) -> u8 {
        match self {
            Self::Multiply | Self::Divide | Self::Div | Self::Mod => 10,
            Self::Plus | Self::Minus | Self::Concatenate => 9,
            Self::Union => 7,
            Self::Less | Self::LessOrEqual | Self::Greater | Self::GreaterOrEqual => 6,
            Self::Equal | Self::NotEqual | Self::Equivalent | Self::NotEquivalent => 5,
            Self::In | Self::Contains => 4,
            Self::And => 3,
            Self::Or | Self::Xor => 2,
            Self::Implies => 1,
        }
    }
}

/// The precedence of `is` and `as`.
pub(crate) const TYPE_PRECEDENCE: u8 = 8;

impl Ast {
    /// The name, where the node is nothing but one: `Patient`.
    pub(crate) fn type_name(&self) -> Option<TypeName> {
        match &self.kind {
            Kind::Member(None, name) => Some(TypeName { namespace: None, name: name.text.clone(), span: self.span }),
            Kind::Member(Some(input), name) => match &input.kind {
                Kind::Member(None, namespace) => {
                    Some(TypeName { namespace: Some(namespace.text.clone()), name: name.text.clone(), span: self.span })
                }
                _ => None,
            },
            _ => None,
        }
    }
}
