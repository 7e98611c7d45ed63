//! From files to a plan: names become numbers, figures become values, and everything that would
//! give a wrong answer is found before anything runs.

mod aspect;
mod compiler;
mod names;
mod parameters;
mod plan;
mod rule;

pub use aspect::{Asks, Aspect};
pub(crate) use aspect::{AspectSource, Reach};
pub use compiler::{Compiler, DEFAULT_HOOK, HOOKS, Node, Uses};
pub(crate) use names::Names;
pub use names::{DefId, DefinitionKind, RuleId};
pub use parameters::{ParameterValue, Parameters};
pub use plan::{DefinitionBody, DefinitionPlan, Plan, ServicePlan};
pub(crate) use rule::compile as compile_rule;
pub use rule::{CardPlan, RulePlan, SuggestionPlan, VersionPlan};
