//! Calls of functions: names, arguments, and what comes of them.

use curbside_source::nearest;
use regex::Regex;

use super::{Checker, Here, Kind};
use crate::error::Span;
use crate::functions::{Accept, Function, Parameter, Returns, named, names, tree_kind};
use crate::model::{TypeId, r4};
use crate::plan::{Id, Invocation, Op};
use crate::syntax::ast::{Ast, Kind as Node, Name};
use crate::value::Value;

static NOTHING: Kind = Kind::EMPTY;

impl Checker<'_> {
    pub(super) fn call(&mut self, input: Option<&Ast>, name: &Name, arguments: &[Ast], span: Span, here: &mut Here) -> Id {
        let has_input = input.is_some();
        let input = match input {
            Some(input) => self.lower(input, here),
            None => self.plan.add(Op::This, Span::new(span.start, span.start), here.this.clone()),
        };
        if matches!(name.text.as_str(), "is" | "as" | "ofType") {
            return self.type_call(input, name, arguments, span);
        }
        let Some(function) = named(&name.text) else {
            let help = nearest(&name.text, names()).map(|name| format!("did you mean `{name}`?"));
            self.semantic(name.span, format!("unknown function `{}`", name.text), help);
            return self.refused(span);
        };
        let most = if function.parameters == [Parameter::Keys] { usize::MAX } else { function.parameters.len() };
        if arguments.len() < function.required || arguments.len() > most {
            let wanted = match (function.required, most) {
                (least, most) if least == most => least.to_string(),
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) => format!("{least} to {most}"),
            };
            self.semantic(span, format!("`{}` takes {wanted} arguments, not {}", function.name, arguments.len()), None);
            return self.refused(span);
        }
        self.accept(input, function.input, &format!("what `{}` is called on", function.name));
        let mut descending = Vec::new();
        let mut ids = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let parameter =
                function.parameters.get(at).or(function.parameters.last()).copied().unwrap_or(Parameter::Value(Accept::Anything));
            let (argument, is_descending) = key(parameter, argument);
            descending.push(is_descending);
            let id = self.argument(function, parameter, argument, input, has_input, here);
            ids.push(id);
        }
        let slot = self.defined_variable(function, input, &ids, here);
        let pattern = self.pattern(function, &ids);
        let kind = self.result(function, input, &ids);
        let arguments = ids.into_boxed_slice();
        let invocation = Invocation { function, input, has_input, arguments, pattern, slot, descending: descending.into_boxed_slice() };
        self.plan.add(Op::Call(Box::new(invocation)), span, kind)
    }

    fn argument(&mut self, function: &Function, parameter: Parameter, argument: &Ast, input: Id, has_input: bool, here: &Here) -> Id {
        let mut inner = here.clone();
        let item = self.plan.kind(input).clone().with_single(true);
        let what = format!("an argument of `{}`", function.name);
        match parameter {
            Parameter::Value(accept) => {
                let id = self.lower(argument, &mut inner);
                self.accept(id, accept, &what);
                id
            }
            Parameter::Each(accept) => {
                // Called on nothing, `iif` leaves `$this` and `$index` as they are.
                if function.name != "iif" || has_input {
                    (inner.this, inner.index) = (item, function.name != "iif" || here.index);
                }
                if let Returns::Repeat = function.returns {
                    // What comes of it is asked again.
                    return self.repeated(argument, inner);
                }
                let id = self.lower(argument, &mut inner);
                let what = if accept == Accept::Truth { format!("the criterion of `{}`", function.name) } else { what };
                self.accept(id, accept, &what);
                id
            }
            Parameter::Fold => {
                (inner.this, inner.index, inner.total) = (item, true, Some(Kind::UNKNOWN));
                self.lower(argument, &mut inner)
            }
            Parameter::Keys => {
                (inner.this, inner.index) = (item, true);
                self.lower(argument, &mut inner)
            }
        }
    }

    /// `repeat(item)`: the items of items are asked for items too, so the argument must make sense on what it yields.
    fn repeated(&mut self, argument: &Ast, mut inner: Here) -> Id {
        let id = self.lower(argument, &mut inner.clone());
        let again = inner.this.union(self.plan.kind(id), true);
        if again == inner.this || self.plan.kind(id).is_empty() {
            return id;
        }
        inner.this = again;
        self.lower(argument, &mut inner)
    }

    fn defined_variable(&mut self, function: &Function, input: Id, arguments: &[Id], here: &mut Here) -> usize {
        if function.name != "defineVariable" {
            return 0;
        }
        let span = arguments.first().map_or_else(Span::default, |id| self.plan.span(*id));
        let Some(name) = arguments.first().and_then(|id| self.text_literal(*id)) else {
            self.semantic(span, "the name of a variable is written as a string", None);
            return 0;
        };
        let taken = here.defined.iter().any(|(known, ..)| *known == name) || self.scope.variables.iter().any(|given| given.name == name);
        if taken || matches!(name.as_str(), "context" | "resource" | "rootResource" | "ucum" | "sct" | "loinc") {
            self.semantic(span, format!("there is a variable `%{name}` already"), None);
        }
        let slot = self.plan.slots;
        self.plan.slots += 1;
        let kind = self.plan.kind(arguments.get(1).copied().unwrap_or(input)).clone();
        here.defined.push((name, slot, kind));
        slot
    }

    fn text_literal(&self, id: Id) -> Option<String> {
        match self.plan.get(id) {
            Some((Op::Literal(Value::String(text)), _)) => Some(text.clone().into_owned()),
            _ => None,
        }
    }

    /// Compiles a pattern that is written out, so that a wrong one is found now.
    fn pattern(&mut self, function: &Function, arguments: &[Id]) -> Option<Regex> {
        let id = *arguments.first()?;
        let flags = match arguments.last() {
            Some(last) if function.name.starts_with("matches") && arguments.len() == 2 || arguments.len() == 3 => {
                self.text_literal(*last)?
            }
            _ => String::new(),
        };
        let text = if function.name.contains("atches") { self.text_literal(id) } else { None }?;
        match crate::evaluate::pattern(&text, function.name == "matchesFull", &flags) {
            Ok(pattern) => Some(pattern),
            Err(message) => {
                self.semantic(self.plan.span(id), message, None);
                None
            }
        }
    }

    fn type_call(&mut self, input: Id, name: &Name, arguments: &[Ast], span: Span) -> Id {
        let [argument] = arguments else {
            self.semantic(span, format!("`{}` takes the name of a type", name.text), None);
            return self.refused(span);
        };
        let Some(wanted) = argument.type_name() else {
            self.semantic(
                argument.span,
                format!("`{}` takes the name of a type", name.text),
                Some("like `Quantity` or `FHIR.Quantity`".to_owned()),
            );
            return self.refused(span);
        };
        let Some(test) = self.type_test(&wanted) else { return self.refused(span) };
        match name.text.as_str() {
            "is" => self.plan.add(Op::Is(input, test), span, Kind::one(TypeId::BOOLEAN)),
            "as" => {
                let kind = self.narrowed(input, test).with_single(true);
                self.plan.add(Op::As(input, test), span, kind)
            }
            _ => {
                let kind = self.narrowed(input, test);
                self.plan.add(Op::OfType(input, test), span, kind)
            }
        }
    }

    fn result(&self, function: &Function, input: Id, arguments: &[Id]) -> Kind {
        let input = self.plan.kind(input);
        let argument = |at: usize| arguments.get(at).map_or(&NOTHING, |id| self.plan.kind(*id));
        match function.returns {
            Returns::One(id) => Kind::one(id),
            Returns::Many(id) => Kind::many(id).with_single(function.name == "type" && input.is_single()),
            Returns::Input if function.name == "sort" => Kind::of(input.types().unwrap_or(&[TypeId::ANY]).to_vec(), input.is_single()),
            Returns::Input => input.clone(),
            Returns::OneOfInput => input.clone().with_single(true),
            Returns::Union => input.union(argument(0), false),
            Returns::EachFirst => argument(0).clone().with_single(input.is_single() && argument(0).is_single()),
            Returns::Repeat => argument(0).clone().with_single(false).unordered(),
            Returns::Branches => argument(1).union(argument(2), argument(1).is_single() && argument(2).is_single()),
            Returns::Folded => Kind::UNKNOWN,
            Returns::Tree => tree_kind().unordered(),
            Returns::Resources => Kind::of(vec![TypeId::RESOURCE], input.is_single()),
            Returns::System => self.systems_of(input).with_single(true),
        }
    }

    pub(super) fn system_kind(&self, id: Id) -> Kind {
        self.systems_of(self.plan.kind(id)).with_single(true)
    }

    fn systems_of(&self, kind: &Kind) -> Kind {
        match kind.systems() {
            Some(systems) => Kind::of(systems.into_iter().flatten().collect(), kind.is_single()),
            None => Kind::UNKNOWN.with_single(kind.is_single()),
        }
    }

    pub(super) fn ordered(&mut self, id: Id, what: &str) {
        if self.scope.strict && !self.plan.kind(id).is_ordered() {
            let help = "`children()`, `descendants()` and `repeat()` yield elements in no order; narrow it to one with `where(…).single()`"
                .to_owned();
            self.semantic(self.plan.span(id), format!("{what} needs an order, and this has none"), Some(help));
        }
    }

    /// Reports what can never be what is needed here.
    pub(super) fn accept(&mut self, id: Id, accept: Accept, what: &str) {
        if accept == Accept::Ordered {
            self.ordered(id, what);
            return;
        }
        let kind = self.plan.kind(id);
        let Some(types) = kind.types() else { return };
        let Some(systems) = kind.systems() else { return };
        if types.is_empty() || types.iter().zip(systems).any(|(id, system)| accepts(accept, *id, system)) {
            return;
        }
        let wanted = match accept {
            Accept::Anything | Accept::Ordered => return,
            Accept::Truth => "a Boolean",
            Accept::Integer => "an Integer",
            Accept::Number => "a number",
            Accept::Text => "a String",
            Accept::Measure => "a number, a quantity, a date or a time",
            Accept::NumberOrQuantity => "a number or a quantity",
            Accept::Quantity => "a Quantity",
            Accept::Temporal => "a date or a time",
            Accept::Simple => "a primitive",
        };
        let help = (accept == Accept::Text && types.iter().any(|id| id.system().is_some())).then(|| "write `.toString()`".to_owned());
        let found = kind.to_string();
        self.semantic(self.plan.span(id), format!("{what} must be {wanted}, not {}", found.trim_end_matches(" *")), help);
    }
}

/// A key of `sort` without its direction: `-name` and `name desc` are the greatest first.
fn key(parameter: Parameter, argument: &Ast) -> (&Ast, bool) {
    match &argument.kind {
        Node::Sign(negative, key) if parameter == Parameter::Keys => (key, *negative),
        Node::Descending(key) if parameter == Parameter::Keys => (key, true),
        _ => (argument, false),
    }
}

fn accepts(accept: Accept, id: TypeId, system: Option<TypeId>) -> bool {
    let number = || matches!(system, Some(TypeId::INTEGER | TypeId::DECIMAL));
    let temporal = || matches!(system, Some(TypeId::DATE | TypeId::DATE_TIME | TypeId::TIME));
    match accept {
        Accept::Anything | Accept::Ordered => true,
        // The presence of an element is an answer; a number or a text that was worked out is none.
        Accept::Truth => system == Some(TypeId::BOOLEAN) || !id.is_system(),
        Accept::Integer => system == Some(TypeId::INTEGER),
        Accept::Number => number(),
        Accept::Text => system == Some(TypeId::STRING),
        Accept::Measure => number() || temporal() || system == Some(TypeId::QUANTITY),
        Accept::NumberOrQuantity => number() || system == Some(TypeId::QUANTITY),
        Accept::Quantity => number() || system == Some(TypeId::QUANTITY),
        Accept::Temporal => temporal(),
        Accept::Simple => system.is_some() && r4().kind(id) != crate::model::TypeKind::Backbone,
    }
}
