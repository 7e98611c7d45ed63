//! `curbside new`: a pack or a rule that works, to be made one's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use curbside_rules::Settings;
use curbside_rules::model::{PackFile, Service};
use curbside_source::{Level, Sources, did_you_mean};

use crate::exit::{Failure, Outcome, Status};
use crate::{packs, report};

/// Files of a new pack: where they go, and what is in them.
const PACK: [(&str, &str); 5] = [
    ("pack.yaml", include_str!("../../templates/pack/pack.yaml")),
    ("__NAME__-bp-due.yaml", include_str!("../../templates/pack/bp-due.yaml")),
    ("value-sets/hypertension.yaml", include_str!("../../templates/pack/value-sets/hypertension.yaml")),
    ("value-sets/blood-pressure.yaml", include_str!("../../templates/pack/value-sets/blood-pressure.yaml")),
    ("tests/__NAME__-bp-due.yaml", include_str!("../../templates/pack/tests/bp-due.yaml")),
];
/// Files of a new rule.
const RULE: [(&str, &str); 2] = [
    ("__NAME__.yaml", include_str!("../../templates/rule/rule.yaml")),
    ("tests/__NAME__.yaml", include_str!("../../templates/rule/case.yaml")),
];

/// Start a pack or a rule that works, with a passing case
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curbside new pack diabetes
  curbside new rule foot-exam-due --pack rules/diabetes

A new pack is marked as awaiting clinical sign-off until somebody answers for it.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A folder with a rule, its value sets and its cases
    #[command(after_help = "Examples:\n  curbside new pack diabetes\n  curbside new pack diabetes --rules site-rules")]
    Pack {
        /// The pack's id: small letters, digits and hyphens
        name: String,
        /// The folder that the pack's folder is put into
        #[arg(long, value_name = "DIR", default_value = "rules")]
        rules: PathBuf,
    },
    /// A rule and its cases, in a pack and one of its services
    #[command(
        after_help = "Examples:\n  curbside new rule foot-exam-due\n  curbside new rule foot-exam-due --pack rules/diabetes --service diabetes-patient-view"
    )]
    Rule {
        /// The rule's id: small letters, digits and hyphens
        name: String,
        /// The pack's folder, or a folder that holds one pack
        #[arg(long, value_name = "DIR", default_value = "rules")]
        pack: PathBuf,
        /// The service that asks it [default: the first of the pack]
        #[arg(long, value_name = "ID")]
        service: Option<String>,
    },
}

impl Arguments {
    pub(crate) fn run(&self) -> Outcome {
        match &self.what {
            What::Pack { name, rules } => new_pack(name, rules),
            What::Rule { name, pack, service } => new_rule(name, pack, service.as_deref()),
        }
    }
}

fn new_pack(name: &str, rules: &Path) -> Outcome {
    check_name(name)?;
    let folder = rules.join(name);
    if folder.exists() {
        return Err(Failure::usage(format!("{} is already there", folder.display())).help("choose another name"));
    }
    write(&folder, &PACK, &[("__NAME__", name), ("__TITLE__", &title(name))])?;
    next_steps(&format!("curbside check {0}\n  curbside test {0}", folder.display()));
    Ok(Status::Ran)
}

fn new_rule(name: &str, pack: &Path, service: Option<&str>) -> Outcome {
    check_name(name)?;
    let folders = packs::folders(pack)?;
    let [folder] = folders.as_slice() else {
        let ids: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
        return Err(
            Failure::usage(format!("{} holds several packs", pack.display())).help(format!("choose one with --pack: {}", ids.join(", ")))
        );
    };
    if folder.join(format!("{name}.yaml")).exists() {
        return Err(Failure::usage(format!("{} has a rule `{name}`", folder.display())).help("choose another name"));
    }
    let path = folder.join("pack.yaml");
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let text = fs::read_to_string(&path).map_err(|error| Failure::unreadable(format!("{}: {error}", path.display())))?;
    let (listed, hook) = list_rule(&text, name, service)
        .map_err(|failure| Failure { message: format!("{}: {}", path.display(), failure.message), ..failure })?;
    write(folder, &RULE, &[("__NAME__", name), ("__TITLE__", &title(name)), ("__HOOK__", &hook)])?;
    fs::write(&path, listed).map_err(|error| Failure::new(Status::Failed, format!("{}: {error}", path.display())))?;
    let loaded = packs::read(folder, &Settings::default())?;
    if loaded.pack.is_none() {
        packs::say(&loaded, folder, Level::Error);
        return Err(Failure::new(Status::Failed, format!("{} does not check", folder.display())));
    }
    next_steps(&format!("curbside check {0}\n  curbside test {0}", folder.display()));
    Ok(Status::Ran)
}

/// The text of `pack.yaml` with a rule more in a service, and that service's hook.
fn list_rule(text: &str, name: &str, service: Option<&str>) -> Result<(String, String), Failure> {
    let mut sources = Sources::default();
    let file = sources.add("pack.yaml", text);
    let pack: PackFile = curbside_source::read(&sources, file)
        .map_err(|errors| Failure::new(Status::Failed, errors.first().map(|error| error.message.clone()).unwrap_or_default()))?;
    let services = &pack.services;
    let chosen = match service {
        None => services.first(),
        Some(id) => services.iter().find(|service| service.id.value == id),
    };
    let Some(Service { rules, hook, .. }) = chosen else {
        let failure = Failure::usage(format!("there is no service `{}`", service.unwrap_or_default()));
        return Err(match did_you_mean(service.unwrap_or_default(), services.iter().map(|service| service.id.value.as_str())) {
            Some(help) => failure.help(help),
            None => failure,
        });
    };
    let last = rules.last().map(|rule| (rule.span.start as usize, rule.span.end as usize));
    let around = last.and_then(|(start, end)| Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?)));
    let Some((before, rule, after)) = around else {
        return Err(Failure::new(Status::Failed, format!("add `{name}` to the rules of a service by hand: none has any")));
    };
    // A list with a line for each rule gets a line, one in brackets goes on in its line.
    let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
    let listed = if line.trim() == "-" { format!("{before}{rule}\n{line}{name}{after}") } else { format!("{before}{rule}, {name}{after}") };
    Ok((listed, hook.value.clone()))
}

fn check_name(name: &str) -> Result<(), Failure> {
    let first = name.starts_with(|c: char| c.is_ascii_lowercase());
    let rest = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if first && rest && !name.ends_with('-') {
        return Ok(());
    }
    Err(Failure::usage(format!("`{name}` is no name for files")).help("write small letters, digits and hyphens, such as `foot-exam-due`"))
}

/// `foot-exam-due` as words.
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Writes files that are not there yet, and says which.
fn write(folder: &Path, files: &[(&str, &str)], fill: &[(&str, &str)]) -> Result<(), Failure> {
    let filled = |text: &str| fill.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let files: BTreeMap<PathBuf, String> = files.iter().map(|(path, text)| (folder.join(filled(path)), filled(text))).collect();
    if let Some(there) = files.keys().find(|path| path.exists()) {
        return Err(Failure::usage(format!("{} is already there", there.display())));
    }
    for (path, text) in files {
        let failed = |error: std::io::Error| Failure::new(Status::Failed, format!("{}: {error}", path.display()));
        path.parent().map_or(Ok(()), fs::create_dir_all).map_err(failed)?;
        fs::write(&path, text).map_err(failed)?;
        report::words(&format!("wrote {}\n", path.display()));
    }
    Ok(())
}

fn next_steps(commands: &str) {
    report::words(&format!("\nNext:\n  {commands}\n"));
}
