//! `%name`

use curbside_source::{did_you_mean, nearest};

use super::{Checker, Here, Kind};
use crate::error::Span;
use crate::model::TypeId;
use crate::plan::{Id, Op, Variable};
use crate::syntax::ast::Name;
use crate::value::Value;

/// Variables with a fixed value.
const CONSTANTS: &[(&str, &str)] =
    &[("ucum", "http://unitsofmeasure.org"), ("sct", "http://snomed.info/sct"), ("loinc", "http://loinc.org")];

impl Checker<'_> {
    pub(super) fn variable(&mut self, name: &str, span: Span, here: &Here) -> Id {
        if let Some((_, slot, kind)) = here.defined.iter().find(|(defined, ..)| defined == name) {
            let (slot, kind) = (*slot, kind.clone());
            return self.variable_op(Variable::Defined(slot), span, kind);
        }
        if let Some(at) = self.scope.variables.iter().position(|given| given.name == name) {
            let kind = self.scope.variables.get(at).map_or(Kind::UNKNOWN, |given| given.kind.clone());
            return self.variable_op(Variable::Given(at), span, kind);
        }
        let constant = |text: String| Op::Literal(Value::String(text.into()));
        let text = if let Some((_, text)) = CONSTANTS.iter().find(|(known, _)| *known == name) {
            (*text).to_owned()
        } else if let Some(id) = name.strip_prefix("vs-") {
            format!("http://hl7.org/fhir/ValueSet/{id}")
        } else if let Some(id) = name.strip_prefix("ext-") {
            format!("http://hl7.org/fhir/StructureDefinition/{id}")
        } else {
            return match name {
                "context" => self.variable_op(Variable::Context, span, self.scope.start()),
                "resource" => self.variable_op(Variable::Resource, span, self.scope.resource_kind()),
                "rootResource" => self.variable_op(Variable::RootResource, span, Kind::one(TypeId::RESOURCE)),
                _ => self.unknown_variable(name, span, here),
            };
        };
        self.plan.add(constant(text), span, Kind::one(TypeId::STRING))
    }

    /// The kind of a member of a variable that is a tuple; `None` where the input is no such variable.
    pub(super) fn tuple_member(&mut self, input: Id, name: &Name) -> Option<Option<Kind>> {
        let Some((Op::Variable(Variable::Given(at)), _)) = self.plan.get(input) else { return None };
        let given = self.scope.variables.get(*at)?;
        let members = given.members.as_ref()?;
        let found = members.iter().find(|(known, _)| *known == name.text).map(|(_, kind)| kind.clone());
        if found.is_none() {
            let help = did_you_mean(&name.text, members.iter().map(|(known, _)| *known));
            self.semantic(name.span, format!("`%{}` has no member `{}`", given.name, name.text), help);
        }
        Some(found)
    }

    fn unknown_variable(&mut self, name: &str, span: Span, here: &Here) -> Id {
        let known = CONSTANTS.iter().map(|(name, _)| *name).chain(["context", "resource", "rootResource"]);
        let given = self.scope.variables.iter().map(|given| given.name);
        let defined = here.defined.iter().map(|(name, ..)| name.as_str());
        let help = nearest(name, known.chain(given).chain(defined)).map(|name| format!("did you mean `%{name}`?"));
        self.semantic(span, format!("unknown variable `%{name}`"), help);
        self.refused(span)
    }
}
