//! One call of a guest: a fresh store with its limits, and what its end means.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::{PoolConcurrencyLimitError, ResourceLimiter, Store};

use crate::engine::{Engine, STACK_BYTES};
use crate::error::{Breach, CallError, Limit, Trap};
use crate::host::Host;
use crate::limits::Limits;

/// What the host keeps of one call, beside the guest's memory.
pub(crate) struct State {
    pub(crate) host: Arc<dyn Host>,
    pub(crate) as_of: String,
    pub(crate) value_sets: Arc<[String]>,
    limits: Limits,
    memory_bytes: u64,
    table_elements: u64,
    host_calls: u64,
    log_bytes: u64,
}

impl State {
    pub(crate) fn new(limits: Limits, host: Arc<dyn Host>, as_of: &str, value_sets: Arc<[String]>) -> Self {
        Self { host, as_of: as_of.to_owned(), value_sets, limits, memory_bytes: 0, table_elements: 0, host_calls: 0, log_bytes: 0 }
    }

    pub(crate) fn count_host_call(&mut self) -> Result<(), Breach> {
        self.host_calls = within(Limit::HostCalls, self.host_calls + 1, self.limits.host_calls)?;
        Ok(())
    }

    pub(crate) fn count_log(&mut self, bytes: usize) -> Result<(), Breach> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.log_bytes = within(Limit::Log, self.log_bytes.saturating_add(bytes), self.limits.log_bytes)?;
        Ok(())
    }
}

/// The figure, where it is allowed.
pub(crate) fn within(limit: Limit, observed: u64, allowed: u64) -> Result<u64, Breach> {
    if observed <= allowed { Ok(observed) } else { Err(Breach { limit, observed, allowed }) }
}

/// A store that lives for one call.
pub(crate) fn store(engine: &Engine, state: State, wall: Duration) -> Result<Store<State>, CallError> {
    let limits = state.limits;
    let mut store = Store::new(&engine.wasmtime, state);
    store.limiter(|state| state);
    store.set_hostcall_fuel(usize::try_from(limits.output_bytes).unwrap_or(usize::MAX));
    store.set_epoch_deadline(engine.ticks(wall));
    if engine.metered {
        store.set_fuel(limits.fuel).map_err(|error| CallError::Convention(error.to_string()))?;
    }
    Ok(store)
}

/// What the end of a call means.
pub(crate) fn outcome(error: &wasmtime::Error, engine: &Engine, store: &Store<State>, elapsed: Duration) -> CallError {
    let limits = &store.data().limits;
    if let Some(breach) = error.downcast_ref::<Breach>() {
        return CallError::Limit(*breach);
    }
    if error.is::<PoolConcurrencyLimitError>() {
        let allowed = u64::from(engine.instances);
        return Breach { limit: Limit::Instances, observed: allowed + 1, allowed }.into();
    }
    let Some(trap) = error.downcast_ref::<wasmtime::Trap>() else {
        let words = format!("{error:#}");
        if words.contains("fuel allocated for hostcalls") {
            return Breach { limit: Limit::Output, observed: limits.output_bytes + 1, allowed: limits.output_bytes }.into();
        }
        return CallError::Convention(words);
    };
    use wasmtime::Trap as T;
    CallError::Trap(match trap {
        T::OutOfFuel => {
            return Breach { limit: Limit::Work, observed: limits.fuel, allowed: limits.fuel }.into();
        }
        T::Interrupt => {
            let allowed = milliseconds(limits.wall);
            return Breach { limit: Limit::Wall, observed: milliseconds(elapsed).max(allowed), allowed }.into();
        }
        T::StackOverflow => {
            return Breach { limit: Limit::Stack, observed: STACK_BYTES, allowed: STACK_BYTES }.into();
        }
        T::UnreachableCodeReached => Trap::Unreachable,
        T::MemoryOutOfBounds | T::HeapMisaligned | T::TableOutOfBounds => Trap::OutOfBounds,
        T::IndirectCallToNull | T::BadSignature => Trap::IndirectCall,
        T::IntegerOverflow | T::IntegerDivisionByZero | T::BadConversionToInteger => Trap::Arithmetic,
        _ => Trap::Other,
    })
}

pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let grown = self.memory_bytes.saturating_add(widen(desired)).saturating_sub(widen(current));
        self.memory_bytes = within(Limit::Memory, grown, self.limits.memory_bytes)?;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        let grown = self.table_elements.saturating_add(widen(desired)).saturating_sub(widen(current));
        self.table_elements = within(Limit::Table, grown, self.limits.table_elements)?;
        Ok(true)
    }
}

fn widen(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
