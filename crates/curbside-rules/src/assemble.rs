//! From the files of a pack, read, to a plan: names get their numbers, then everything is made
//! ready. What could not be read or made ready is left out, so that the rest is checked all the
//! same; such a plan decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use curbside_source::{Diagnostic, Diagnostics, Spanned};
use curbside_terminology::Vocabulary;

use crate::check;
use crate::compile::{
    Compiler, DefId, DefinitionBody, DefinitionPlan, Names, Parameters, Plan, RuleId, RulePlan, ServicePlan, compile_rule,
};
use crate::criteria::Definable;
use crate::evaluate::Untouched;
use crate::model::{DefineFile, Definition, Definitions, Name, PackFile, RuleFile};

/// The files of a pack, read.
pub(crate) struct Parts {
    pub(crate) pack: PackFile,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) parameters: Parameters,
    pub(crate) defines: Vec<DefineFile>,
    /// Rules by id; `None` where the file could not be read.
    pub(crate) rules: BTreeMap<String, Option<RuleFile>>,
    /// Names that stand in what could not be read.
    pub(crate) lost: Lost,
}

/// Names that stand in what could not be read: nobody is told that they are unknown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lost {
    pub(crate) names: BTreeSet<String>,
    /// Whether some of them are those of definitions.
    pub(crate) has_definitions: bool,
    /// A file that could not be read at all: nobody knows which names stand in it.
    pub(crate) is_any: bool,
}

impl Parts {
    /// The plan, with what is wrong with it; and the files of its rules.
    pub(crate) fn assemble(self, found: &mut Diagnostics) -> (Plan, BTreeMap<String, Option<RuleFile>>) {
        let mut names = Names::new(self.lost);
        let mut list: Vec<(Option<usize>, &(Name, Definition))> = Vec::new();
        let own = self.pack.define.0.iter().chain(self.defines.iter().flat_map(|file| &file.define.0));
        list.extend(own.map(|definition| (None, definition)));
        for (at, rule) in self.rules.values().enumerate() {
            let Definitions(local) = rule.as_ref().map(|rule| &rule.define).unwrap_or(const { &Definitions(Vec::new()) });
            list.extend(local.iter().map(|definition| (Some(at), definition)));
        }
        for (at, (rule, (name, definition))) in list.iter().enumerate() {
            let id = DefId(u32::try_from(at).unwrap_or(u32::MAX));
            declare(&mut names, *rule, name, definition, id, found);
        }
        let rule_ids: BTreeMap<String, RuleId> =
            self.rules.keys().enumerate().map(|(at, id)| (id.clone(), RuleId(u32::try_from(at).unwrap_or(u32::MAX)))).collect();
        let mut compiler = Compiler::new(&self.vocabulary, &self.pack, &self.parameters, &names, &rule_ids, found);
        let mut definitions: Vec<DefinitionPlan> = Vec::new();
        for (rule, (name, definition)) in &list {
            compiler.at(*rule);
            let body = body(definition, &mut compiler);
            let uses = compiler.take_uses();
            definitions.push(DefinitionPlan {
                name: name.value.as_str().into(),
                rule: *rule,
                span: name.span,
                body,
                scoped: uses.scoped,
                uses,
            });
        }
        let mut rules = Vec::new();
        for (at, (id, file)) in self.rules.iter().enumerate() {
            compiler.at(Some(at));
            rules.push(match file {
                Some(file) => compile_rule(id, file, &self.pack.version.value, &mut compiler),
                None => RulePlan::unreadable(id),
            });
        }
        let services = services(&self.pack, &rule_ids, found);
        settle_scopes(&mut definitions);
        let Self { pack, vocabulary, parameters, rules: files, .. } = self;
        (Plan { pack, vocabulary, parameters, definitions, rules, services, names, untouched: Untouched::default() }, files)
    }
}

/// Gives a definition its name, and what it finds the name it asks for.
fn declare(names: &mut Names, rule: Option<usize>, name: &Name, definition: &Definition, id: DefId, found: &mut Diagnostics) {
    let kind = definition.value.kind();
    let alias = definition.value.alias();
    for name in std::iter::once(name).chain(alias) {
        let is_plain = name.value.starts_with(|c: char| c.is_ascii_lowercase())
            && name.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_plain {
            found.push(
                Diagnostic::error("invalid-name", name.span, format!("`{}` is not a name", name.value))
                    .help("names are lower case, with digits and `_`"),
            );
        }
        if RESERVED.contains(&name.value.as_str()) {
            found.error("invalid-name", name.span, format!("`{}` has a meaning of its own", name.value));
        }
        if !names.add(rule, &name.value, id, kind) {
            found.error("duplicate-name", name.span, format!("there are two definitions named `{}`", name.value));
        }
    }
    names.label(id, definition.value.labels());
}

/// Names that dates and templates have already.
const RESERVED: [&str; 13] =
    ["as_of", "proposed", "start", "end", "response", "trial", "parameters", "texts", "rule", "evidence", "missing", "notes", "hook"];

fn body(definition: &Definition, compiler: &mut Compiler<'_>) -> DefinitionBody {
    let compiled = match &definition.value {
        Definable::TreatmentCourse(course) => course.compile(compiler).map(DefinitionBody::Course),
        Definable::Date(date) => date.compile(definition.span, compiler).map(DefinitionBody::Date),
        other => other.criterion().and_then(|criterion| criterion.compile(definition.span, compiler)).map(DefinitionBody::Criterion),
    };
    compiled.unwrap_or(DefinitionBody::Broken)
}

fn services(pack: &PackFile, rules: &BTreeMap<String, RuleId>, found: &mut Diagnostics) -> Vec<ServicePlan> {
    let mut ids = BTreeSet::new();
    let mut services = Vec::new();
    for service in &pack.services {
        if !ids.insert(service.id.value.as_str()) {
            found.error("duplicate-name", service.id.span, format!("there are two services `{}`", service.id.value));
        }
        check::hook_name(&service.hook, found);
        let mut own = BTreeSet::new();
        for Spanned { value, span } in &service.rules {
            match rules.get(value) {
                Some(id) if !own.insert(*id) => found.error("duplicate-name", *span, format!("rule `{value}` is listed twice")),
                Some(_) => {}
                None => {
                    let help = curbside_source::did_you_mean(value, rules.keys().map(String::as_str));
                    found.push(Diagnostic::error("unknown-rule", *span, format!("unknown rule `{value}`")).maybe_help(help));
                }
            }
        }
        services.push(ServicePlan { id: service.id.value.clone(), hook: service.hook.value.clone(), rules: own.into_iter().collect() });
    }
    services
}

/// A definition asks about the trial in question where it uses one that does.
fn settle_scopes(definitions: &mut [DefinitionPlan]) {
    loop {
        let scoped: BTreeSet<DefId> = definitions
            .iter()
            .enumerate()
            .filter(|(_, definition)| definition.scoped)
            .map(|(at, _)| DefId(u32::try_from(at).unwrap_or(u32::MAX)))
            .collect();
        let mut changed = false;
        for definition in definitions.iter_mut().filter(|definition| !definition.scoped) {
            if definition.uses.definitions.iter().any(|id| scoped.contains(id)) {
                definition.scoped = true;
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

impl Definable {
    /// The labels that a table gives, or the phases that a course has.
    fn labels(&self) -> Vec<String> {
        match self {
            Self::Decide(table) => table.labels().map(str::to_owned).collect(),
            Self::TreatmentCourse(course) => course.phases.iter().map(|phase| phase.phase.value.clone()).collect(),
            _ => Vec::new(),
        }
    }
}
