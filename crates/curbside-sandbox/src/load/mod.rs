//! From bytes to something that can be instantiated: caps, validation, the contract, compilation, the cache.

mod cache;
mod scan;

use wasmtime::component::{Component, InstancePre, Linker};

use crate::call::{State, within};
use crate::compile::compile;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Limit, LoadError};
use crate::host;
use crate::trust::Verified;

pub(crate) use scan::{Scan, scan};

/// A compiled component, ready to be instantiated; what is not `ours` is checked before it is compiled.
pub(crate) fn load(
    file: &Verified<'_>,
    engine: &Engine,
    metering: crate::engine::Metering,
    config: &Config,
    ours: bool,
) -> Result<InstancePre<State>, LoadError> {
    let key = key(file.content, engine, config);
    let known = config.cache.as_ref().and_then(|folder| cache::get(folder, &key, engine));
    let component = match known {
        Some(cached) => {
            file.set_digest(&cached.digest);
            cached.component
        }
        None => {
            if !ours {
                check(file.content, config)?;
            }
            let native = compile(&config.compiler, metering, file.content, &config.load)?;
            if let Some(folder) = &config.cache {
                cache::put(folder, &key, file.digest(), &native);
            }
            run_native(engine, &native)?
        }
    };
    let mut linker = Linker::new(&engine.wasmtime);
    host::link(&mut linker).map_err(|error| LoadError::Setup(error.to_string()))?;
    linker.instantiate_pre(&component).map_err(|error| LoadError::Contract(format!("{error:#}")))
}

/// Caps and the contract, on the bytes alone. Not asked again of a file whose compiled form is in the cache:
/// the caps are part of its key.
pub(crate) fn check(wasm: &[u8], config: &Config) -> Result<Scan, LoadError> {
    within(Limit::File, u64::try_from(wasm.len()).unwrap_or(u64::MAX), config.load.file_bytes)?;
    let found = scan(wasm, &config.load)?;
    for import in &found.imports {
        if import != host::INTERFACE {
            return Err(LoadError::Import(import.clone()));
        }
    }
    for export in ["describe", "call"] {
        if !found.exports.iter().any(|name| name == export) {
            return Err(LoadError::Export(export));
        }
    }
    let most = config.ceiling.memory_bytes.max(config.pack_limits.memory_bytes).max(config.limits.memory_bytes);
    within(Limit::Memory, found.memory_bytes, most)?;
    let most = config.ceiling.table_elements.max(config.limits.table_elements);
    within(Limit::Table, found.table_elements, most)?;
    Ok(found)
}

/// The key of a file's compiled form: its content, the compiler and its settings, the caps it passed.
fn key(content: &[u8], engine: &Engine, config: &Config) -> String {
    let words = format!("{:016x} {:?} {:?} {:?} ", engine.fingerprint(), config.load, config.ceiling, config.pack_limits);
    blake3::Hasher::new().update(words.as_bytes()).update_rayon(content).finalize().to_string()
}

#[expect(unsafe_code, reason = "compiled code is code: it comes from our own compiler")]
fn run_native(engine: &Engine, native: &[u8]) -> Result<Component, LoadError> {
    // SAFETY: `native` was made by `compile` with the same settings; what a cache kept of it goes through `cache::get`.
    unsafe { Component::deserialize(&engine.wasmtime, native) }.map_err(|error| LoadError::Compile(format!("{error:#}")))
}
