//! One pack twice: in process, and in the sandbox.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use curbside_engine::exchange::wrap;
use curbside_engine::{CallInput, DetailsAsked, Engine, Pack};
use curbside_rules::Settings;
use curbside_sandbox::pack::{self, PackFiles, PackSet};
use curbside_sandbox::{CallError, Compiler, Config, Host, Limit, Plugin, Quiet, Sandbox};

pub(crate) const AS_OF: &str = "2026-11-23";

/// The same packs, native and sandboxed.
pub(crate) struct Pair {
    pub(crate) native: Engine,
    pub(crate) sandboxed: Plugin,
}

/// The engine guest under test: the kept one, or one that was built anew.
pub(crate) fn guest() -> Vec<u8> {
    std::env::var_os("CURBSIDE_ENGINE_GUEST").map_or_else(|| pack::ENGINE.to_vec(), |path| std::fs::read(path).unwrap())
}

/// One sandbox for all tests: compiling the engine takes seconds.
pub(crate) fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<Sandbox> = OnceLock::new();
    SANDBOX.get_or_init(|| {
        let mut config = Config::new(Compiler::InProcess);
        config.cache = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
        Sandbox::new(config).unwrap()
    })
}

/// Every pack of the repository.
pub(crate) fn everything() -> &'static Pair {
    static PAIR: OnceLock<Pair> = OnceLock::new();
    PAIR.get_or_init(|| pair(&folders().iter().map(|folder| files(folder)).collect::<Vec<_>>()))
}

pub(crate) fn pair(packs: &[BTreeMap<String, String>]) -> Pair {
    let load = |files: &BTreeMap<String, String>| {
        let loaded = Pack::load(files.clone(), &Settings::default());
        loaded.pack.unwrap_or_else(|| panic!("{:?}", loaded.found.iter().map(|found| &found.message).collect::<Vec<_>>()))
    };
    let set = PackSet {
        packs: packs.iter().map(|files| PackFiles { files: files.clone(), ..PackFiles::default() }).collect(),
        ..PackSet::default()
    };
    let wasm = pack::build_with(sandbox(), &guest(), &set).unwrap();
    Pair { native: Engine::new(packs.iter().map(load).collect()), sandboxed: sandbox().load(&wasm).unwrap() }
}

impl Pair {
    /// Asks both; the answer, which is the same.
    pub(crate) fn same(&self, name: &str, service: &str, request: &str, as_of: &str) -> Result<String, String> {
        let host: Arc<dyn Host> = Arc::new(Quiet);
        let native = self.native.call(service, request, as_of).map_err(|error| error.to_string());
        let sandboxed = self.sandboxed.call(service, request, as_of, &host).map_err(|error| match error {
            CallError::Refused(words) => words,
            CallError::Limit(breach) if breach.limit == Limit::Steps => breach.to_string(),
            other => panic!("{name}: {other}"),
        });
        if native != sandboxed {
            let (Ok(native) | Err(native)) = &native;
            let (Ok(sandboxed) | Err(sandboxed)) = &sandboxed;
            let at = native.bytes().zip(sandboxed.bytes()).take_while(|(a, b)| a == b).count();
            let around = |text: &str| text.chars().skip(at.saturating_sub(80)).take(200).collect::<String>();
            panic!("{name}: differs at byte {at}\n   native: …{}…\nsandboxed: …{}…", around(native), around(sandboxed));
        }
        native
    }

    /// Asks both about a record, at every hook, for everything that can be asked.
    pub(crate) fn same_of_record(&self, name: &str, record: &str) -> usize {
        let details = || {
            let plans = self.native.packs().iter().map(|pack| &pack.plan);
            let explain = plans.clone().flat_map(|plan| &plan.rules).map(|rule| rule.id.clone()).collect();
            let facts = plans.flat_map(|plan| &plan.definitions).map(|definition| definition.name.to_string()).collect();
            DetailsAsked { explain, trials: true, facts }
        };
        let mut decisions = 0;
        for hook in ["patient-view", "order-sign", "encounter-start"] {
            // Details take much longer than decisions: one hook stands for all.
            let input = CallInput { details: (hook == "patient-view").then(details), ..CallInput::default() };
            match self.same(name, "", &wrap(record, Some(hook), &input).unwrap(), AS_OF) {
                Ok(answer) => decisions += answer.matches("\"outcome\"").count(),
                // Several patients: the first one that it names.
                Err(_) => {
                    let input = CallInput { patient: first_patient(record), ..input };
                    self.same(name, "", &wrap(record, Some(hook), &input).unwrap(), AS_OF).ok();
                }
            }
        }
        decisions
    }
}

fn first_patient(record: &str) -> Option<String> {
    let at = record.find("\"resourceType\":\"Patient\"")?;
    let rest = record.get(at..)?;
    let id = rest.get(rest.find("\"id\":\"")? + 6..)?;
    Some(id.get(..id.find('"')?)?.to_owned())
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The folders of the repository's packs.
pub(crate) fn folders() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("rules")).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("pack.yaml").exists()).collect();
    folders.sort();
    folders
}

/// The files of a pack.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(&path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml" || end == "json") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    files
}
