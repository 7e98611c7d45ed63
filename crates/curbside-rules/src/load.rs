//! From the files of a pack to a plan, or to everything that is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use curbside_source::{Diagnostic, Diagnostics, FileId, Sources, Spanned, read};
use curbside_terminology::{Aliases, Vocabulary};

use crate::check;
use crate::compile::{Compiler, DefId, DefinitionBody, DefinitionPlan, Names, Parameters, Plan, RuleId, ServicePlan, compile_rule};
use crate::criteria::Definable;
use crate::model::{DefineFile, Definition, Definitions, Name, PackFile, RuleFile};

/// What a site sets: parameters of the pack, and its own names for code systems.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Parameters by name, as text.
    pub parameters: BTreeMap<String, String>,
    /// Local code systems and what they stand for.
    pub aliases: Aliases,
}

/// What became of a pack's files.
#[derive(Debug)]
pub struct Loaded {
    /// The files.
    pub sources: Sources,
    /// Everything that is to be said about them.
    pub found: Diagnostics,
    /// The plan, where nothing stands against it.
    pub plan: Option<Plan>,
}

/// Which of a pack's files are which, by their place in its folder.
#[derive(Debug, Default)]
struct Files {
    pack: Option<FileId>,
    sets: Vec<FileId>,
    instruments: Vec<FileId>,
    defines: Vec<FileId>,
    /// Rules by id.
    rules: BTreeMap<String, FileId>,
}

/// Reads, checks and makes ready the files of a pack: paths relative to its folder, with their texts.
#[must_use]
pub fn load(files: impl IntoIterator<Item = (String, String)>, settings: &Settings) -> Loaded {
    let mut loaded = Loaded { sources: Sources::default(), found: Diagnostics::default(), plan: None };
    let sorted: BTreeMap<String, String> = files.into_iter().collect();
    let files = sort(sorted, &mut loaded.sources);
    let Some(pack_file) = files.pack else {
        let file = loaded.sources.add("pack.yaml", "");
        let span = curbside_source::Span { file, start: 0, end: 0 };
        loaded
            .found
            .push(Diagnostic::error("no-pack", span, "there is no `pack.yaml` here").help("start one with `curbside new pack NAME`"));
        return loaded;
    };
    let Loaded { sources, found, plan } = &mut loaded;
    let pack = keep(read::<PackFile>(sources, pack_file), found);
    let mut vocabulary = Vocabulary::read(sources, &files.sets, &files.instruments, found);
    let defines: Vec<DefineFile> = files.defines.iter().filter_map(|file| keep(read::<DefineFile>(sources, *file), found)).collect();
    let rules: BTreeMap<String, Option<RuleFile>> =
        files.rules.iter().map(|(id, file)| (id.clone(), keep(read::<RuleFile>(sources, *file), found))).collect();
    let Some(pack) = pack else { return loaded };
    if let Err(why) = vocabulary.alias(&settings.aliases) {
        found.error("unknown-system", pack.pack.span, why);
    }
    let mut parameters = Parameters::defaults(&pack, found);
    if let Err(why) = parameters.set(&pack, &settings.parameters) {
        found.error("parameter", pack.pack.span, why);
    }
    let reader = Reader { pack, vocabulary, parameters, defines, rules };
    let compiled = reader.compile(found);
    if let Some(compiled) = compiled {
        check::plan(&compiled, found);
        if !found.has_errors() {
            *plan = Some(compiled);
        }
    }
    loaded
}

fn keep<T>(result: Result<T, Vec<Diagnostic>>, found: &mut Diagnostics) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(errors) => {
            found.extend(errors);
            None
        }
    }
}

fn sort(files: BTreeMap<String, String>, sources: &mut Sources) -> Files {
    let mut sorted = Files::default();
    for (path, text) in files {
        let is_data = path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
        if !is_data {
            continue;
        }
        let stem = path.rsplit('/').next().and_then(|last| last.rsplit_once('.')).map_or("", |(stem, _)| stem).to_owned();
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["pack.yaml"] => sorted.pack = Some(sources.add(path, text)),
            [_] => {
                sorted.rules.insert(stem, sources.add(path, text));
            }
            ["value-sets", ..] => sorted.sets.push(sources.add(path, text)),
            ["instruments", ..] => sorted.instruments.push(sources.add(path, text)),
            ["define", ..] => sorted.defines.push(sources.add(path, text)),
            _ => {}
        }
    }
    sorted
}

struct Reader {
    pack: PackFile,
    vocabulary: Vocabulary,
    parameters: Parameters,
    defines: Vec<DefineFile>,
    rules: BTreeMap<String, Option<RuleFile>>,
}

impl Reader {
    fn compile(self, found: &mut Diagnostics) -> Option<Plan> {
        let mut names = Names::default();
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
                name: Arc::from(name.value.as_str()),
                rule: *rule,
                span: name.span,
                body,
                scoped: uses.scoped,
                uses,
            });
        }
        let mut rules = Vec::new();
        let mut whole = true;
        for (at, (id, file)) in self.rules.iter().enumerate() {
            compiler.at(Some(at));
            match file.as_ref().and_then(|file| compile_rule(id, file, &self.pack.version.value, &mut compiler)) {
                Some(rule) => rules.push(rule),
                None => whole = false,
            }
        }
        let services = services(&self.pack, &rule_ids, found);
        settle_scopes(&mut definitions);
        let is_whole = whole && definitions.iter().all(|definition| !matches!(definition.body, DefinitionBody::Broken));
        if !is_whole {
            return None;
        }
        Some(Plan { pack: self.pack, vocabulary: self.vocabulary, parameters: self.parameters, definitions, rules, services, names })
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
