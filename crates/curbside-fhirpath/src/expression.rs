//! Expressions, prepared once and evaluated many times.

use std::collections::BTreeSet;

use crate::check::{Kind, check};
use crate::environment::Environment;
use crate::error::{Error, Errors, Span};
use crate::evaluate::{Evaluator, Outcome};
use crate::model::{TypeId, TypeKind, r4};
use crate::plan::{Id, Plan};
use crate::record::Record;
use crate::syntax::parse;
use crate::value::{Collection, Node};

/// What is known before any record is: where an expression starts, and its variables.
#[derive(Clone, Debug)]
pub struct Scope<'s> {
    start: Kind,
    pub(crate) variables: Vec<Given<'s>>,
    pub(crate) strict: bool,
    /// Whether several values where one is meant are refused.
    pub(crate) careful: bool,
    resource: Option<Kind>,
}

/// A variable that the caller gives.
#[derive(Clone, Debug)]
pub(crate) struct Given<'s> {
    pub(crate) name: &'s str,
    pub(crate) kind: Kind,
    /// Its members, where it is a tuple.
    pub(crate) members: Option<Vec<(&'s str, Kind)>>,
}

impl<'s> Scope<'s> {
    /// Expressions that start on a type: a resource (`Patient`), a data type, or an element (`Patient.contact`). An
    /// unknown name is as [`Scope::anywhere`].
    #[must_use]
    pub fn on(start: &str) -> Self {
        match r4().type_named(start) {
            Some(id) => Self { start: Kind::one(id), ..Self::anywhere() },
            None => Self::anywhere(),
        }
    }

    /// Expressions that start on whatever [`Kind`] another yields.
    #[must_use]
    pub fn on_kind(start: Kind) -> Self {
        Self { start, ..Self::anywhere() }
    }

    /// Expressions that start on nothing that is known: paths are not checked from there.
    #[must_use]
    pub fn anywhere() -> Self {
        Self { start: Kind::any(), variables: Vec::new(), strict: true, careful: false, resource: None }
    }

    /// Declares a variable and what it can hold.
    #[must_use]
    pub fn variable(mut self, name: &'s str, kind: Kind) -> Self {
        self.variables.push(Given { name, kind, members: None });
        self
    }

    /// Declares a variable that is a [`crate::Value::Tuple`], and what its members can hold.
    #[must_use]
    pub fn tuple(mut self, name: &'s str, members: Vec<(&'s str, Kind)>) -> Self {
        self.variables.push(Given { name, kind: Kind::any(), members: Some(members) });
        self
    }

    /// Says what `%resource` is, where it is not what the expression starts on.
    #[must_use]
    pub fn resource(mut self, kind: Kind) -> Self {
        self.resource = Some(kind);
        self
    }

    /// Also refuses several values where one is meant: `code.coding.code = 'x'` is false as soon as there are two
    /// codings, which nobody means.
    #[must_use]
    pub const fn careful(mut self) -> Self {
        self.careful = true;
        self
    }

    /// Allows `first()` and its like on what has no order.
    #[must_use]
    pub const fn lenient(mut self) -> Self {
        self.strict = false;
        self
    }

    pub(crate) fn start(&self) -> Kind {
        self.start.clone()
    }

    pub(crate) fn resource_kind(&self) -> Kind {
        match self.resource.as_ref().unwrap_or(&self.start).types() {
            Some([id]) if r4().kind(*id) == TypeKind::Resource => Kind::one(*id),
            _ => Kind::one(TypeId::RESOURCE),
        }
    }
}

/// An expression that was read, checked and made ready to run.
#[derive(Debug)]
pub struct Expression {
    text: String,
    pub(crate) plan: Plan,
    root: Id,
    variables: Vec<String>,
}

impl Expression {
    /// Reads and checks an expression.
    ///
    /// # Errors
    ///
    /// Every error of it at once: of class `syntax`, or, where it can be read, `semantic`.
    pub fn prepare(text: &str, scope: &Scope<'_>) -> Result<Self, Errors> {
        let ast = parse(text)?;
        let (plan, root) = check(&ast, scope)?;
        let variables = scope.variables.iter().map(|given| given.name.to_owned()).collect();
        Ok(Self { text: text.to_owned(), plan, root, variables })
    }

    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it yields, as far as the model tells.
    #[must_use]
    pub fn kind(&self) -> &Kind {
        self.plan.kind(self.root)
    }

    /// The resource types it names, and whether it may reach others: by `resolve()`, or by asking for any resource.
    #[must_use]
    pub fn resource_types(&self) -> (BTreeSet<&'static str>, bool) {
        self.plan.resource_types()
    }

    /// The value sets it names in `memberOf()`.
    #[must_use]
    pub fn value_sets(&self) -> Vec<(&str, Span)> {
        self.plan.value_sets()
    }

    /// Evaluates it on a whole document.
    ///
    /// # Errors
    ///
    /// Of class `execution`: what the expression and this record cannot do together, or a limit.
    pub fn evaluate<'a>(&'a self, record: &'a Record<'a>, environment: &Environment<'a>) -> Result<Outcome<'a>, Error> {
        self.evaluate_on(Collection::One(crate::value::Value::Node(Node::root(record))), environment)
    }

    /// Evaluates it on what another expression yielded, or on nothing.
    ///
    /// # Errors
    ///
    /// As [`Expression::evaluate`].
    pub fn evaluate_on<'a>(&'a self, start: Collection<'a>, environment: &Environment<'a>) -> Result<Outcome<'a>, Error> {
        Evaluator::new(&self.plan, &self.text, environment, &self.variables, start).run(self.root).map_err(|failure| *failure)
    }
}
