//! How guests are compiled and run: one configuration of wasmtime for packs, one for foreign plug-ins.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use wasmtime::{Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::ticker::{TICK, Ticker};

/// The WebAssembly stack of one call.
pub(crate) const STACK_BYTES: u64 = 512 * 1024;

/// Who counts the work of a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metering {
    /// Our own engine counts its steps; nothing else need be counted.
    OwnSteps,
    /// Every instruction is counted.
    Fuel,
}

impl Metering {
    pub(crate) const ALL: [Self; 2] = [Self::OwnSteps, Self::Fuel];

    /// Its name between the host and the compiling process.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OwnSteps => "own-steps",
            Self::Fuel => "fuel",
        }
    }
}

/// Where a guest runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Instances at the same time.
    pub(crate) instances: u32,
    /// The largest memory that any guest may have, bytes.
    pub(crate) memory_bytes: u64,
    /// The largest table.
    pub(crate) table_elements: u64,
}

/// An engine that runs guests.
pub(crate) struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) metered: bool,
    pub(crate) instances: u32,
    pub(crate) ticker: Arc<Ticker>,
}

impl Engine {
    pub(crate) fn new(metering: Metering, room: Room) -> wasmtime::Result<Self> {
        let mut config = settings(metering);
        let mut pool = PoolingAllocationConfig::new();
        let instances = room.instances.max(1);
        let scans = PoolingAllocationConfig::is_pagemap_scan_available();
        pool.total_component_instances(instances)
            .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
            .max_core_instances_per_component(CORE_INSTANCES)
            .total_memories(instances)
            .max_unused_warm_slots(instances.min(UNUSED_SLOTS))
            .max_memories_per_component(1)
            .total_tables(instances.saturating_mul(TABLES))
            .max_tables_per_component(TABLES)
            .max_tables_per_module(TABLES)
            .table_elements(usize::try_from(room.table_elements)?)
            .max_memory_size(usize::try_from(room.memory_bytes)?)
            .max_component_instance_size(1 << 20)
            .max_core_instance_size(1 << 20)
            .linear_memory_keep_resident(if scans { KEEP_WRITTEN } else { KEEP_RESIDENT })
            .pagemap_scan(Enabled::Auto)
            .table_keep_resident(64 << 10);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let wasmtime = wasmtime::Engine::new(&config)?;
        let ticker = Ticker::start(wasmtime.weak())?;
        Ok(Self { metered: metering == Metering::Fuel, instances, ticker, wasmtime })
    }

    /// The deadline, in ticks from now; never early.
    pub(crate) fn ticks(&self, wall: Duration) -> u64 {
        u64::try_from(wall.as_micros().div_ceil(TICK.as_micros())).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// What compiled code must agree with: wasmtime's version, its settings, the machine.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.wasmtime.precompile_compatibility_hash().hash(&mut hasher);
        hasher.finish()
    }
}

/// Core instances in one component: the guest, its adapters, and what a toolchain puts beside them.
const CORE_INSTANCES: u32 = 64;
/// Tables in one component.
const TABLES: u32 = 16;
/// Slots that were used and are free now, before one of them is taken for another guest instead of a new one. Each keeps
/// memory, and each reload of rules is another guest.
const UNUSED_SLOTS: u32 = 8;
/// Pages of a slot that stay mapped between calls, bytes, where the system tells which of them were written (Linux 6.7 and
/// later): only those are made new, and no call has to fault them in again.
const KEEP_WRITTEN: usize = 8 << 20;
/// The same elsewhere: all of them are made new for each instance. With 4 MiB that takes 270 µs, with this 12 µs.
const KEEP_RESIDENT: usize = 512 << 10;

/// All that decides what compiled code looks like.
pub(crate) fn settings(metering: Metering) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(metering == Metering::Fuel)
        .epoch_interruption(true)
        .max_wasm_stack(usize::try_from(STACK_BYTES).unwrap_or(usize::MAX))
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .generate_address_map(false)
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(None)
        .memory_init_cow(true)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false);
    config
}
