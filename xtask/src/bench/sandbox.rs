//! The engine in the sandbox, a fresh instance for every request, against the same engine in process.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use curbside_engine::exchange::wrap;
use curbside_engine::{CallInput, Engine};
use curbside_sandbox::pack::{self, PackFiles, PackSet};
use curbside_sandbox::{Compiler, Config, Host, Plugin, Quiet, Sandbox};
use serde_json::json;

use super::{Comparison, alone, compare, corpus, rules};

const AS_OF: &str = "2026-11-23";
/// Records that are asked about, of about 200 KB.
const RECORDS: usize = 20;
const SIZE: std::ops::Range<usize> = 150_000..250_000;
/// Instances that one round starts.
const STARTS: u64 = 500;

/// `sandbox-vs-native`: request bytes to response bytes.
pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let (native, sandboxed) = both()?;
    let host: Arc<dyn Host> = Arc::new(Quiet);
    let requests = requests(&native)?;
    let mut theirs = || {
        for request in &requests {
            black_box(native.call("", request, AS_OF).ok());
        }
    };
    let mut ours = || {
        for request in &requests {
            black_box(sandboxed.call("", request, AS_OF, &host).ok());
        }
    };
    compare(
        rounds,
        Comparison { name: "sandbox-vs-native", against: "the same in process", goal: 2.0, ours: &mut ours, theirs: &mut theirs },
    );
    Ok(())
}

/// `instance`: a fresh instance of the pack, and its end.
pub(super) fn instance(rounds: usize) -> anyhow::Result<()> {
    let (_, sandboxed) = both()?;
    let mut failure = None;
    alone(rounds, "instance", 30_000, STARTS, &mut || {
        for _ in 0..STARTS {
            failure = failure.take().or(sandboxed.start().err());
        }
    });
    failure.map_or(Ok(()), |error| Err(anyhow!("{error}")))
}

/// `pack-ready`: from the bytes of a `.wasm` pack to where it can be called, its compiled code out of the cache.
pub(super) fn ready(rounds: usize) -> anyhow::Result<()> {
    let cache = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/bench-cache");
    let sandbox = sandbox(Some(cache))?;
    let wasm = wasm(&sandbox)?;
    let mut failure = sandbox.load(&wasm).err();
    alone(rounds, "pack-ready", 5_000_000, 1, &mut || failure = failure.take().or(sandbox.load(&wasm).err()));
    failure.map_or(Ok(()), |error| Err(anyhow!("{error}")))
}

/// `memory`: resident after ten thousand requests, and after the first thousand of them.
#[expect(clippy::print_stdout, reason = "the result is the output")]
pub(super) fn memory(_rounds: usize) -> anyhow::Result<()> {
    let (native, sandboxed) = both()?;
    let host: Arc<dyn Host> = Arc::new(Quiet);
    let requests = requests(&native)?;
    let resident_after = |count: usize| {
        requests.iter().cycle().take(count).for_each(|request| drop(black_box(sandboxed.call("", request, AS_OF, &host))));
        resident()
    };
    let (theirs, ours) = (resident_after(1_000)?, resident_after(9_000)?);
    let ratio = ours as f64 / theirs.max(1) as f64;
    let against = "the same process after 1,000 requests";
    println!("{}", json!({"name": "memory", "ours_kib": ours, "against": against, "theirs_kib": theirs, "ratio": ratio, "goal": 1.02}));
    Ok(())
}

/// Resident memory of this process, in KiB.
fn resident() -> anyhow::Result<u64> {
    #[expect(clippy::disallowed_methods, reason = "Linux says it in a file")]
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    figure.ok_or_else(|| anyhow!("this system does not say how much memory is resident"))
}

fn sandbox(cache: Option<PathBuf>) -> anyhow::Result<Sandbox> {
    Sandbox::new(Config { cache, ..Config::new(Compiler::InProcess) }).map_err(|error| anyhow!("{error}"))
}

/// The TRD pack, built.
fn wasm(sandbox: &Sandbox) -> anyhow::Result<Vec<u8>> {
    let files = rules::files(&rules::trd_folder())?;
    let set = PackSet { packs: vec![PackFiles { files, ..PackFiles::default() }], ..PackSet::default() };
    pack::build(sandbox, &set).map_err(|error| anyhow!("{error}"))
}

/// The TRD pack, native and sandboxed.
fn both() -> anyhow::Result<(Engine, Plugin)> {
    let sandbox = sandbox(None)?;
    Ok((rules::trd()?, sandbox.load(&wasm(&sandbox)?).map_err(|error| anyhow!("{error}"))?))
}

/// Requests that carry records of about 200 KB and are answered.
fn requests(native: &Engine) -> anyhow::Result<Vec<String>> {
    let records = corpus::bundles()?.into_iter().filter(|record| SIZE.contains(&record.len()));
    let wrapped = records.filter_map(|record| {
        let text = String::from_utf8(record).ok()?;
        wrap(&text, Some("patient-view"), &CallInput::default()).ok()
    });
    let answered: Vec<String> = wrapped.filter(|request| native.call("", request, AS_OF).is_ok()).take(RECORDS).collect();
    if answered.is_empty() {
        bail!("no record of about 200 KB in {}", corpus::folder().display());
    }
    Ok(answered)
}
