//! An expression as it runs: explicit operators in one arena, every name looked up.
//!
//! Nothing in here knows FHIRPath's grammar. Another front end (ELM) lowers to the same operators, and adds its own
//! where its rules differ.

use std::collections::BTreeSet;

use regex::Regex;

use crate::check::Kind;
use crate::error::Span;
use crate::functions::Function;
use crate::model::{TypeId, TypeKind, r4};
use crate::syntax::ast::Operator;
use crate::value::{Step, Value};

/// The place of an operator in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Id(u32);

#[derive(Debug)]
pub(crate) enum Op {
    Literal(Value<'static>),
    Empty,
    This,
    Index,
    Total,
    Variable(Variable),
    /// Elements of a name.
    Children(Id, Step),
    /// The input where it is of the type a path starts with.
    Root(Id, TypeTest),
    Indexer(Id, Id),
    Negate(Id),
    Binary(Operator, Id, Id),
    Is(Id, TypeTest),
    /// At most one input, kept where it is of the type.
    As(Id, TypeTest),
    /// All inputs that are of the type.
    OfType(Id, TypeTest),
    Call(Box<Invocation>),
}

/// A call of a function.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) function: &'static Function,
    pub(crate) input: Id,
    /// `false` where the input is `$this` because none was written.
    pub(crate) has_input: bool,
    pub(crate) arguments: Box<[Id]>,
    /// A pattern that is written out, compiled.
    pub(crate) pattern: Option<Regex>,
    /// Where `defineVariable` puts its value.
    pub(crate) slot: usize,
    /// Per argument: greatest first.
    pub(crate) descending: Box<[bool]>,
}

/// What `%name` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Variable {
    /// What the expression was started on.
    Context,
    Resource,
    RootResource,
    /// Given by the caller, in the order in which the scope names them.
    Given(usize),
    /// Made by `defineVariable`.
    Defined(usize),
}

/// A type as an expression names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TypeTest {
    /// Either of these; `Quantity` alone is FHIR's or FHIRPath's.
    pub(crate) any_of: [Option<TypeId>; 2],
    /// Of each, whether nothing that is selected derives from it.
    exact: [bool; 2],
}

impl TypeTest {
    pub(crate) fn new(any_of: [Option<TypeId>; 2]) -> Self {
        let exact = |id: TypeId| match r4().kind(id) {
            TypeKind::System | TypeKind::Primitive => true,
            TypeKind::Resource => !r4().is_open(id),
            TypeKind::Complex | TypeKind::Backbone => false,
        };
        Self { any_of, exact: any_of.map(|id| id.is_some_and(exact)) }
    }

    /// The type, where nothing else than exactly one resource type will do.
    pub(crate) fn resource(self) -> Option<TypeId> {
        match (self.any_of, self.exact) {
            ([Some(id), None], [true, _]) if r4().kind(id) == TypeKind::Resource => Some(id),
            _ => None,
        }
    }

    /// `is`: of the type or of one that derives from it.
    pub(crate) fn is(self, value: &Value<'_>) -> bool {
        self.any_of.into_iter().flatten().any(|wanted| value.is(wanted))
    }

    /// `as`, `ofType`: of the type itself; complex types and resources also by what they derive from.
    pub(crate) fn selects(self, value: &Value<'_>) -> bool {
        let id = value.type_id();
        let wanted = self.any_of.into_iter().zip(self.exact).filter_map(|(wanted, exact)| Some((wanted?, exact)));
        wanted.into_iter().any(|(wanted, exact)| id == wanted || !exact && r4().is_a(id, wanted))
    }
}

static UNKNOWN: Kind = Kind::UNKNOWN;

/// The arena.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    ops: Vec<(Op, Span)>,
    kinds: Vec<Kind>,
    /// How many variables `defineVariable` makes.
    pub(crate) slots: usize,
}

impl Plan {
    pub(crate) fn add(&mut self, op: Op, span: Span, kind: Kind) -> Id {
        // The parser's limit on length keeps this far from overflow.
        let id = Id(u32::try_from(self.ops.len()).unwrap_or(u32::MAX));
        self.ops.push((op, span));
        self.kinds.push(kind);
        id
    }

    pub(crate) fn get(&self, id: Id) -> Option<&(Op, Span)> {
        self.ops.get(id.0 as usize)
    }

    pub(crate) fn span(&self, id: Id) -> Span {
        self.get(id).map_or_else(Span::default, |(_, span)| *span)
    }

    pub(crate) fn kind(&self, id: Id) -> &Kind {
        self.kinds.get(id.0 as usize).unwrap_or(&UNKNOWN)
    }

    /// The resource types that are named, and whether others may be reached.
    pub(crate) fn resource_types(&self) -> (BTreeSet<&'static str>, bool) {
        let mut named = BTreeSet::new();
        let mut any = false;
        for (op, _) in &self.ops {
            match op {
                Op::Root(_, test) | Op::Is(_, test) | Op::As(_, test) | Op::OfType(_, test) => {
                    for id in test.any_of.into_iter().flatten().filter(|id| r4().is_a(*id, TypeId::RESOURCE)) {
                        any |= r4().is_open(id);
                        named.insert(id.name());
                    }
                }
                Op::Call(invocation) => match invocation.function.name {
                    "resolve" => any = true,
                    "children" | "descendants" => any |= self.is_any_resource(invocation.input),
                    _ => {}
                },
                // Elements and functions of the whole start, whatever it is.
                Op::Children(input, _) => any |= self.is_any_resource(*input),
                _ => {}
            }
        }
        named.retain(|name| *name != "Resource" && *name != "DomainResource");
        (named, any)
    }

    fn is_any_resource(&self, id: Id) -> bool {
        matches!(self.get(id), Some((Op::This, _))) && self.kind(id).types() == Some(&[TypeId::RESOURCE])
    }

    /// The value sets that `memberOf` names.
    pub(crate) fn value_sets(&self) -> Vec<(&str, Span)> {
        let literal = |op: &Op| match op {
            Op::Call(invocation) if invocation.function.name == "memberOf" => invocation.arguments.first().copied(),
            _ => None,
        };
        let ids = self.ops.iter().filter_map(|(op, _)| literal(op));
        ids.filter_map(|id| match self.get(id)? {
            (Op::Literal(Value::String(text)), span) => Some((&**text, *span)),
            _ => None,
        })
        .collect()
    }
}
