//! Ten FHIRPath expressions on a parsed record, against the fastest peer.
//!
//! The peer, `octofhir-fhirpath`, is built in a folder of its own under `target/` and runs as a process that is asked
//! for one round at a time, so that both sides are measured in turn.

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, bail};
use curbside_fhirpath::{Environment, Expression, Record, Scope};

use super::{report, timed};

const AGAINST: &str = "octofhir-fhirpath 0.4.57";

pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let workload = folder();
    let read = |file: &str| -> anyhow::Result<String> {
        let path = workload.join(file);
        #[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
        let text = std::fs::read_to_string(&path);
        text.with_context(|| format!("no workload at {}; set CURBSIDE_WORKLOAD", path.display()))
    };
    let (bundle, expressions) = (read("bundle.json")?, read("expressions.json")?);
    let expressions: Vec<String> = serde_json::from_str(&expressions)?;
    let scope = Scope::on("Bundle");
    let prepared = expressions.iter().map(|text| Expression::prepare(text, &scope)).collect::<Result<Vec<_>, _>>()?;
    let record = Record::parse(&bundle)?;
    let environment = Environment::new("2026-11-23T00:00:00Z").context("a moment")?;
    let mut ours = || {
        for expression in &prepared {
            black_box(expression.evaluate(&record, &environment).ok());
        }
    };
    let mut peer = Peer::start(&workload)?;
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    // A first round of each warms caches and is not counted.
    for round in 0..=rounds.max(1) {
        let (our_time, their_time) = (timed(&mut ours), peer.round()?);
        if round > 0 {
            our_times.push(our_time);
            their_times.push(their_time);
        }
    }
    report("fhirpath", AGAINST, 0.1, our_times, their_times);
    Ok(())
}

/// Folder of the workload: `CURBSIDE_WORKLOAD`, else that of `../shared` beside the checkout.
fn folder() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "a chore of the repository may read the environment")]
    let named = std::env::var_os("CURBSIDE_WORKLOAD");
    named.map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance/workload"), PathBuf::from)
}

/// The peer's process.
struct Peer {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(workload: &Path) -> anyhow::Result<Self> {
        let binary = build()?;
        let started = Command::new(&binary).arg(workload).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.with_context(|| format!("cannot run {}", binary.display()))?;
        let (Some(ask), Some(answers)) = (process.stdin.take(), process.stdout.take()) else { bail!("the peer has no pipes") };
        Ok(Self { process, ask, answers: BufReader::new(answers) })
    }

    /// Nanoseconds of CPU time of one round.
    fn round(&mut self) -> anyhow::Result<u64> {
        self.ask.write_all(b"\n")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        line.trim().parse().context("the peer did not answer with a time")
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Builds the peer, once.
fn build() -> anyhow::Result<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/bench/fhirpath-peer");
    std::fs::create_dir_all(&folder)?;
    for (name, text) in [("Cargo.toml", include_str!("fhirpath_peer/Cargo.toml.in")), ("main.rs", include_str!("fhirpath_peer/main.rs.in"))]
    {
        let file = folder.join(name);
        #[expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]
        let known = std::fs::read_to_string(&file);
        if known.ok().as_deref() != Some(text) {
            std::fs::write(&file, text)?;
        }
    }
    let built =
        Command::new("cargo").args(["build", "--release", "--quiet"]).current_dir(&folder).env("CARGO_TARGET_DIR", "target").status();
    if !built.context("cargo is needed to build the peer")?.success() {
        bail!("the peer {AGAINST} does not build in {}", folder.display());
    }
    Ok(folder.join("target/release/fhirpath-peer"))
}
