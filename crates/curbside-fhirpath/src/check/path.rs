//! Paths: which elements a name reaches.

use curbside_source::nearest;

use super::{Checker, Here, Kind};
use crate::error::Span;
use crate::model::{Element, TypeId, TypeKind, r4};
use crate::plan::{Id, Op, TypeTest};
use crate::syntax::ast::{Ast, Name};
use crate::value::Step;

impl Checker<'_> {
    pub(super) fn member(&mut self, input: Option<&Ast>, name: &Name, ast: &Ast, here: &mut Here) -> Id {
        if let Some(input) = input {
            let input = self.lower(input, here);
            let kind = match self.tuple_member(input, name) {
                Some(kind) => kind,
                None => self.elements(&self.plan.kind(input).clone(), name, true),
            };
            return self.step(input, name, ast.span, kind);
        }
        let this = self.plan.add(Op::This, Span::new(ast.span.start, ast.span.start), here.this.clone());
        if let Some(root) = self.root(this, name, here) {
            return root;
        }
        let kind = self.elements(&here.this, name, true);
        self.step(this, name, ast.span, kind)
    }

    fn step(&mut self, input: Id, name: &Name, span: Span, kind: Option<Kind>) -> Id {
        match kind {
            Some(kind) => self.plan.add(Op::Children(input, Step::new(&name.text)), span, kind),
            None => self.refused(span),
        }
    }

    /// A path that begins with the name of a type: `Patient.name`.
    fn root(&mut self, this: Id, name: &Name, here: &Here) -> Option<Id> {
        let model = r4();
        let id = model.type_named(&name.text).filter(|_| name.text.starts_with(|c: char| c.is_ascii_uppercase()))?;
        let possible = match here.this.types() {
            None => true,
            Some(types) => types.iter().any(|t| model.is_a(*t, id) || model.is_open(*t) && model.is_a(id, *t) || *t == TypeId::ANY),
        };
        if !possible {
            // An element may be called like a type (`Expression`); then it is no type here.
            if self.elements(&here.this, name, false).is_some() {
                return None;
            }
            let help = format!("write the path without `{}.`, or evaluate it on one", name.text);
            self.semantic(
                name.span,
                format!("this starts on {}, not on `{}`", here.this.to_string().trim_end_matches(" *"), name.text),
                Some(help),
            );
            return Some(self.refused(name.span));
        }
        let test = TypeTest::new([Some(id), None]);
        let kind = self.narrowed(this, test);
        Some(self.plan.add(Op::Root(this, test), name.span, kind))
    }

    /// The kind of the elements called `name`; `None` where no type of the input has them, which is reported if `report`.
    fn elements(&mut self, input: &Kind, name: &Name, report: bool) -> Option<Kind> {
        let Some(types) = input.types() else { return Some(Kind::UNKNOWN) };
        if types.is_empty() {
            return Some(Kind::EMPTY);
        }
        let mut found = Vec::new();
        let mut single = input.is_single();
        for id in types {
            match *id {
                TypeId::ANY => return Some(Kind::UNKNOWN),
                TypeId::TYPE_INFO if matches!(name.text.as_str(), "namespace" | "name") => found.push(TypeId::STRING),
                TypeId::QUANTITY if name.text == "value" => found.push(TypeId::DECIMAL),
                TypeId::QUANTITY if matches!(name.text.as_str(), "unit" | "code") => found.push(TypeId::STRING),
                id => {
                    for element in having(id, &name.text) {
                        single &= !element.many;
                        found.extend(r4().forms(element).iter().map(|form| form.holds));
                    }
                }
            }
        }
        if found.is_empty() {
            if report {
                self.unknown_element(input, name);
            }
            return None;
        }
        Some(Kind::of(found, single).with_order_of(input))
    }

    fn unknown_element(&mut self, input: &Kind, name: &Name) {
        let model = r4();
        let types = input.types().unwrap_or_default();
        let choice = model.name(&name.text).and_then(|key| {
            let element = model.choice_of(key)?;
            let held = types
                .iter()
                .flat_map(|id| having(*id, model.name_text(element)))
                .flat_map(|e| model.forms(e))
                .find(|form| form.key == key)?;
            Some(format!("write `{}.ofType({})`", model.name_text(element), held.holds.name()))
        });
        let help = choice.or_else(|| {
            let known: Vec<&str> =
                types.iter().flat_map(|id| open_types(*id)).flat_map(|id| model.elements_of(id)).map(|e| model.name_text(e.name)).collect();
            nearest(&name.text, known.iter().copied()).map(|name| format!("did you mean `{name}`?"))
        });
        let called_like_function =
            crate::functions::named(&name.text).map(|function| format!("did you mean the function `{}()`?", function.name));
        let of = match types {
            [id] if model.kind(*id) == TypeKind::System => format!("`{}` is no element: {} has none", name.text, input),
            [_] => format!("{input} has no element `{}`", name.text).replace(" * has", " has"),
            _ => format!("none of {} has an element `{}`", input.to_string().trim_end_matches(" *"), name.text),
        };
        self.semantic(name.span, of, help.or(called_like_function));
    }
}

/// The elements of a name that a type has; of an open type those that any type has that it may turn out to be.
fn having(id: TypeId, name: &str) -> Vec<&'static Element> {
    let Some(name) = r4().name(name) else { return Vec::new() };
    open_types(id).into_iter().filter_map(|id| r4().element(id, name)).collect()
}

/// The type itself, or all that an open type may turn out to be.
fn open_types(id: TypeId) -> Vec<TypeId> {
    if r4().is_open(id) { r4().descendants(id).collect() } else { vec![id] }
}
