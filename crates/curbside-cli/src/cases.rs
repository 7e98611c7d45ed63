//! The cases of packs: what `test`, `build`, `coverage` and `mutate` run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use curbside_cases::{Case, Report, Suite, run};
use curbside_engine::{Decider, Engine, Pack};
use curbside_rules::Settings;
use curbside_sandbox::Sandbox;
use curbside_sandbox::pack::{self, PackCases, PackFiles, PackSet};
use curbside_source::Level;
use rayon::prelude::*;

use crate::exit::{Failure, Status};
use crate::keys::KeyArguments;
use crate::rules::Guest;
use crate::{packs, report, rules, sandboxed};

/// A pack with its cases.
#[derive(Debug)]
pub(crate) struct Tested {
    /// The pack's folder, or its `.wasm`.
    pub(crate) folder: PathBuf,
    /// An engine of the pack alone.
    pub(crate) engine: Engine,
    /// The pack in the sandbox, where it is to run there.
    guest: Option<Guest>,
    /// Its cases.
    pub(crate) suite: Suite,
    /// The real records that cases name, by their paths.
    bundles: BTreeMap<PathBuf, String>,
}

impl Tested {
    /// The packs of a folder with their cases, to be run in process. What does not check, or cannot be read as a case,
    /// is said, and is a failure. Where keys are configured nothing runs from a folder.
    pub(crate) fn load(path: &Path) -> Result<Vec<Self>, Failure> {
        if packs::is_wasm(path) {
            return Err(Failure::usage(format!("{} is compiled; this command looks at the files of a pack", path.display()))
                .help("name the pack's folder"));
        }
        KeyArguments::default().allow_folder(path)?;
        Self::written(path)
    }

    /// As [`Self::load`], whatever keys are configured.
    pub(crate) fn written(path: &Path) -> Result<Vec<Self>, Failure> {
        let mut all = Vec::new();
        let mut broken = false;
        for folder in packs::folders(path)? {
            let loaded = packs::read(&folder, &Settings::default())?;
            let suite = suite(&folder, &case_files(packs::files(&folder)?));
            broken |= suite.found.has_errors() || loaded.pack.is_none();
            match loaded.pack {
                Some(pack) => {
                    let bundles = bundles(&suite);
                    all.push(Self { folder, engine: Engine::new(vec![pack]), guest: None, suite, bundles });
                }
                None => packs::say(&loaded, &folder, Level::Error),
            }
        }
        if broken { Err(Failure::new(Status::Failed, format!("{} cannot be tested", path.display()))) } else { Ok(all) }
    }

    /// As [`Self::load`], to be run in the sandbox: the packs of a folder, or those of a `.wasm` with the cases in it.
    pub(crate) fn sandboxed(path: &Path, keys: &KeyArguments) -> Result<Vec<Self>, Failure> {
        let sandbox = sandboxed::sandbox(&keys.trust()?)?;
        if packs::is_wasm(path) {
            return Self::wasm(&sandbox, path);
        }
        keys.allow_folder(path)?;
        let with_guest = |tested: Self| {
            let files = PackFiles { files: packs::files(&tested.folder)?, ..PackFiles::default() };
            let wasm = pack::build(&sandbox, &PackSet { packs: vec![files], ..PackSet::default() });
            let wasm = wasm.map_err(|error| sandboxed::not_built(path, &error))?;
            let plugin = sandbox.load(&wasm).map_err(|error| sandboxed::refused(path, &error))?;
            Ok(Self { guest: Some(Guest(plugin)), ..tested })
        };
        Self::written(path)?.into_iter().map(with_guest).collect()
    }

    /// The packs of a `.wasm`, each alone and as its author set it: that is what cases are about.
    fn wasm(sandbox: &Sandbox, path: &Path) -> Result<Vec<Self>, Failure> {
        let wasm = sandboxed::read(path)?;
        let plugin = sandbox.load(&wasm).map_err(|error| sandboxed::refused(path, &error))?;
        let set = pack::sources(&wasm).filter(|_| plugin.is_pack());
        let set = set.ok_or_else(|| Failure::usage(format!("{} is no pack of this version of Curbside", path.display())))?;
        let alone = |at: usize| -> PackSet {
            let packs = set.packs.get(at).map(|pack| PackFiles { files: pack.files.clone(), ..PackFiles::default() });
            PackSet { packs: packs.into_iter().collect(), ..PackSet::default() }
        };
        let tested = pack::cases(&wasm).into_iter().enumerate().take(set.packs.len()).map(|(at, PackCases { files, records })| {
            let own = alone(at);
            let plugin = if own == set {
                plugin.clone()
            } else {
                let changed = sandbox.load_changed(&wasm, |set| {
                    *set = own.clone();
                    Ok(())
                });
                changed.map_err(|error| sandboxed::not_built(path, &error))?
            };
            let packs = rules::read(&own).map_err(|why| Failure::new(Status::Failed, format!("{}: {why}", path.display())))?;
            let suite = suite(path, &files);
            if suite.found.has_errors() {
                return Err(Failure::new(Status::Failed, format!("{} cannot be tested", path.display())));
            }
            let bundles = records.into_iter().map(|(name, text)| (path.join(name), text)).collect();
            Ok(Self { folder: path.to_owned(), engine: Engine::new(packs), guest: Some(Guest(plugin)), suite, bundles })
        });
        tested.collect()
    }

    /// The pack.
    pub(crate) fn pack(&self) -> Option<&Pack> {
        self.engine.packs().first()
    }

    /// The cases and the records that they name, to go along with the pack.
    pub(crate) fn cases(&self) -> PackCases {
        let inner = |path: &Path| path.strip_prefix(&self.folder).unwrap_or(path).to_string_lossy().into_owned();
        let files = self.suite.sources.files().map(|(_, name, text)| (inner(Path::new(name)), text.to_owned()));
        PackCases { files: files.collect(), records: self.bundles.iter().map(|(path, text)| (inner(path), text.clone())).collect() }
    }

    /// Runs every case, in parallel; the results are in the order of cases.
    pub(crate) fn run(&self) -> Vec<Report> {
        let decider = || match &self.guest {
            Some(guest) => Decider::elsewhere(&self.engine, guest),
            None => (&self.engine).into(),
        };
        self.each(|case| run(case, decider(), self.bundle(case)))
    }

    /// The text of the record that a case names.
    pub(crate) fn bundle(&self, case: &Case) -> Option<&str> {
        self.bundles.get(&bundle_path(case, &self.suite)?).map(String::as_str)
    }

    /// Does something with every case, in parallel; the results are in the order of cases.
    pub(crate) fn each<T: Send>(&self, make: impl Fn(&Case) -> T + Send + Sync) -> Vec<T> {
        self.suite.cases.par_iter().map(make).collect()
    }

    /// `folder/file` of a place in the pack's own files.
    pub(crate) fn place(&self, place: &str) -> String {
        format!("{}/{place}", self.folder.display())
    }
}

/// Reads files of cases, and says what is wrong with them.
fn suite(folder: &Path, files: &BTreeMap<String, String>) -> Suite {
    let suite = curbside_cases::load(files.iter().map(|(path, text)| (format!("{}/{path}", folder.display()), text.clone())));
    for finding in suite.found.clone().sorted() {
        report::words(&report::finding(&finding, &suite.sources, ""));
    }
    suite
}

/// The records that cases name; running a case says where one is missing.
fn bundles(suite: &Suite) -> BTreeMap<PathBuf, String> {
    let paths = suite.cases.iter().filter_map(|case| bundle_path(case, suite));
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let read = |path: PathBuf| fs::read_to_string(&path).ok().map(|text| (path, text));
    paths.filter_map(read).collect()
}

fn bundle_path(case: &Case, suite: &Suite) -> Option<PathBuf> {
    let path = case.bundle.as_ref()?;
    Some(Path::new(suite.sources.name(path.span.file)).parent()?.join(&path.value))
}

/// The files of cases among those of a pack.
fn case_files(files: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let is_case = |path: &str| path.starts_with("tests/") && (path.ends_with(".yaml") || path.ends_with(".yml"));
    files.into_iter().filter(|(path, _)| is_case(path)).collect()
}
