//! From sources to what can be called: checked, its cases run, made ready, warmed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use curbside_cases::{Case, run};
use curbside_engine::{Engine, sha256};
use curbside_sandbox::Sandbox;

use super::backend::Backend;
use super::live::Live;
use super::native::Native;
use super::registry::Registry;
use super::sandboxed::Sandboxed;
use super::set::{Group, PluginSource, RuleSet};
use super::source::{PackSource, RulesError};

/// How packs and plug-ins run.
#[derive(Clone, Debug, Default)]
pub struct Runtime {
    /// Where packs and plug-ins run; without one, packs run in process and plug-ins not at all.
    pub sandbox: Option<Arc<Sandbox>>,
    /// Served beside what the configuration names.
    pub more: Vec<Arc<dyn Backend>>,
}

/// Makes sources ready; what it made before and is still in use it gives again.
#[derive(Debug)]
pub(crate) struct Loader {
    runtime: Runtime,
    made: Mutex<BTreeMap<String, Arc<dyn Backend>>>,
}

impl Loader {
    pub(crate) fn new(runtime: Runtime) -> Self {
        Self { runtime, made: Mutex::default() }
    }

    /// Makes a set ready. Slow: keep it off the request path.
    pub(crate) fn load(&self, set: &RuleSet, with_cases: bool) -> Result<Live, RulesError> {
        // Cases run rules, too: nothing unsigned does where keys are configured.
        if let Some(sandbox) = &self.runtime.sandbox {
            set.groups().flat_map(|group| &group.packs).try_for_each(|pack| Sandboxed::allow_folder(sandbox, pack))?;
        }
        if with_cases {
            for pack in set.groups().flat_map(|group| &group.packs) {
                check_cases(pack)?;
            }
        }
        let everybody = Registry::new([self.group(&set.everybody)?, self.runtime.more.clone()].concat())?;
        let tenants = set.tenants.iter().map(|(name, group)| Ok((name.clone(), Registry::new(self.group(group)?)?)));
        let live = Live::new(everybody, tenants.collect::<Result<_, RulesError>>()?, set.digest());
        self.forget();
        Ok(live)
    }

    fn group(&self, group: &Group) -> Result<Vec<Arc<dyn Backend>>, RulesError> {
        let packs = group.packs.iter().map(|pack| self.once(pack_key(pack), || self.pack(pack)));
        let plugins = group.plugins.iter().map(|plugin| self.once(plugin.digest.clone(), || self.plugin(plugin)));
        packs.chain(plugins).collect()
    }

    fn once(&self, key: String, make: impl FnOnce() -> Result<Arc<dyn Backend>, RulesError>) -> Result<Arc<dyn Backend>, RulesError> {
        let made = |map: &Mutex<BTreeMap<_, Arc<dyn Backend>>>| map.lock().ok().and_then(|map| map.get(&key).map(Arc::clone));
        if let Some(known) = made(&self.made) {
            return Ok(known);
        }
        let backend = make()?;
        warm(&*backend);
        if let Ok(mut map) = self.made.lock() {
            map.insert(key, Arc::clone(&backend));
        }
        Ok(backend)
    }

    /// Drops what nobody uses any more.
    fn forget(&self) {
        if let Ok(mut made) = self.made.lock() {
            made.retain(|_, backend| Arc::strong_count(backend) > 1);
        }
    }

    fn pack(&self, source: &PackSource) -> Result<Arc<dyn Backend>, RulesError> {
        load_pack(source, self.runtime.sandbox.as_deref())
    }

    fn plugin(&self, source: &PluginSource) -> Result<Arc<dyn Backend>, RulesError> {
        let sandbox = self.runtime.sandbox.as_ref();
        let none = || RulesError::Plugin(source.origin.clone(), "there is no sandbox to run it in".to_owned());
        Ok(Arc::new(Sandboxed::plugin(sandbox.ok_or_else(none)?, source)?))
    }
}

/// Makes a folder's pack ready to be called: in the sandbox where there is one, else in process.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load_pack(source: &PackSource, sandbox: Option<&Sandbox>) -> Result<Arc<dyn Backend>, RulesError> {
    Ok(match sandbox {
        Some(sandbox) => Arc::new(Sandboxed::pack(sandbox, source)?),
        None => Arc::new(Native::load(source)?),
    })
}

/// Makes a `.wasm` file ready to be called.
///
/// # Errors
///
/// Where it cannot be read, is not trusted, or does not run.
pub fn load_file(path: &Path, sandbox: &Sandbox) -> Result<Arc<dyn Backend>, RulesError> {
    Ok(Arc::new(Sandboxed::plugin(sandbox, &PluginSource::read(path)?)?))
}

/// What makes a pack the same pack: its files but for its cases, and what is set.
fn pack_key(source: &PackSource) -> String {
    let files = source.files.iter().filter(|(name, _)| !name.starts_with("tests/"));
    sha256(files.chain(&source.parameters).flat_map(|(name, text)| [name.as_bytes(), text.as_bytes()]))
}

/// Calls each service once, so that the first patient does not wait for what is only done once.
fn warm(backend: &dyn Backend) {
    for service in backend.services() {
        let request = format!(
            r#"{{"hook":"{}","hookInstance":"warm","context":{{"userId":"Practitioner/warm","patientId":"warm"}},"prefetch":{{"patient":{{"resourceType":"Patient","id":"warm"}}}}}}"#,
            service.hook
        );
        // It may well decline: what it says does not matter.
        drop(backend.call(&service.id, &request, "2026-01-01", Duration::from_secs(5)));
    }
}

/// Runs the cases of a pack, as its author set it.
fn check_cases(source: &PackSource) -> Result<(), RulesError> {
    let cases = source.files.iter().filter_map(|(name, text)| Some((name.strip_prefix("tests/")?.to_owned(), text.clone())));
    let suite = curbside_cases::load(cases);
    let id = source.origin.display();
    if let Some(broken) = suite.found.iter().find(|found| found.level == curbside_source::Level::Error) {
        return Err(RulesError::Case(format!("{id}: a case cannot be read: {}", broken.message)));
    }
    if suite.cases.is_empty() {
        return Ok(());
    }
    let pack = PackSource { parameters: BTreeMap::new(), ..source.clone() }.pack()?;
    let engine = Engine::new(vec![pack]);
    for case in &suite.cases {
        let name = suite.sources.name(case.name.span.file);
        let bundle = bundle(&source.origin, name, case);
        let report = run(case, &engine, bundle.as_deref());
        if !report.passes() {
            let first = report.mismatches.first().map(|found| format!("{}: expected {}, got {}", found.about, found.expected, found.got));
            let why = first.or_else(|| report.broken.first().map(|broken| broken.message.clone())).unwrap_or_default();
            return Err(RulesError::Case(format!("{id}: case `{}` ({name}) does not pass: {why}", case.name.value)));
        }
    }
    Ok(())
}

/// The record that a case names, beside its file.
fn bundle(origin: &Path, file: &str, case: &Case) -> Option<String> {
    let path = case.bundle.as_ref()?;
    let folder = origin.join("tests").join(file);
    #[expect(clippy::disallowed_methods, reason = "the server reads its rules")]
    std::fs::read_to_string(folder.parent()?.join(&path.value)).ok()
}
