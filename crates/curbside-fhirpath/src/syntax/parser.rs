//! A Pratt parser: one loop over operators by how tightly they bind.
//!
//! It does not stop at the first mistake: what cannot be read becomes [`Kind::Broken`], and reading goes on
//! behind it.

use rust_decimal::Decimal;

use super::ast::{Ast, Kind, Literal, Name, Operator, TYPE_PRECEDENCE, TypeName, TypeOperator};
use super::token::{Spanned, Token, tokens};
use crate::error::{Error, Errors, Span};
use crate::value::quantity::calendar;

/// Nesting beyond this is refused: evaluation is as deep as its expression.
const MAX_DEPTH: u32 = 96;
/// Longer expressions are refused.
const MAX_LENGTH: usize = 64 * 1024;

/// Reads an expression.
pub(crate) fn parse(text: &str) -> Result<Ast, Errors> {
    if text.len() > MAX_LENGTH {
        return Err(Errors(vec![Error::syntax(
            Span::default(),
            format!("the expression has {} bytes; at most {MAX_LENGTH} are read", text.len()),
        )]));
    }
    let mut errors = Vec::new();
    let tokens = tokens(text, &mut errors);
    let mut parser = Parser { tokens, at: 0, depth: 0, errors };
    let ast = parser.expression(0);
    if parser.peek() != &Token::End {
        parser.unexpected("the expression should end here");
    }
    if parser.errors.is_empty() { Ok(ast) } else { Err(Errors::sorted(parser.errors)) }
}

struct Parser {
    tokens: Vec<Spanned>,
    at: usize,
    depth: u32,
    errors: Vec<Error>,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |spanned| &spanned.token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or_else(Span::default, |spanned| spanned.span)
    }

    /// The span of the token just taken.
    fn last_span(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map_or_else(Span::default, |spanned| spanned.span)
    }

    fn take(&mut self) -> Token {
        let token = self.peek().clone();
        if token != Token::End {
            self.at += 1;
        }
        token
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(found) if *found == sign)
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        if found {
            self.at += 1;
        }
        found
    }

    fn unexpected(&mut self, help: &str) {
        let found = match self.peek() {
            Token::End => "end of the expression".to_owned(),
            Token::Word(word) | Token::Dollar(word) | Token::Quoted(word) | Token::Number(word) => format!("`{word}`"),
            Token::String(text) => format!("`'{text}'`"),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::Date(_) | Token::DateTime(_) | Token::Time(_) => "date or time".to_owned(),
        };
        let error = Error::syntax(self.span(), format!("unexpected {found}")).help(Some(help.to_owned()));
        // One mistake often stumbles twice over the same token.
        if self.errors.last().is_none_or(|last| last.span != error.span) {
            self.errors.push(error);
        }
    }

    fn broken(&mut self, help: &str) -> Ast {
        let span = self.span();
        self.unexpected(help);
        if !matches!(self.peek(), Token::End | Token::Sign(")" | "]" | "}" | ",")) {
            self.at += 1;
        }
        Ast { kind: Kind::Broken, span }
    }

    fn expression(&mut self, tightest: u8) -> Ast {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let span = self.span();
            self.errors.push(Error::syntax(span, format!("the expression is nested more than {MAX_DEPTH} levels deep")));
            self.at = self.tokens.len().saturating_sub(1);
            self.depth -= 1;
            return Ast { kind: Kind::Broken, span };
        }
        let mut left = self.unary();
        let mut length = 0;
        loop {
            if let Some(operator) = self.type_operator() {
                if TYPE_PRECEDENCE < tightest {
                    break;
                }
                self.at += 1;
                let name = self.type_name();
                let span = left.span.to(name.span);
                left = Ast { kind: Kind::Type(operator, Box::new(left), name), span };
            } else if let Some(operator) = self.operator() {
                if operator.precedence() < tightest {
                    break;
                }
                self.at += 1;
                let right = self.expression(operator.precedence() + 1);
                let span = left.span.to(right.span);
                left = Ast { kind: Kind::Binary(operator, Box::new(left), Box::new(right)), span };
            } else {
                break;
            }
            length += 1;
            if !self.bounded(length) {
                break;
            }
        }
        self.depth -= 1;
        left
    }

    /// A chain of operators or of members is a tree as deep as it is long.
    fn bounded(&mut self, length: u32) -> bool {
        if length + self.depth <= 2 * MAX_DEPTH {
            return true;
        }
        self.errors.push(Error::syntax(self.span(), format!("more than {} steps in a row", 2 * MAX_DEPTH)));
        self.at = self.tokens.len().saturating_sub(1);
        false
    }

    fn type_operator(&self) -> Option<TypeOperator> {
        match self.peek() {
            Token::Word(word) if word == "is" => Some(TypeOperator::Is),
            Token::Word(word) if word == "as" => Some(TypeOperator::As),
            _ => None,
        }
    }

    fn operator(&self) -> Option<Operator> {
        let text = match self.peek() {
            Token::Word(word) => word.as_str(),
            Token::Sign(sign) => sign,
            _ => return None,
        };
        Some(match text {
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            "div" => Operator::Div,
            "mod" => Operator::Mod,
            "+" => Operator::Plus,
            "-" => Operator::Minus,
            "&" => Operator::Concatenate,
            "|" => Operator::Union,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            "~" => Operator::Equivalent,
            "!~" => Operator::NotEquivalent,
            "in" => Operator::In,
            "contains" => Operator::Contains,
            "and" => Operator::And,
            "or" => Operator::Or,
            "xor" => Operator::Xor,
            "implies" => Operator::Implies,
            _ => return None,
        })
    }

    fn unary(&mut self) -> Ast {
        let start = self.span();
        let negative = self.is("-");
        if negative || self.is("+") {
            self.at += 1;
            self.depth += 1;
            let operand = if self.depth > MAX_DEPTH { self.broken("fewer signs") } else { self.unary() };
            self.depth -= 1;
            let span = start.to(operand.span);
            return Ast { kind: Kind::Sign(negative, Box::new(operand)), span };
        }
        let term = self.term();
        self.steps(term)
    }

    /// What follows a term: `.name`, `.name(…)`, `[…]`.
    fn steps(&mut self, mut input: Ast) -> Ast {
        let mut length = 0;
        loop {
            if self.eat(".") {
                input = self.invocation(Some(input));
            } else if self.eat("[") {
                let index = self.expression(0);
                self.close("]");
                let span = input.span.to(self.last_span());
                input = Ast { kind: Kind::Indexer(Box::new(input), Box::new(index)), span };
            } else {
                return input;
            }
            length += 1;
            if !self.bounded(length) {
                return input;
            }
        }
    }

    fn close(&mut self, sign: &'static str) {
        if !self.eat(sign) {
            self.unexpected(&format!("`{sign}` is missing here"));
        }
    }

    fn invocation(&mut self, input: Option<Ast>) -> Ast {
        let span = self.span();
        let name = match self.peek().clone() {
            Token::Word(text) | Token::Quoted(text) => {
                self.at += 1;
                Name { text, span }
            }
            Token::Dollar(_) if input.is_some() => {
                let inner = self.term();
                let start = input.map_or(span, |input| input.span);
                self.errors.push(Error::syntax(span, "`$this`, `$index` and `$total` stand at the start of a path"));
                return Ast { kind: Kind::Broken, span: start.to(inner.span) };
            }
            _ => return self.broken("a name is expected here"),
        };
        let start = input.as_ref().map_or(span, |input| input.span);
        let input = input.map(Box::new);
        if self.eat("(") {
            let arguments = self.arguments();
            return Ast { kind: Kind::Call(input, name, arguments), span: start.to(self.last_span()) };
        }
        Ast { kind: Kind::Member(input, name), span: start.to(span) }
    }

    fn arguments(&mut self) -> Vec<Ast> {
        let mut arguments = Vec::new();
        if self.eat(")") {
            return arguments;
        }
        loop {
            let argument = self.expression(0);
            arguments.push(self.direction(argument));
            if !self.eat(",") {
                break;
            }
        }
        self.close(")");
        arguments
    }

    /// `asc` or `desc` behind a key of `sort`.
    fn direction(&mut self, key: Ast) -> Ast {
        match self.peek() {
            Token::Word(word) if word == "asc" => {
                self.at += 1;
                key
            }
            Token::Word(word) if word == "desc" => {
                self.at += 1;
                let span = key.span.to(self.last_span());
                Ast { kind: Kind::Descending(Box::new(key)), span }
            }
            _ => key,
        }
    }

    fn term(&mut self) -> Ast {
        let span = self.span();
        let literal = match self.peek().clone() {
            Token::Sign("(") => {
                self.at += 1;
                let inner = self.expression(0);
                self.close(")");
                return Ast { kind: inner.kind, span: span.to(self.last_span()) };
            }
            Token::Sign("{") => {
                self.at += 1;
                self.close("}");
                return Ast { kind: Kind::Empty, span: span.to(self.last_span()) };
            }
            Token::Sign("%") => return self.variable(span),
            Token::Dollar(name) => {
                self.at += 1;
                let kind = match name.as_str() {
                    "this" => Kind::This,
                    "index" => Kind::Index,
                    "total" => Kind::Total,
                    _ => {
                        self.errors.push(
                            Error::syntax(span, format!("unknown `${name}`")).help("there are `$this`, `$index` and `$total`".to_owned()),
                        );
                        Kind::Broken
                    }
                };
                return Ast { kind, span };
            }
            Token::Word(word) if word == "true" || word == "false" => Literal::Boolean(word == "true"),
            Token::Word(_) | Token::Quoted(_) => return self.invocation(None),
            Token::String(text) => Literal::String(text),
            Token::Date(date) => Literal::Date(date),
            Token::DateTime(moment) => Literal::DateTime(moment),
            Token::Time(time) => Literal::Time(time),
            Token::Number(number) => {
                self.at += 1;
                return self.number(&number, span);
            }
            Token::Sign(_) | Token::End => return self.broken("a value is expected here"),
        };
        self.take();
        Ast { kind: Kind::Literal(literal), span }
    }

    fn variable(&mut self, start: Span) -> Ast {
        self.at += 1;
        match self.peek().clone() {
            Token::Word(name) | Token::Quoted(name) | Token::String(name) => {
                self.at += 1;
                Ast { kind: Kind::Variable(name), span: start.to(self.last_span()) }
            }
            _ => self.broken("the name of a variable is expected here"),
        }
    }

    fn number(&mut self, number: &str, span: Span) -> Ast {
        let value = Decimal::from_str_exact(number).ok();
        let unit = match self.peek() {
            Token::String(unit) => Some(unit.clone()),
            Token::Word(word) if calendar(word).is_some() => Some(word.clone()),
            _ => None,
        };
        let literal = if let Some(unit) = unit {
            self.at += 1;
            value.map(|value| Literal::Quantity(value, unit))
        } else if number.contains('.') {
            value.map(Literal::Decimal)
        } else {
            number.parse().ok().map(Literal::Integer)
        };
        let span = span.to(self.last_span());
        match literal {
            Some(literal) => Ast { kind: Kind::Literal(literal), span },
            None => {
                let help = if number.contains('.') {
                    "a decimal has at most 28 digits"
                } else {
                    "an integer has 32 bits; write a decimal, like `1.0`"
                };
                self.errors.push(Error::syntax(span, format!("`{number}` is too large a number")).help(help.to_owned()));
                Ast { kind: Kind::Broken, span }
            }
        }
    }

    fn type_name(&mut self) -> TypeName {
        let span = self.span();
        let mut names = Vec::new();
        loop {
            match self.peek().clone() {
                Token::Word(name) | Token::Quoted(name) => {
                    self.at += 1;
                    names.push(name);
                }
                _ => {
                    self.unexpected("the name of a type is expected here");
                    break;
                }
            }
            if names.len() == 2 || !self.eat(".") {
                break;
            }
        }
        let name = names.pop().unwrap_or_default();
        TypeName { namespace: names.pop(), name, span: span.to(self.last_span()) }
    }
}
