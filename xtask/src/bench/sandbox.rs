//! The engine in the sandbox, a fresh instance for every request, against the same engine in process.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use curbside_engine::exchange::wrap;
use curbside_engine::{CallInput, Engine};
use curbside_sandbox::pack::{self, PackFiles, PackSet};
use curbside_sandbox::{Compiler, Config, Host, Plugin, Quiet, Sandbox};

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

/// The TRD pack, native and sandboxed.
fn both() -> anyhow::Result<(Engine, Plugin)> {
    let native = rules::trd()?;
    let sandbox = Sandbox::new(Config::new(Compiler::InProcess)).map_err(|error| anyhow!("{error}"))?;
    let files = rules::files(&rules::trd_folder())?;
    let set = PackSet { packs: vec![PackFiles { files, ..PackFiles::default() }], ..PackSet::default() };
    let wasm = pack::build(&sandbox, &set).map_err(|error| anyhow!("{error}"))?;
    Ok((native, sandbox.load(&wasm).map_err(|error| anyhow!("{error}"))?))
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
