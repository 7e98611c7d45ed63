//! The sandbox: two engines, one for packs and one for everybody else's plug-ins.

use std::fmt;
use std::sync::Arc;

use crate::config::Config;
use crate::engine::{Engine, Metering, Room};
use crate::error::LoadError;
use crate::load;
use crate::pack;
use crate::pack::{BuildError, PackSet};
use crate::plugin::{Parts, Plugin};
use crate::trust::{Trust, Verified};

/// Loads plug-ins and gives them a place to run. Share it: its pools of memory are the process's.
pub struct Sandbox {
    config: Config,
    packs: Arc<Engine>,
    foreign: Arc<Engine>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Reserves the room that guests run in.
    ///
    /// # Errors
    ///
    /// Where the operating system does not give it.
    pub fn new(config: Config) -> Result<Self, LoadError> {
        let limits = [&config.limits, &config.ceiling, &config.pack_limits];
        let room = Room {
            instances: config.instances,
            memory_bytes: limits.iter().map(|limits| limits.memory_bytes).max().unwrap_or_default(),
            table_elements: limits.iter().map(|limits| limits.table_elements).max().unwrap_or_default(),
        };
        let engine = |metering| Engine::new(metering, room).map(Arc::new).map_err(|error| LoadError::Setup(format!("{error:#}")));
        Ok(Self { packs: engine(Metering::OwnSteps)?, foreign: engine(Metering::Fuel)?, config })
    }

    /// Verifies, checks, compiles and asks a plug-in or a `.wasm` pack. Slow where its compiled form is not cached
    /// yet: keep it off the request path.
    ///
    /// # Errors
    ///
    /// Where it is not trusted, too big, broken, does not fit the contract, or does not say what it offers.
    pub fn load(&self, wasm: &[u8]) -> Result<Plugin, LoadError> {
        self.start(self.config.trust.verify(wasm).map_err(LoadError::Untrusted)?)
    }

    /// Loads a `.wasm` pack with something changed, such as a site's parameters: it is verified as it stands, and then
    /// built anew from the sources in it.
    ///
    /// # Errors
    ///
    /// As [`Sandbox::load`]; where it is no pack, or `change` declines, or what it comes to does not check.
    pub fn load_changed(&self, wasm: &[u8], change: impl FnOnce(&mut PackSet) -> Result<(), String>) -> Result<Plugin, BuildError> {
        let file = self.config.trust.verify(wasm).map_err(LoadError::Untrusted)?;
        let sources = pack::sources(file.content).filter(|_| pack::is_ours(file.content));
        let mut set = sources.ok_or_else(|| BuildError::Pack("it is no pack of this engine, so nothing of it can be set".to_owned()))?;
        change(&mut set).map_err(BuildError::Setting)?;
        let built = pack::build(self, &set)?;
        // Made here of what was verified: the signature holds for it.
        let mut derived = Trust::default().verify(&built).map_err(LoadError::Untrusted)?;
        derived.signer = file.signer;
        Ok(self.start(derived)?)
    }

    fn start(&self, file: Verified<'_>) -> Result<Plugin, LoadError> {
        let pack = pack::is_ours(file.content);
        let (engine, metering, usual, ceiling) = if pack {
            (&self.packs, Metering::OwnSteps, self.config.pack_limits, self.config.pack_limits)
        } else {
            (&self.foreign, Metering::Fuel, self.config.limits, self.config.ceiling)
        };
        let component = load::load(&file, engine, metering, &self.config, false)?;
        let digest = file.digest().to_owned();
        Plugin::new(Parts { engine: Arc::clone(engine), component, usual, ceiling, digest, signer: file.signer, pack })
    }

    /// The engine that packs run in.
    pub(crate) fn packs(&self) -> &Arc<Engine> {
        &self.packs
    }

    /// What it was given.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }
}
