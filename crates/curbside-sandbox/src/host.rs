//! What a guest may ask of its host: to log, what date it is asked for, and whether a code is in a value set.

use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentType, Lift, Linker, WasmStr};

use crate::call::State;

/// The one interface that a plug-in may import.
pub(crate) const INTERFACE: &str = "curbside:cds/host@1.0.0";

/// The contract of plug-ins, in WIT.
pub const CONTRACT: &str = include_str!("../wit/cds.wit");

/// Longest message that is passed on, bytes; the rest is cut off.
const MESSAGE_BYTES: usize = 1024;

/// What stands behind a guest's questions. Shared by all calls, so it must not keep what it hears of a patient.
pub trait Host: Send + Sync {
    /// A guest's message, cut short. It may hold a patient's data: drop it unless the operator asked for it.
    fn log(&self, level: Level, message: &str);

    /// Whether a code is in a value set that the guest declared; `None` where that is not known.
    fn member_of(&self, value_set: &str, system: &str, code: &str) -> Option<bool>;
}

/// Says nothing and knows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Host for Quiet {
    fn log(&self, _level: Level, _message: &str) {}

    fn member_of(&self, _value_set: &str, _system: &str, _code: &str) -> Option<bool> {
        None
    }
}

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Level {
    /// For the author.
    #[component(name = "debug")]
    Debug,
    /// For the operator.
    #[component(name = "info")]
    Info,
    /// For the operator, now.
    #[component(name = "warn")]
    Warn,
}

/// Links the interface; nothing else is ever linked.
pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    let mut interface = linker.instance(INTERFACE)?;
    interface.func_wrap("log", |mut store: StoreContextMut<'_, State>, (level, message): (Level, WasmStr)| {
        store.data_mut().count_host_call()?;
        let short = {
            let text = message.to_str(&store)?;
            text.get(..text.floor_char_boundary(MESSAGE_BYTES)).unwrap_or_default().to_owned()
        };
        store.data_mut().count_log(short.len())?;
        store.data().host.log(level, &short);
        Ok(())
    })?;
    interface.func_wrap("as-of", |mut store: StoreContextMut<'_, State>, ()| {
        store.data_mut().count_host_call()?;
        Ok((store.data().as_of.clone(),))
    })?;
    interface.func_wrap("member-of", |mut store: StoreContextMut<'_, State>, (value_set, system, code): (String, String, String)| {
        store.data_mut().count_host_call()?;
        let state = store.data();
        let declared = state.value_sets.contains(&value_set);
        Ok((declared.then(|| state.host.member_of(&value_set, &system, &code)).flatten(),))
    })?;
    Ok(())
}
