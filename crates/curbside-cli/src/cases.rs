//! The cases of packs: what `test`, `coverage` and `mutate` run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use curbside_cases::{Case, Suite};
use curbside_engine::{Engine, Pack};
use curbside_rules::Settings;
use curbside_source::Level;
use rayon::prelude::*;

use crate::exit::{Failure, Status};
use crate::{packs, report};

/// A pack with its cases.
#[derive(Debug)]
pub(crate) struct Tested {
    /// The pack's folder.
    pub(crate) folder: PathBuf,
    /// An engine of the pack alone.
    pub(crate) engine: Engine,
    /// Its cases.
    pub(crate) suite: Suite,
    /// The real records that cases name, by their paths.
    bundles: BTreeMap<PathBuf, String>,
}

impl Tested {
    /// The packs of a folder with their cases. What does not check, or cannot be read as a case, is said,
    /// and is a failure.
    pub(crate) fn load(path: &Path) -> Result<Vec<Self>, Failure> {
        let mut all = Vec::new();
        let mut broken = false;
        for folder in packs::folders(path)? {
            let loaded = packs::read(&folder, &Settings::default())?;
            let suite = curbside_cases::load(case_files(&folder)?);
            for finding in suite.found.clone().sorted() {
                report::words(&report::finding(&finding, &suite.sources, ""));
            }
            broken |= suite.found.has_errors() || loaded.pack.is_none();
            match loaded.pack {
                Some(pack) => all.push(Self::new(folder, pack, suite)),
                None => packs::say(&loaded, &folder, Level::Error),
            }
        }
        if broken { Err(Failure::new(Status::Failed, format!("{} cannot be tested", path.display()))) } else { Ok(all) }
    }

    fn new(folder: PathBuf, pack: Pack, suite: Suite) -> Self {
        let mut bundles = BTreeMap::new();
        for case in &suite.cases {
            if let Some(path) = bundle_path(case, &suite) {
                #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
                let text = fs::read_to_string(&path);
                bundles.extend(text.ok().map(|text| (path, text)));
            }
        }
        Self { folder, engine: Engine::new(vec![pack]), suite, bundles }
    }

    /// The pack.
    pub(crate) fn pack(&self) -> Option<&Pack> {
        self.engine.packs().first()
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

fn bundle_path(case: &Case, suite: &Suite) -> Option<PathBuf> {
    let path = case.bundle.as_ref()?;
    Some(Path::new(suite.sources.name(path.span.file)).parent()?.join(&path.value))
}

/// The case files of a pack by their paths.
fn case_files(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let files = packs::files(folder)?;
    let is_case = |path: &str| path.starts_with("tests/") && (path.ends_with(".yaml") || path.ends_with(".yml"));
    Ok(files.into_iter().filter(|(path, _)| is_case(path)).map(|(path, text)| (format!("{}/{path}", folder.display()), text)).collect())
}
