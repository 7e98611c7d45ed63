//! Checks a template against what it can name: unknown names and members, loops over what is no
//! list, and how long a summary can become.

use std::collections::BTreeMap;

use curbside_rules::fact::Shape;
use curbside_source::{Diagnostic, Diagnostics, Sources, Span, Spanned, did_you_mean};
use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt};
use minijinja::machinery::parse;
use minijinja::syntax::SyntaxConfig;

use super::Part;
use super::scope::Scope;
use crate::summary::LONGEST;

/// Filters that texts may use.
const FILTERS: [&str; 14] =
    ["length", "count", "join", "first", "last", "default", "d", "round", "upper", "lower", "capitalize", "title", "trim", "unique"];

/// What a text is checked against.
#[derive(Clone, Copy)]
pub(super) struct Against<'a> {
    /// What it can name.
    pub(super) scope: &'a Scope,
    /// What it can include.
    pub(super) texts: &'a BTreeMap<String, Spanned<String>>,
    /// Where it stands.
    pub(super) sources: &'a Sources,
}

/// Checks a text and returns the names of the facts it shows.
pub(super) fn check(part: Part, text: &Spanned<String>, against: Against<'_>, found: &mut Diagnostics) -> Vec<String> {
    let parsed = match parse(&text.value, "text", SyntaxConfig::default()) {
        Ok(parsed) => parsed,
        Err(error) => {
            let line = error.line().map(|line| format!(" (line {line} of the text)")).unwrap_or_default();
            let message = format!("this text cannot be read: {}{line}", error.detail().unwrap_or("a mistake in a `{{ … }}` or `{% … %}`"));
            found.push(Diagnostic::error("invalid-template", text.span, message));
            return Vec::new();
        }
    };
    let mut checker = Checker { part, text, scope: vec![against.scope.clone()], against, found, names: Vec::new() };
    let length = checker.statement(&parsed);
    let names = std::mem::take(&mut checker.names);
    if part == Part::Summary && length > LONGEST {
        let message = format!("this summary can have {length} characters, at most {LONGEST} are shown");
        found.push(Diagnostic::error("summary-too-long", text.span, message).help("shorten it, or move figures into the detail"));
    }
    names
}

/// Calls `visit` with every text in a resource that is a template.
pub(super) fn strings(value: &serde_json::Value, visit: &mut dyn FnMut(&str)) {
    match value {
        serde_json::Value::String(text) if text.contains("{{") || text.contains("{%") => visit(text),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, visit)),
        serde_json::Value::Object(members) => members.values().for_each(|member| strings(member, visit)),
        _ => {}
    }
}

struct Checker<'c> {
    part: Part,
    text: &'c Spanned<String>,
    scope: Vec<Scope>,
    against: Against<'c>,
    found: &'c mut Diagnostics,
    names: Vec<String>,
}

/// So long is a text that has no end.
const ENDLESS: usize = 100_000;

impl Checker<'_> {
    fn complain(&mut self, code: &'static str, word: &str, message: String, help: Option<String>) {
        let diagnostic = Diagnostic::error(code, self.place(word), message).maybe_help(help);
        self.found.push(diagnostic);
    }

    /// Where a word of the text stands in the file.
    fn place(&self, word: &str) -> Span {
        let written = self.against.sources.text(self.text.span);
        written.find(word).filter(|_| !word.is_empty()).map_or(self.text.span, |at| self.text.span.part(at, word.len()))
    }

    /// Checks statements and adds up how long they can become.
    fn statements(&mut self, list: &[Stmt<'_>]) -> usize {
        list.iter().map(|statement| self.statement(statement)).sum::<usize>().min(ENDLESS)
    }

    fn statement(&mut self, statement: &Stmt<'_>) -> usize {
        match statement {
            Stmt::Template(template) => self.statements(&template.children),
            Stmt::EmitRaw(raw) => raw
                .raw
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .chars()
                .count()
                .max(raw.raw.trim_end_matches('\n').chars().count().min(2)),
            Stmt::EmitExpr(emit) => {
                let shape = self.shape(&emit.expr);
                length(&shape)
            }
            Stmt::IfCond(branches) => {
                self.shape(&branches.expr);
                let (yes, no) = (self.statements(&branches.true_body), self.statements(&branches.false_body));
                yes.max(no)
            }
            Stmt::ForLoop(each) => {
                if self.part == Part::Summary {
                    self.complain("endless-summary", "{% for", "a summary cannot loop: it could become any length".to_owned(), None);
                }
                let item = match self.shape(&each.iter) {
                    Shape::List(item) => *item,
                    Shape::Anything => Shape::Anything,
                    _ => {
                        let word = path(&each.iter);
                        self.complain("wrong-kind", &word, format!("`{word}` is no list"), None);
                        Shape::Anything
                    }
                };
                let mut inner = Scope::new();
                if let Expr::Var(name) = &each.target {
                    inner.insert(name.id.to_owned(), item);
                }
                let of_loop = Shape::Record(vec![
                    ("index", Shape::Number(4)),
                    ("first", Shape::Truth),
                    ("last", Shape::Truth),
                    ("length", Shape::Number(4)),
                ]);
                inner.insert("loop".to_owned(), of_loop);
                self.scope.push(inner);
                if let Some(filter) = &each.filter_expr {
                    self.shape(filter);
                }
                self.statements(&each.body);
                self.scope.pop();
                self.statements(&each.else_body);
                ENDLESS
            }
            Stmt::Set(set) => {
                let shape = self.shape(&set.expr);
                if let (Expr::Var(name), Some(scope)) = (&set.target, self.scope.last_mut()) {
                    scope.insert(name.id.to_owned(), shape);
                }
                0
            }
            Stmt::Include(include) if self.part == Part::Detail => {
                self.include(&include.name);
                ENDLESS
            }
            _ => {
                self.complain(
                    "invalid-template",
                    "{%",
                    "texts of cards have `for`, `if`, `set`, and in a detail `include` only".to_owned(),
                    None,
                );
                0
            }
        }
    }

    /// A text of the pack sees what the text that includes it sees; itself it includes nothing.
    fn include(&mut self, name: &Expr<'_>) {
        let Expr::Const(name) = name else {
            return self.complain("invalid-template", "include", "what is included is named: `{% include \"name\" %}`".to_owned(), None);
        };
        let name = name.value.to_string();
        let Some(text) = self.against.texts.get(&name) else {
            let help = did_you_mean(&name, self.against.texts.keys().map(String::as_str));
            return self.complain("unknown-name", &name, format!("unknown text `{name}`"), help);
        };
        let scope: Scope = self.scope.iter().flatten().map(|(name, shape)| (name.clone(), shape.clone())).collect();
        let nothing = BTreeMap::new();
        let against = Against { scope: &scope, texts: &nothing, sources: self.against.sources };
        self.names.extend(check(Part::Detail, text, against, self.found));
    }

    fn shape(&mut self, expression: &Expr<'_>) -> Shape {
        match expression {
            Expr::Var(name) => self.named(name.id),
            Expr::Const(value) => Shape::Text(value.value.to_string().chars().count()),
            Expr::GetAttr(member) => {
                let whole = self.shape(&member.expr);
                if matches!(&member.expr, Expr::Var(name) if name.id == "parameters") {
                    self.names.push(format!("parameters.{}", member.name));
                }
                self.member(&whole, member.name)
            }
            Expr::Filter(filter) => self.filter(filter.name, filter.expr.as_ref(), &filter.args),
            Expr::IfExpr(choice) => {
                self.shape(&choice.test_expr);
                let yes = self.shape(&choice.true_expr);
                let no = choice.false_expr.as_ref().map_or(Shape::Text(0), |no| self.shape(no));
                Shape::Text(length(&yes).max(length(&no)))
            }
            Expr::BinOp(operation) => {
                let (left, right) = (self.shape(&operation.left), self.shape(&operation.right));
                match operation.op {
                    BinOpKind::Concat | BinOpKind::Add => Shape::Text(length(&left) + length(&right)),
                    BinOpKind::ScAnd | BinOpKind::ScOr => Shape::Text(length(&left).max(length(&right))),
                    _ => Shape::Truth,
                }
            }
            Expr::UnaryOp(operation) => {
                self.shape(&operation.expr);
                Shape::Truth
            }
            Expr::Compare(comparison) => {
                self.shape(&comparison.expr);
                comparison.ops.iter().for_each(|op| {
                    self.shape(&op.expr);
                });
                Shape::Truth
            }
            Expr::Test(test) => {
                self.shape(&test.expr);
                Shape::Truth
            }
            _ => {
                self.complain("invalid-template", "{{", format!("a {} cannot stand in the text of a card", expression.description()), None);
                Shape::Anything
            }
        }
    }

    fn named(&mut self, name: &str) -> Shape {
        if let Some(shape) = self.scope.iter().rev().find_map(|scope| scope.get(name)) {
            let shape = shape.clone();
            self.names.push(name.to_owned());
            return shape;
        }
        let known: Vec<String> = self.scope.iter().flat_map(|scope| scope.keys().cloned()).collect();
        let help = did_you_mean(name, known.iter().map(String::as_str));
        self.complain("unknown-name", name, format!("unknown name `{name}` in a text"), help);
        Shape::Anything
    }

    fn member(&mut self, whole: &Shape, name: &str) -> Shape {
        match whole {
            Shape::Anything => Shape::Anything,
            Shape::Truth if ["is_true", "is_false", "is_unknown"].contains(&name) => Shape::Truth,
            Shape::Record(members) => match members.iter().find(|(known, _)| *known == name) {
                Some((_, shape)) => shape.clone(),
                None => {
                    let help = did_you_mean(name, members.iter().map(|(known, _)| *known));
                    self.complain("unknown-name", name, format!("there is no `{name}` in it"), help);
                    Shape::Anything
                }
            },
            Shape::Named(members) => match members.get(name) {
                Some(shape) => shape.clone(),
                None => {
                    let help = did_you_mean(name, members.keys().map(String::as_str));
                    self.complain("unknown-name", name, format!("there is no `{name}` in it"), help);
                    Shape::Anything
                }
            },
            _ => {
                self.complain("unknown-name", name, format!("there is no `{name}` in it"), None);
                Shape::Anything
            }
        }
    }

    fn filter(&mut self, name: &str, of: Option<&Expr<'_>>, arguments: &[CallArg<'_>]) -> Shape {
        let whole = of.map_or(Shape::Anything, |of| self.shape(of));
        let given: Vec<Shape> = arguments
            .iter()
            .filter_map(|argument| match argument {
                CallArg::Pos(expression) | CallArg::Kwarg(_, expression) => Some(self.shape(expression)),
                _ => None,
            })
            .collect();
        if !FILTERS.contains(&name) {
            self.complain("unknown-name", name, format!("unknown filter `{name}`"), did_you_mean(name, FILTERS));
            return Shape::Anything;
        }
        match (name, whole) {
            ("length" | "count", _) => Shape::Number(4),
            ("first" | "last", Shape::List(item)) => *item,
            ("join", _) => Shape::Text(ENDLESS),
            ("default" | "d", whole) => Shape::Text(length(&whole).max(given.first().map_or(0, length))),
            (_, whole) => whole,
        }
    }
}

/// How long a value can become.
fn length(shape: &Shape) -> usize {
    match shape {
        // "not recorded" stands for what is missing.
        Shape::Text(most) | Shape::Number(most) => (*most).max(NOT_RECORDED),
        Shape::Label(labels) => labels.iter().map(|label| label.chars().count()).max().unwrap_or(0),
        Shape::Date => 24,
        Shape::Truth => 7,
        Shape::List(_) | Shape::Record(_) | Shape::Named(_) => ENDLESS,
        Shape::Anything => 0,
    }
}

const NOT_RECORDED: usize = 12;

fn path(expression: &Expr<'_>) -> String {
    match expression {
        Expr::Var(name) => name.id.to_owned(),
        Expr::GetAttr(member) => format!("{}.{}", path(&member.expr), member.name),
        _ => String::new(),
    }
}
