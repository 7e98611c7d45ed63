//! The engine as a WebAssembly component: a thin shell around `curbside-engine`.
//!
//! `prepare` compiles packs from their files and keeps them; the host snapshots the memory then, so that an
//! instance starts with everything in place. Nothing else outlives a call.

mod compare;
mod memory;
mod packs;

use std::cell::OnceCell;

use curbside_engine::Engine;

wit_bindgen::generate!({
    path: ["../curbside-sandbox/wit", "wit"],
    world: "curbside:guest/engine",
    generate_all,
});

#[global_allocator]
static MEMORY: memory::Memory = memory::Memory::new();

thread_local! {
    static ENGINE: OnceCell<Engine> = const { OnceCell::new() };
    /// What it offers.
    static DISCOVERY: OnceCell<String> = const { OnceCell::new() };
}

struct Component;

impl Guest for Component {
    fn describe() -> String {
        let describe = || with_engine(|engine| serde_json::to_string(&engine.describe())).unwrap_or_default();
        DISCOVERY.with(|cell| cell.get_or_init(describe).clone())
    }

    fn call(service: String, request: String) -> Result<String, String> {
        let as_of = curbside::cds::host::as_of();
        with_engine(|engine| engine.call(&service, &request, &as_of)).map_err(|error| error.to_string())
    }

    fn prepare(packs: String) -> Result<String, String> {
        let prepared = packs::prepare(&packs)?;
        let mut list = serde_json::to_string(&prepared.list).map_err(|error| error.to_string())?;
        // The list leaves as it is: nothing is to be taken from the part of calls yet.
        list.shrink_to_fit();
        let engine = Engine::new(prepared.packs);
        ENGINE.with(|cell| cell.set(engine)).map_err(|_| "the packs are in place already".to_owned())?;
        // What only the first call would set up is set up now: it is part of the snapshot then.
        with_engine(Engine::warm);
        Self::describe();
        MEMORY.keep();
        Ok(list)
    }
}

/// The engine; one without packs where none were put in place.
fn with_engine<R>(look: impl FnOnce(&Engine) -> R) -> R {
    ENGINE.with(|cell| look(cell.get_or_init(Engine::default)))
}

export!(Component);
