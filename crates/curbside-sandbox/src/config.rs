//! What a sandbox is given: limits, a compiler, a cache, and whom it trusts.

use std::path::PathBuf;

use crate::compile::Compiler;
use crate::limits::{Limits, LoadLimits};
use crate::trust::Trust;

/// The configuration of a [`crate::Sandbox`].
#[derive(Clone, Debug)]
pub struct Config {
    /// What a call of a foreign plug-in may use, unless it asks for something else.
    pub limits: Limits,
    /// What it may ask for at most.
    pub ceiling: Limits,
    /// What a call of a pack may use.
    pub pack_limits: Limits,
    /// What a file may hold.
    pub load: LoadLimits,
    /// Instances at the same time, for packs and for foreign plug-ins each.
    pub instances: u32,
    /// Who compiles.
    pub compiler: Compiler,
    /// Folder of compiled code; `None` compiles anew each time. See [`user_cache`].
    pub cache: Option<PathBuf>,
    /// Whose signatures count. Where keys are given, nothing unsigned runs.
    pub trust: Trust,
}

impl Config {
    /// The usual limits, without a cache and without keys.
    #[must_use]
    pub fn new(compiler: Compiler) -> Self {
        Self {
            limits: Limits::default(),
            ceiling: Limits::ceiling(),
            pack_limits: Limits::pack(),
            load: LoadLimits::default(),
            instances: 64,
            compiler,
            cache: None,
            trust: Trust::default(),
        }
    }
}

/// The user's folder for compiled plug-ins: `$XDG_CACHE_HOME/curbside`, else `~/.cache/curbside`.
#[must_use]
pub fn user_cache() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "where the user keeps caches is said by the environment alone")]
    let (cache, home) = (std::env::var_os("XDG_CACHE_HOME"), std::env::var_os("HOME"));
    let absolute = |value: Option<std::ffi::OsString>| value.map(PathBuf::from).filter(|path| path.is_absolute());
    Some(absolute(cache).or_else(|| absolute(home).map(|home| home.join(".cache")))?.join("curbside"))
}
