//! From folders of rules to packs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use curbside_engine::{LoadedPack, Pack};
use curbside_rules::Settings;
use curbside_source::Level;

use crate::exit::{Failure, Status};
use crate::report;

/// Which rules, and how a site sets them.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RulesArguments {
    /// A pack, or a folder of packs
    #[arg(long, value_name = "DIR", default_value = "rules")]
    pub(crate) rules: PathBuf,
    /// Set a parameter of the pack, within the bounds it allows
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) parameters: Vec<(String, String)>,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` sets nothing; write NAME=VALUE"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl RulesArguments {
    /// What a site sets.
    pub(crate) fn settings(&self) -> Settings {
        Settings { parameters: self.parameters.iter().cloned().collect(), ..Settings::default() }
    }

    /// Loads the packs; where one does not check, says why and fails.
    pub(crate) fn load(&self) -> Result<Vec<Pack>, Failure> {
        let mut packs = Vec::new();
        let mut broken = 0;
        for folder in folders(&self.rules)? {
            let loaded = read(&folder, &self.settings())?;
            match loaded.pack {
                Some(pack) => packs.push(pack),
                None => {
                    broken += 1;
                    say(&loaded, &folder, Level::Error);
                }
            }
        }
        match broken {
            0 => Ok(packs),
            _ => Err(Failure::new(Status::Failed, format!("{} does not check", self.rules.display()))
                .help(format!("`curbside check {}` shows everything that is wrong", self.rules.display()))),
        }
    }
}

/// The folders of packs: the folder itself where it holds `pack.yaml`, else those in it that do.
pub(crate) fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.join("pack.yaml").is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let none = || {
        Failure::usage(format!("no rules at {}", path.display()))
            .help("name a pack or a folder of packs with --rules DIR, or start one with `curbside new pack NAME`")
    };
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let entries = fs::read_dir(path).map_err(|_| none())?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.join("pack.yaml").is_file()).collect();
    folders.sort();
    if folders.is_empty() { Err(none()) } else { Ok(folders) }
}

/// Reads a pack's folder.
pub(crate) fn read(folder: &Path, settings: &Settings) -> Result<LoadedPack, Failure> {
    Ok(Pack::load(files(folder)?, settings))
}

/// Every text file of a pack, by its path in the folder.
pub(crate) fn files(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    gather(folder, "", &mut files)?;
    Ok(files)
}

fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) -> Result<(), Failure> {
    let unreadable = |path: &Path, error: std::io::Error| Failure::unreadable(format!("{}: {error}", path.display()));
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    for entry in entries.filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let inner = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            gather(&path, &inner, files)?;
        } else if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
            files.insert(inner, text);
        }
    }
    Ok(())
}

/// Says what was found in a pack, down to a level.
pub(crate) fn say(loaded: &LoadedPack, folder: &Path, least: Level) {
    let folder = folder.display().to_string();
    for finding in loaded.found.clone().sorted() {
        if finding.level >= least {
            report::words(&report::finding(&finding, &loaded.sources, &folder));
        }
    }
}
