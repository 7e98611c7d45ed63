//! A pack or a plug-in run in the sandbox: a fresh instance for every call, within its limits and the request's time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use curbside_chart::time::Duration as Calendar;
use curbside_engine::Pack;
use curbside_sandbox::pack::{self, PackFiles, PackIdentity, PackSet};
use curbside_sandbox::{CallError, Host, Limit, Plugin, Quiet, Sandbox};
use curbside_terminology::SignOff;

use super::backend::{Backend, Failed, Offered};
use super::repeats::Repeats;
use super::set::PluginSource;
use super::source::{PackSource, RulesError};
use crate::store::{PackUsed, Shown};

/// A pack or a plug-in run in the sandbox.
#[derive(Debug)]
pub(crate) struct Sandboxed {
    plugin: Plugin,
    services: Vec<Offered>,
    identity: PackUsed,
    pending: bool,
    repeats: Repeats,
}

impl Sandboxed {
    /// Refuses a folder where keys are configured: it carries no signature.
    pub(crate) fn allow_folder(sandbox: &Sandbox, source: &PackSource) -> Result<(), RulesError> {
        if sandbox.config().trust.allows_unsigned() {
            return Ok(());
        }
        let why =
            "a folder carries no signature, and only what a trusted key signed may run; `curbside build --sign` makes a signed pack of it";
        Err(RulesError::Plugin(source.origin.clone(), why.to_owned()))
    }

    /// Checks a folder's pack, builds it and loads it.
    pub(crate) fn pack(sandbox: &Sandbox, source: &PackSource) -> Result<Self, RulesError> {
        let wrong = |why: String| RulesError::Plugin(source.origin.clone(), why);
        Self::allow_folder(sandbox, source)?;
        // Everything that is wrong with it is said with the lines it is about.
        let checked = source.pack()?;
        let files = PackFiles { files: source.files.clone(), parameters: source.parameters.clone() };
        let set = PackSet { packs: vec![files], aliases: BTreeMap::new() };
        let wasm = pack::build(sandbox, &set).map_err(|error| wrong(error.to_string()))?;
        let plugin = sandbox.load(&wasm).map_err(|error| wrong(error.to_string()))?;
        let identity = pack::manifest(&wasm).and_then(|manifest| manifest.packs.into_iter().next());
        let identity = identity.ok_or_else(|| wrong("the built pack does not say what it is".to_owned()))?;
        Ok(Self::of(plugin, used(identity, source.parameters.clone()), &[checked]))
    }

    /// Loads a file: a `.wasm` pack, or anybody's plug-in.
    pub(crate) fn plugin(sandbox: &Sandbox, source: &PluginSource) -> Result<Self, RulesError> {
        let plugin = sandbox.load(&source.bytes).map_err(|error| RulesError::Plugin(source.origin.clone(), error.to_string()))?;
        let packs = pack::manifest(&source.bytes).filter(|_| plugin.is_pack()).map(|manifest| manifest.packs).unwrap_or_default();
        let sources = pack::sources(&source.bytes).filter(|_| plugin.is_pack()).map(|set| set.packs).unwrap_or_default();
        let folder = |pack: PackFiles| PackSource { origin: source.origin.clone(), files: pack.files, parameters: pack.parameters };
        let checked: Result<Vec<Pack>, _> = sources.into_iter().map(|pack| folder(pack).pack()).collect();
        let identity = match packs.into_iter().next() {
            Some(identity) => used(identity, BTreeMap::new()),
            None => PackUsed { id: source.name(), version: String::new(), digest: source.digest.clone(), parameters: BTreeMap::new() },
        };
        let is_unread = checked.is_err();
        let mut plugin = Self::of(plugin, identity, &checked.unwrap_or_default());
        // Nobody answers for what this version of Curbside cannot read.
        plugin.pending |= is_unread;
        Ok(plugin)
    }

    fn of(plugin: Plugin, identity: PackUsed, packs: &[Pack]) -> Self {
        let services = plugin.describe().services.iter().map(|service| Offered {
            id: service.id.clone(),
            hook: service.hook.clone(),
            title: service.title.clone(),
            description: service.description.clone(),
            prefetch: service.prefetch.clone(),
        });
        Self { services: services.collect(), plugin, identity, pending: packs.iter().any(is_pending), repeats: Repeats::of(packs) }
    }
}

fn used(identity: PackIdentity, parameters: BTreeMap<String, String>) -> PackUsed {
    PackUsed { id: identity.id, version: identity.version, digest: identity.digest, parameters }
}

/// Whether nobody answers for a pack's clinical use yet.
fn is_pending(pack: &Pack) -> bool {
    pack.plan.pack.sign_off.as_ref().is_some_and(|sign_off| matches!(sign_off, SignOff::Pending(_)))
}

impl Backend for Sandboxed {
    fn services(&self) -> &[Offered] {
        &self.services
    }

    fn identity(&self) -> &PackUsed {
        &self.identity
    }

    fn is_pending(&self) -> bool {
        self.pending
    }

    fn repeat_after(&self, card: &Shown) -> Option<Calendar> {
        self.repeats.after(card)
    }

    fn keeps_time(&self) -> bool {
        true
    }

    fn call(&self, service: &str, request: &str, as_of: &str, within: Duration) -> Result<String, Failed> {
        // What a guest says may hold a patient's data, so nobody listens.
        let host: Arc<dyn Host> = Arc::new(Quiet);
        self.plugin.call_within(service, request, as_of, &host, within).map_err(|error| match error {
            CallError::Limit(breach) if breach.limit == Limit::Instances => Failed::Full,
            CallError::Limit(breach) => Failed::Limit(breach.limit.name()),
            CallError::Trap(_) => Failed::Crashed,
            CallError::Refused(_) if self.plugin.is_pack() => Failed::Request,
            _ => Failed::Unusable,
        })
    }
}
