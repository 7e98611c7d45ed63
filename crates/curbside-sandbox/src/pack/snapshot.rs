//! The engine's memory once packs are in place, kept as a component.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::{ComponentNamedList, Instance, Lift, TypedFunc, WasmList};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use super::BuildError;
use crate::call::{self, State};
use crate::engine::Metering;
use crate::host::Quiet;
use crate::limits::Limits;
use crate::load;
use crate::sandbox::Sandbox;
use crate::trust::Trust;

/// Longest that the engine may take to compile packs: not a request's time.
const PREPARATION: Duration = Duration::from_secs(60);

/// Puts packs in place; what they are, and the component that starts with them.
pub(super) fn take(sandbox: &Sandbox, guest: &[u8], packs: &str) -> Result<(String, Vec<u8>), BuildError> {
    let failed = |error: wasmtime::Error| BuildError::Snapshot(format!("{error:#}"));
    let mut wizer = Wizer::new();
    // `prepare` stays: what it was lifted from is part of the component, and a second time it declines.
    wizer.init_func("prepare").keep_init_func(true);
    let (context, instrumented) = wizer.instrument_component(guest).map_err(failed)?;
    // Our own engine, and what our own instrumentation made of it: there is no one else to trust.
    let file = Trust::default().verify(&instrumented).map_err(|error| BuildError::Snapshot(error.to_string()))?;
    let engine = sandbox.packs();
    let component = load::load(&file, engine, Metering::OwnSteps, sandbox.config(), true)?;

    let limits = Limits { wall: PREPARATION, ..sandbox.config().pack_limits };
    let _running = engine.ticker.run();
    #[expect(clippy::disallowed_methods, reason = "a limit of time says how much was used")]
    let start = Instant::now();
    let state = State::new(limits, Arc::new(Quiet), "", Arc::new([]));
    let mut store = call::store(engine, state, limits.wall).map_err(BuildError::Engine)?;
    // The whole memory is handed over when the snapshot is taken.
    store.set_hostcall_fuel(usize::MAX);
    let prepared = component.instantiate(&mut store).and_then(|instance| {
        let prepare = instance.get_typed_func::<(&str,), (Result<String, String>,)>(&mut store, "prepare")?;
        Ok((instance, prepare.call(&mut store, (packs,))?.0))
    });
    let (instance, list) = prepared.map_err(|error| BuildError::Engine(call::outcome(&error, engine, &store, start.elapsed())))?;
    let list = list.map_err(BuildError::Pack)?;
    let mut instance = Initialised { store: &mut store, instance, failure: None };
    let wasm = now(wizer.snapshot_component(&context, &mut instance)).ok_or_else(|| BuildError::Snapshot("it had to wait".to_owned()))?;
    match instance.failure {
        Some(error) => Err(failed(error)),
        None => Ok((list, wasm.map_err(failed)?)),
    }
}

/// A future's value; nothing here ever waits.
fn now<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// An instance whose globals and memory can be asked for.
struct Initialised<'s> {
    store: &'s mut Store<State>,
    instance: Instance,
    failure: Option<wasmtime::Error>,
}

impl Initialised<'_> {
    /// Asks one of the functions that the instrumentation added; keeps the failure where there is one.
    fn ask<R: Lift + 'static, U>(&mut self, instance: &str, name: &str, look: impl FnOnce(&mut Store<State>, R) -> U) -> Option<U>
    where
        (R,): ComponentNamedList + Lift,
    {
        match self.function::<R>(instance, name).and_then(|function| function.call(&mut *self.store, ())) {
            Ok((value,)) => Some(look(self.store, value)),
            Err(error) => {
                self.failure.get_or_insert(error);
                None
            }
        }
    }

    fn function<R: Lift + 'static>(&mut self, instance: &str, name: &str) -> wasmtime::Result<TypedFunc<(), (R,)>>
    where
        (R,): ComponentNamedList + Lift,
    {
        let missing = || wasmtime::Error::msg(format!("`{instance}` has no `{name}`"));
        let (_, outer) = self.instance.get_export(&mut *self.store, None, instance).ok_or_else(missing)?;
        let (_, inner) = self.instance.get_export(&mut *self.store, Some(&outer), name).ok_or_else(missing)?;
        self.instance.get_typed_func(&mut *self.store, inner)
    }
}

impl ComponentInstanceState for Initialised<'_> {
    async fn call_func_ret_list_u8(&mut self, instance: &str, func: &str, contents: impl FnOnce(&[u8]) + Send) {
        self.ask(instance, func, |store, list: WasmList<u8>| contents(list.as_le_slice(&*store)));
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.ask(instance, func, |_, value: i32| value).unwrap_or_default()
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.ask(instance, func, |_, value: i64| value).unwrap_or_default()
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.ask(instance, func, |_, value: f32| value.to_bits()).unwrap_or_default()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.ask(instance, func, |_, value: f64| value.to_bits()).unwrap_or_default()
    }
}
