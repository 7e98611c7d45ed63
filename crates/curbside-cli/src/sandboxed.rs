//! Packs in the sandbox: options, set-up, and the same answers as in process.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbside_sandbox::pack::{self, BuildError, Input, PackFiles, PackSet, Wrapping};
use curbside_sandbox::{CallError, Compiler, Config, Host, LoadError, Plugin, Quiet, Sandbox, user_cache};

use crate::ask::Asking;
use crate::exit::{Failure, Status};
use crate::packs::RulesArguments;
use crate::report;

/// The hidden command that compiles plug-ins in a process of its own.
pub(crate) const COMPILE: &str = "compile-plugin";

/// What runs in the sandbox.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SandboxArguments {
    /// Run the rules in the sandbox, as the server does: the same bytes
    #[arg(long)]
    pub(crate) sandbox: bool,
    /// Also ask this plug-in, a WebAssembly component; without --rules, plug-ins alone are asked
    #[arg(long = "plugin", value_name = "FILE")]
    pub(crate) plugins: Vec<PathBuf>,
}

/// The sandbox, and what runs in it.
pub(crate) struct Guests {
    /// The packs, where they run sandboxed.
    pub(crate) pack: Option<Plugin>,
    /// The plug-ins, by the name of their file.
    pub(crate) plugins: Vec<(String, Plugin)>,
    pub(crate) host: Arc<dyn Host>,
}

impl SandboxArguments {
    /// Loads what runs sandboxed; `None` where nothing does.
    pub(crate) fn guests(&self, rules: &RulesArguments) -> Result<Option<Guests>, Failure> {
        if !self.sandbox && self.plugins.is_empty() && !rules.is_wasm() {
            return Ok(None);
        }
        let sandbox = sandbox(rules)?;
        let pack = match (rules.is_wasm(), self.sandbox && !self.without_packs(rules)) {
            (true, _) => Some(wasm_pack(&sandbox, rules)?),
            (false, true) => {
                let wasm = build(&sandbox, rules)?;
                Some(sandbox.load(&wasm).map_err(|error| refused(&rules.rules, &error))?)
            }
            (false, false) => None,
        };
        let plugins = self.plugins.iter().map(|path| Ok((path.display().to_string(), load(&sandbox, path)?)));
        Ok(Some(Guests { pack, plugins: plugins.collect::<Result<_, Failure>>()?, host: Arc::new(Quiet) }))
    }

    /// Whether plug-ins alone are asked: some are named, and no rules.
    pub(crate) fn without_packs(&self, rules: &RulesArguments) -> bool {
        !self.plugins.is_empty() && rules.rules.as_os_str() == "rules" && !rules.rules.exists()
    }
}

impl Guests {
    /// Services by id and hook.
    pub(crate) fn services(&self) -> Vec<(&str, &str)> {
        let plugins = self.plugins.iter().map(|(_, plugin)| plugin);
        let services = self.pack.iter().chain(plugins).flat_map(|plugin| &plugin.describe().services);
        services.map(|service| (service.id.as_str(), service.hook.as_str())).collect()
    }

    /// Asks the packs; the decisions document with its cards, where packs run sandboxed.
    pub(crate) fn decide(&self, asking: &Asking<'_>, text: &str, occasion: &str) -> Result<Option<String>, Failure> {
        let Some(pack) = &self.pack else { return Ok(None) };
        let (hook, context) = asking.hook_and_context();
        let input = Input {
            tz: Some(asking.tz().to_owned()),
            patient: asking.patient().map(str::to_owned),
            occasion: Some(occasion.to_owned()),
            max_cards: None,
        };
        let wrapping = Wrapping { hook: hook.as_deref(), context: context.as_deref() };
        let request = pack::request(text, &input, wrapping).map_err(|error| Failure::unreadable(error.to_string()))?;
        let service = asking.service().unwrap_or_default();
        let answer = pack.call(service, &request, &asking.as_of.to_string(), &self.host).map_err(|error| failed(&error))?;
        let answer = pack::answer(&answer).map_err(|error| Failure::unreadable(error.to_string()))?;
        answer.document.map(Some).ok_or_else(|| Failure::unreadable("the pack gives no decisions"))
    }
}

/// A sandbox with the user's cache.
pub(crate) fn sandbox(rules: &RulesArguments) -> Result<Sandbox, Failure> {
    let compiler = Compiler::this_program(COMPILE).map_err(|error| Failure::new(Status::Failed, error.to_string()))?;
    let config = Config { cache: user_cache(), trust: rules.trust()?, ..Config::new(compiler) };
    Sandbox::new(config).map_err(|error| Failure::new(Status::Failed, error.to_string()))
}

/// The server's sandbox: its cache, its keys, and room for as many calls as it answers at once.
pub(crate) fn for_server(server: &curbside_server::config::Config) -> Result<Sandbox, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(Status::Failed, error.to_string());
    let compiler = Compiler::this_program(COMPILE).map_err(|error| failed(&error))?;
    let trust = crate::keys::trusted(&server.sandbox.trusted_keys)?;
    let cache = server.sandbox.cache.clone().or_else(user_cache);
    let config = Config { cache, trust, instances: u32::try_from(server.concurrency).unwrap_or(u32::MAX), ..Config::new(compiler) };
    Sandbox::new(config).map_err(|error| failed(&error))
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

/// Builds the `.wasm` of folders of rules that check.
pub(crate) fn build(sandbox: &Sandbox, rules: &RulesArguments) -> Result<Vec<u8>, Failure> {
    let aliases = rules.settings()?.aliases;
    let packs = rules.checked()?.into_iter();
    let packs = packs.map(|checked| PackFiles { files: checked.files, parameters: checked.settings.parameters }).collect();
    pack::build(sandbox, &PackSet { packs, aliases }).map_err(|error| not_built(&rules.rules, &error))
}

/// A `.wasm` pack; with parameters or names of systems, built anew from the sources in it once it is verified.
fn wasm_pack(sandbox: &Sandbox, rules: &RulesArguments) -> Result<Plugin, Failure> {
    let path = &rules.rules;
    let wasm = read(path)?;
    let settings = rules.settings()?;
    if settings.parameters.is_empty() && settings.aliases.is_empty() {
        return sandbox.load(&wasm).map_err(|error| refused(path, &error));
    }
    sandbox.load_with(&wasm, &settings.parameters, &settings.aliases).map_err(|error| not_built(path, &error))
}

fn not_built(path: &Path, error: &BuildError) -> Failure {
    match error {
        BuildError::Engine(error) => failed(error),
        BuildError::Load(error) => refused(path, error),
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
