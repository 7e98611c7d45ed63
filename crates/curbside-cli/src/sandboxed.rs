//! The sandbox of the command line: options, set-up, and what its errors mean.

use std::path::{Path, PathBuf};

use curbside_sandbox::pack::{self, BuildError, PackFiles, PackSet};
use curbside_sandbox::{CallError, Compiler, Config, LoadError, Plugin, Sandbox, Trust, user_cache};

use crate::exit::{Failure, Status};
use crate::packs::{Checked, RulesArguments};
use crate::{keys, report};

/// The hidden command that compiles plug-ins in a process of its own.
pub(crate) const COMPILE: &str = "compile-plugin";

/// Where rules run.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct SandboxArguments {
    /// Run the rules in the sandbox, as the server does and a `.wasm` always does: the same bytes
    #[arg(long)]
    pub(crate) sandbox: bool,
}

/// Plug-ins beside rules.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct PluginArguments {
    /// Also ask this plug-in, a WebAssembly component; without --rules, plug-ins alone are asked
    #[arg(long = "plugin", value_name = "FILE")]
    pub(crate) plugins: Vec<PathBuf>,
}

/// A sandbox with the user's cache.
pub(crate) fn sandbox(trust: &Trust) -> Result<Sandbox, Failure> {
    set_up(|compiler| Config { cache: user_cache(), trust: trust.clone(), ..Config::new(compiler) })
}

/// The server's sandbox: its cache, its keys, and room for as many calls as it answers at once.
pub(crate) fn for_server(server: &curbside_server::config::Config) -> Result<Sandbox, Failure> {
    let trust = keys::trusted(&server.sandbox.trusted_keys)?;
    let cache = server.sandbox.cache.clone().or_else(user_cache);
    let instances = u32::try_from(server.concurrency).unwrap_or(u32::MAX);
    set_up(|compiler| Config { cache, trust, instances, ..Config::new(compiler) })
}

fn set_up(config: impl FnOnce(Compiler) -> Config) -> Result<Sandbox, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(Status::Failed, error.to_string());
    let compiler = Compiler::this_program(COMPILE).map_err(|error| failed(&error))?;
    Sandbox::new(config(compiler)).map_err(|error| failed(&error))
}

/// Loads a plug-in from a file.
pub(crate) fn load(sandbox: &Sandbox, path: &Path) -> Result<Plugin, Failure> {
    sandbox.load(&read(path)?).map_err(|error| refused(path, &error))
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the command line reads files")]
    let bytes = std::fs::read(path);
    bytes.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Builds the `.wasm` of packs that check.
pub(crate) fn build(sandbox: &Sandbox, rules: &RulesArguments, packs: &[Checked]) -> Result<Vec<u8>, Failure> {
    let files = |checked: &Checked| PackFiles { files: checked.files.clone(), parameters: checked.settings.parameters.clone() };
    let set = PackSet { packs: packs.iter().map(files).collect(), aliases: rules.settings()?.aliases };
    pack::build(sandbox, &set).map_err(|error| not_built(&rules.rules, &error))
}

/// Why no pack was built.
pub(crate) fn not_built(path: &Path, error: &BuildError) -> Failure {
    match error {
        BuildError::Engine(error) => failed(error),
        BuildError::Load(error) => refused(path, error),
        BuildError::Setting(why) => Failure::usage(why.clone()),
        other => Failure::new(Status::Failed, format!("{}: {other}", path.display())),
    }
}

/// Why a file does not run.
pub(crate) fn refused(path: &Path, error: &LoadError) -> Failure {
    let status = match error {
        LoadError::Limit(_) | LoadError::Describe(CallError::Limit(_)) => Status::Limit,
        _ => Status::Failed,
    };
    Failure::new(status, format!("{}: {}", path.display(), report::plain(&error.to_string())))
}

/// Why a call gave no answer.
pub(crate) fn failed(error: &CallError) -> Failure {
    let status = if matches!(error, CallError::Limit(_)) { Status::Limit } else { Status::Unreadable };
    Failure::new(status, report::plain(&error.to_string()))
}
