//! Rules ready to be asked: in process or in the sandbox, with plug-ins beside them.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use curbside_engine::{Decider, Engine, Pack, Responder, Unanswered};
use curbside_rules::Settings;
use curbside_sandbox::pack::{self, PackSet};
use curbside_sandbox::{CallError, Host, Plugin, Quiet, Sandbox};

use crate::exit::{Failure, Status};
use crate::packs::{self, RulesArguments};
use crate::{report, sandboxed};

/// Rules, and what runs in the sandbox.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// The packs as they are written: what they are called and where. They decide only where nothing else does.
    written: OnceLock<Engine>,
    /// What they were compiled from, until they are read.
    sources: Option<PackSet>,
    nothing: Engine,
    guest: Option<Guest>,
    /// The plug-ins, by the name of their file.
    pub(crate) plugins: Vec<(String, Plugin)>,
}

/// Packs in the sandbox.
#[derive(Debug)]
pub(crate) struct Guest(pub(crate) Plugin);

impl Responder for Guest {
    fn respond(&self, service: &str, request: &str, as_of: &str) -> Result<String, Unanswered> {
        let host: Arc<dyn Host> = Arc::new(Quiet);
        self.0
            .call(service, request, as_of, &host)
            .map_err(|error| Unanswered { words: report::plain(&error.to_string()), is_limit: matches!(error, CallError::Limit(_)) })
    }
}

impl From<Unanswered> for Failure {
    fn from(error: Unanswered) -> Self {
        Self::new(if error.is_limit { Status::Limit } else { Status::Unreadable }, error.words)
    }
}

impl Rules {
    /// Loads rules: a `.wasm` to run in the sandbox, folders to run in process or, where that is asked for, there too.
    pub(crate) fn load(arguments: &RulesArguments, in_sandbox: bool) -> Result<Self, Failure> {
        if !arguments.is_wasm() && !in_sandbox {
            return Ok(Self::in_process(arguments.checked()?.into_iter().map(|checked| checked.pack).collect()));
        }
        Self::sandboxed(&sandboxed::sandbox(&arguments.keys.trust()?)?, arguments)
    }

    /// Loads rules, where there are any, and plug-ins to be asked beside them.
    pub(crate) fn with_plugins(arguments: &RulesArguments, in_sandbox: bool, plugins: &[PathBuf]) -> Result<Self, Failure> {
        if plugins.is_empty() {
            return Self::load(arguments, in_sandbox);
        }
        let sandbox = sandboxed::sandbox(&arguments.keys.trust()?)?;
        let loaded = plugins.iter().map(|path| Ok((path.display().to_string(), sandboxed::load(&sandbox, path)?)));
        let plugins = loaded.collect::<Result<_, Failure>>()?;
        let alone = arguments.rules.as_os_str() == "rules" && !arguments.rules.exists();
        let rules = match (alone, arguments.is_wasm() || in_sandbox) {
            (true, _) => Self::default(),
            (false, true) => Self::sandboxed(&sandbox, arguments)?,
            (false, false) => Self::load(arguments, false)?,
        };
        Ok(Self { plugins, ..rules })
    }

    fn in_process(packs: Vec<Pack>) -> Self {
        Self { written: OnceLock::from(Engine::new(packs)), ..Self::default() }
    }

    fn sandboxed(sandbox: &Sandbox, arguments: &RulesArguments) -> Result<Self, Failure> {
        if arguments.is_wasm() {
            let (plugin, sources) = wasm(sandbox, arguments)?;
            return Ok(Self { guest: Some(Guest(plugin)), sources, ..Self::default() });
        }
        let checked = arguments.checked()?;
        let wasm = sandboxed::build(sandbox, arguments, &checked)?;
        let plugin = sandbox.load(&wasm).map_err(|error| sandboxed::refused(&arguments.rules, &error))?;
        let packs = checked.into_iter().map(|checked| checked.pack).collect();
        Ok(Self { guest: Some(Guest(plugin)), ..Self::in_process(packs) })
    }

    /// The packs as they are written.
    pub(crate) fn written(&self) -> Result<&Engine, Failure> {
        if let (None, Some(sources)) = (self.written.get(), &self.sources) {
            let packs = read(sources).map_err(|why| Failure::new(Status::Failed, why))?;
            return Ok(self.written.get_or_init(|| Engine::new(packs)));
        }
        Ok(self.known())
    }

    fn known(&self) -> &Engine {
        self.written.get().unwrap_or(&self.nothing)
    }

    /// Who decides; knows what packs are called where [`Self::written`] was asked.
    pub(crate) fn decider(&self) -> Decider<'_> {
        match &self.guest {
            Some(guest) => Decider::elsewhere(self.known(), guest),
            None => self.known().into(),
        }
    }

    /// Services by id and hook.
    pub(crate) fn services(&self) -> Vec<(&str, &str)> {
        let guests = self.guest.iter().map(|guest| &guest.0).chain(self.plugins.iter().map(|(_, plugin)| plugin));
        let services = guests.flat_map(|plugin| &plugin.describe().services).map(|service| (service.id.as_str(), service.hook.as_str()));
        let own = self.known().packs().iter().filter(|_| self.guest.is_none()).flat_map(|pack| &pack.plan.services);
        services.chain(own.map(|service| (service.id.as_str(), service.hook.as_str()))).collect()
    }
}

/// A `.wasm` pack and the sources in it; with parameters or names of systems, built anew from those once it is verified.
fn wasm(sandbox: &Sandbox, arguments: &RulesArguments) -> Result<(Plugin, Option<PackSet>), Failure> {
    let path = &arguments.rules;
    let wasm = sandboxed::read(path)?;
    let settings = arguments.settings()?;
    let mut sources = None;
    let plugin = if settings.parameters.is_empty() && settings.aliases.is_empty() {
        let plugin = sandbox.load(&wasm).map_err(|error| sandboxed::refused(path, &error))?;
        sources = pack::sources(&wasm).filter(|_| plugin.is_pack());
        plugin
    } else {
        let mut wrong = None;
        let set = |set: &mut PackSet| {
            set.aliases.extend(settings.aliases.clone());
            packs::set_parameters(&mut set.packs, &settings.parameters).map_err(|failure| {
                wrong = Some(failure.clone());
                failure.message
            })?;
            sources = Some(set.clone());
            Ok(())
        };
        let changed = sandbox.load_changed(&wasm, set);
        changed.map_err(|error| wrong.unwrap_or_else(|| sandboxed::not_built(path, &error)))?
    };
    Ok((plugin, sources))
}

/// The packs that a `.wasm` was compiled from.
pub(crate) fn read(set: &PackSet) -> Result<Vec<Pack>, String> {
    let load = |files: &pack::PackFiles| {
        let settings = Settings { parameters: files.parameters.clone(), aliases: set.aliases.clone() };
        let loaded = Pack::load(files.files.clone(), &settings);
        let why = loaded.found.iter().next().map(|found| found.message.clone()).unwrap_or_default();
        loaded.pack.ok_or_else(|| format!("the sources of the pack cannot be read: {why}"))
    };
    set.packs.iter().map(load).collect()
}
