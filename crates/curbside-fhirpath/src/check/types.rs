//! Names of types.

use curbside_source::nearest;

use super::{Checker, Kind};
use crate::model::{TypeId, r4};
use crate::plan::{Id, TypeTest};
use crate::syntax::ast::TypeName;

impl Checker<'_> {
    /// The type a name stands for; `None` where it stands for none, which is reported.
    pub(super) fn type_test(&mut self, name: &TypeName) -> Option<TypeTest> {
        let model = r4();
        let (fhir, system) = (model.type_named(&name.name), model.system_type_named(&name.name));
        let any_of = match name.namespace.as_deref() {
            // FHIR's Quantity and FHIRPath's own are one to whoever writes no namespace.
            None => [fhir, system],
            Some("FHIR") => [fhir, None],
            Some("System") => [None, system],
            Some(other) => {
                let help = nearest(other, ["FHIR", "System"]).map(|name| format!("did you mean `{name}`?"));
                self.semantic(
                    name.span,
                    format!("unknown namespace `{other}`"),
                    help.or(Some("types are of `FHIR` or `System`".to_owned())),
                );
                return None;
            }
        };
        // A name of the other namespace is known, and nothing is of that type here.
        if fhir.is_none() && system.is_none() {
            let help = nearest(&name.name, model.type_names()).map(|name| format!("did you mean `{name}`?"));
            self.semantic(name.span, format!("unknown type `{}`", name.name), help);
            return None;
        }
        Some(TypeTest::new(any_of))
    }

    /// What is left of an input that is narrowed to a type.
    pub(super) fn narrowed(&self, input: Id, test: TypeTest) -> Kind {
        let kind = self.plan.kind(input);
        let wanted: Vec<TypeId> = test.any_of.into_iter().flatten().collect();
        // `Quantity` of an element is FHIR's.
        let fhir: Vec<TypeId> = wanted.iter().copied().filter(|id| !id.is_system()).collect();
        let system_only = kind.types().is_some_and(|types| types.iter().all(|id| id.is_system()));
        let types = if fhir.is_empty() || system_only { wanted } else { fhir };
        Kind::of(types, kind.is_single()).with_order_of(kind)
    }
}
