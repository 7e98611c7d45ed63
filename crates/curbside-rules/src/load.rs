//! From the files of a pack to a plan, or to everything that is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use curbside_source::{Diagnostic, Diagnostics, FileId, Level, Sources, read_partly, yaml};
use curbside_terminology::{Aliases, Vocabulary};
use serde::de::DeserializeOwned;

use crate::assemble::{Lost, Parts};
use crate::check;
use crate::compile::{Parameters, Plan, RuleId};
use crate::evaluate::Untouched;
use crate::hints::with_hint;
use crate::model::{DefineFile, PackFile, RuleFile};

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
    /// The plan, as far as it could be made; what depends on a plan is checked against it.
    draft: Option<Plan>,
    rules: BTreeMap<String, Option<RuleFile>>,
}

impl Loaded {
    /// The plan as far as it could be made, and where to complain about what does not fit it.
    pub fn draft(&mut self) -> Option<(&Plan, &Sources, &mut Diagnostics)> {
        Some((self.draft.as_ref()?, &self.sources, &mut self.found))
    }

    /// Runs the lints. `shown` are the facts that the texts of each rule show, by name.
    pub fn lint(&mut self, shown: &BTreeMap<RuleId, Vec<String>>) {
        if let Some(plan) = &self.draft {
            check::lint(&check::Subject { plan, sources: &self.sources, rules: &self.rules, shown }, &mut self.found);
        }
    }

    /// The plan, where nothing stands against it, with the files and what was found.
    #[must_use]
    pub fn finish(self) -> (Sources, Diagnostics, Option<Plan>) {
        let plan = if self.found.has_errors() { None } else { self.draft };
        (self.sources, self.found, plan)
    }
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
    let mut loaded = Loaded { sources: Sources::default(), found: Diagnostics::default(), draft: None, rules: BTreeMap::new() };
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
    let Loaded { sources, found, .. } = &mut loaded;
    let pack = keep::<PackFile>(sources, pack_file, found);
    let mut vocabulary = Vocabulary::read(sources, &files.sets, &files.instruments, found);
    let defines: Vec<DefineFile> = files.defines.iter().filter_map(|file| keep(sources, *file, found)).collect();
    let rules: BTreeMap<String, Option<RuleFile>> =
        files.rules.iter().map(|(id, file)| (id.clone(), keep(sources, *file, found))).collect();
    let Some(pack) = pack else { return loaded };
    if let Err(why) = vocabulary.alias(&settings.aliases) {
        found.error("unknown-system", pack.pack.span, why);
    }
    let mut parameters = Parameters::defaults(&pack, found);
    if let Err(why) = parameters.set(&pack, &settings.parameters) {
        found.error("parameter", pack.pack.span, why);
    }
    let broken: BTreeSet<FileId> = found.iter().filter(|finding| finding.level == Level::Error).map(|finding| finding.span.file).collect();
    let lost = lost(sources, &broken);
    let is_table_lost = lost.is_any || lost.has_definitions;
    let mut later = Diagnostics::default();
    let (mut plan, rules) = Parts { pack, vocabulary, parameters, defines, rules, lost }.assemble(&mut later);
    found.extend(later.sorted().into_iter().filter(|finding| stands(finding, &broken, is_table_lost)));
    // What rests on itself has no end, for those who look into it neither.
    if check::plan(&plan, found) {
        plan.untouched = Untouched::of(&plan);
        loaded.draft = Some(plan);
        loaded.rules = rules;
    }
    loaded
}

/// Reads a file, or of one with errors what can be read.
fn keep<T: DeserializeOwned>(sources: &Sources, file: FileId, found: &mut Diagnostics) -> Option<T> {
    let (value, errors) = read_partly(sources, file);
    found.extend(errors.into_iter().map(|error| with_hint(error, sources)));
    value
}

/// Whether a complaint is one of its own. In a file of which parts could not be read, or about the
/// labels of a table that could not, it may be about what is missing because of that.
fn stands(finding: &Diagnostic, broken: &BTreeSet<FileId>, is_table_lost: bool) -> bool {
    let is_about_what_is_there = |code: &str| ["unknown-", "wrong-", "invalid-", "duplicate-"].iter().any(|start| code.starts_with(start));
    match finding.code {
        "unknown-label" => !is_table_lost,
        code => is_about_what_is_there(code) || !broken.contains(&finding.span.file),
    }
}

/// The names that stand in files with errors: what a file defines may be among what was left out.
fn lost(sources: &Sources, broken: &BTreeSet<FileId>) -> Lost {
    let mut lost = Lost::default();
    for file in broken {
        lost.names.insert(stem(sources.name(*file)).to_owned());
        let Ok(yaml::Node { kind: yaml::Kind::Map(entries), .. }) = yaml::parse(sources, *file) else {
            let path = sources.name(*file);
            lost.is_any |= path == "pack.yaml" || path.starts_with("define/");
            continue;
        };
        for (key, part) in entries.iter().filter(|(key, _)| ["define", "parameters", "sources", "links"].contains(&key.text.as_str())) {
            let yaml::Kind::Map(entries) = &part.kind else { continue };
            lost.has_definitions |= key.text == "define";
            lost.names.extend(entries.iter().map(|(key, _)| key.text.clone()));
        }
    }
    lost
}

/// The name of a file without its folder and its ending.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().and_then(|last| last.rsplit_once('.')).map_or("", |(stem, _)| stem)
}

fn sort(files: BTreeMap<String, String>, sources: &mut Sources) -> Files {
    let mut sorted = Files::default();
    for (path, text) in files {
        let is_data = path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json");
        if !is_data {
            continue;
        }
        let stem = stem(&path).to_owned();
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
