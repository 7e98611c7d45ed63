//! From folders of rules to packs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use curbside_engine::{LoadedPack, Pack};
use curbside_rules::Settings;
use curbside_rules::model::PackFile;
use curbside_sandbox::pack::PackFiles;
use curbside_server::{PackSource, RulesError};
use curbside_source::{Level, Sources, did_you_mean};
use curbside_terminology::{Aliases, Systems};

use crate::exit::{Failure, Status};
use crate::keys::KeyArguments;
use crate::report;

/// Which rules, and how a site sets them.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RulesArguments {
    /// A pack, a folder of packs, or a `.wasm`
    #[arg(long, value_name = "DIR", default_value = "rules")]
    pub(crate) rules: PathBuf,
    /// Set a parameter of the pack, within the bounds it allows
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = name_and_value)]
    pub(crate) parameters: Vec<(String, String)>,
    /// Local code systems and what they stand for: a YAML file of lines such as `urn:local:dx: icd10cm`
    #[arg(long, value_name = "FILE")]
    pub(crate) aliases: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) keys: KeyArguments,
}

/// Reads `NAME=VALUE`.
pub(crate) fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or_else(|| format!("`{text}` sets nothing; write NAME=VALUE"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

impl RulesArguments {
    /// What a site sets.
    pub(crate) fn settings(&self) -> Result<Settings, Failure> {
        let aliases = self.aliases.as_deref().map(read_aliases).transpose()?.unwrap_or_default();
        Ok(Settings { parameters: self.parameters.iter().cloned().collect(), aliases })
    }

    /// Whether the rules are a `.wasm`.
    pub(crate) fn is_wasm(&self) -> bool {
        is_wasm(&self.rules)
    }

    /// Loads the packs of folders, with what they are made of. Where keys are configured nothing runs from a folder.
    pub(crate) fn checked(&self) -> Result<Vec<Checked>, Failure> {
        self.keys.allow_folder(&self.rules)?;
        self.written()
    }

    /// As [`Self::checked`], for what is not to run here.
    pub(crate) fn written(&self) -> Result<Vec<Checked>, Failure> {
        let settings = self.settings()?;
        let mut packs = Vec::new();
        let mut broken = 0;
        let mut known = BTreeSet::new();
        for folder in folders(&self.rules)? {
            let files = files(&folder)?;
            let names = parameters_of(&files);
            let own = settings.parameters.iter().filter(|(name, _)| names.contains(*name));
            let own = Settings { parameters: own.map(|(name, value)| (name.clone(), value.clone())).collect(), ..settings.clone() };
            known.extend(names);
            let loaded = Pack::load(files.clone(), &own);
            if let Some(finding) = loaded.found.iter().find(|finding| finding.code == "parameter") {
                return Err(Failure::usage(finding.message.clone()));
            }
            match loaded.pack {
                Some(pack) => packs.push(Checked { files, settings: own, pack }),
                None => {
                    broken += 1;
                    say(&loaded, &folder, Level::Error);
                }
            }
        }
        if broken > 0 {
            return Err(Failure::new(Status::Failed, format!("{} does not check", self.rules.display()))
                .help(format!("`curbside check {}` shows everything that is wrong", self.rules.display())));
        }
        no_other_parameter(&settings.parameters, &known)?;
        Ok(packs)
    }
}

/// Whether a file is compiled.
pub(crate) fn is_wasm(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "wasm")
}

/// Refuses a parameter that no pack has.
fn no_other_parameter(set: &BTreeMap<String, String>, known: &BTreeSet<String>) -> Result<(), Failure> {
    let Some(name) = set.keys().find(|name| !known.contains(*name)) else { return Ok(()) };
    let failure = Failure::usage(format!("no pack has a parameter `{name}`"));
    Err(match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(help) => failure.help(help),
        None => failure,
    })
}

/// Sets parameters in the packs that have them.
pub(crate) fn set_parameters(packs: &mut [PackFiles], parameters: &BTreeMap<String, String>) -> Result<(), Failure> {
    let mut known = BTreeSet::new();
    for pack in packs {
        let names = parameters_of(&pack.files);
        let own = parameters.iter().filter(|(name, _)| names.contains(*name));
        pack.parameters.extend(own.map(|(name, value)| (name.clone(), value.clone())));
        known.extend(names);
    }
    no_other_parameter(parameters, &known)
}

/// A pack that checks, and what it was made of.
pub(crate) struct Checked {
    /// Its files, cases included.
    pub(crate) files: BTreeMap<String, String>,
    /// What a site sets of it.
    pub(crate) settings: Settings,
    /// The pack.
    pub(crate) pack: Pack,
}

/// The parameters of a pack. A file that cannot be read has none; loading the pack says why.
fn parameters_of(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut sources = Sources::default();
    let file = sources.add("pack.yaml", files.get("pack.yaml").map_or("", String::as_str));
    curbside_source::read::<PackFile>(&sources, file).map(|pack| pack.parameters.into_keys().collect()).unwrap_or_default()
}

/// Reads a site's names for code systems.
fn read_aliases(path: &Path) -> Result<Aliases, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let text = fs::read_to_string(path).map_err(|error| Failure::unreadable(format!("{}: {error}", path.display())))?;
    let mut sources = Sources::default();
    let file = sources.add(path.display().to_string(), text);
    let wrong = |message: &str| {
        Failure::usage(format!("{}: {message}", path.display())).help("write lines such as `http://hospital.example/diagnosis: icd10cm`")
    };
    let aliases: Aliases = curbside_source::read(&sources, file)
        .map_err(|errors| wrong(errors.first().map_or("no table of code systems", |error| error.message.as_str())))?;
    match aliases.values().find(|system| Systems::uri_of(system).is_none()) {
        Some(system) => {
            let failure = Failure::usage(format!("{}: unknown code system `{system}`", path.display()));
            Err(match did_you_mean(system, Systems::short_names()) {
                Some(help) => failure.help(help),
                None => failure,
            })
        }
        None => Ok(aliases),
    }
}

/// The folders of packs: the folder itself where it holds `pack.yaml`, else those in it that do.
pub(crate) fn folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    PackSource::folders_at(path).map_err(|error| refused(&error))
}

/// Reads a pack's folder.
pub(crate) fn read(folder: &Path, settings: &Settings) -> Result<LoadedPack, Failure> {
    Ok(Pack::load(files(folder)?, settings))
}

/// Every text file of a pack, by its path in the folder.
pub(crate) fn files(folder: &Path) -> Result<BTreeMap<String, String>, Failure> {
    PackSource::read(folder).map(|source| source.files).map_err(|error| refused(&error))
}

/// Why rules cannot be used.
pub(crate) fn refused(error: &RulesError) -> Failure {
    match error {
        RulesError::NoPack(path) => Failure::usage(format!("no rules at {}", path.display()))
            .help("name a pack or a folder of packs with --rules DIR, or start one with `curbside new pack NAME`"),
        RulesError::Check { found, .. } if found.iter().any(|finding| finding.code == "parameter") => {
            let why = found.iter().find(|finding| finding.code == "parameter").map_or("", |finding| finding.message.as_str());
            Failure::usage(why.to_owned())
        }
        RulesError::Check { origin, .. } => Failure::new(Status::Failed, error.to_string())
            .help(format!("`curbside check {}` shows everything that is wrong", origin.display())),
        RulesError::Read(..) => Failure::unreadable(error.to_string()),
        RulesError::Settings(why) => Failure::usage(why.clone()),
        _ => Failure::new(Status::Failed, error.to_string()),
    }
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
