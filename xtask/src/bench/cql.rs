//! A replay of fifty patients with one rule, against the same rule in CQL on cql-execution (Node).
//!
//! Both sides parse JSON, decide, and must agree with what the patients were made to show. Needs `node`, `npm`,
//! `python3` and the folder of peers beside the checkout; what is installed goes to a folder under `target/`.

#![expect(clippy::disallowed_methods, reason = "a chore of the repository reads files")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use curbside_replay::Item;
use curbside_rules::model::Outcome;
use serde::Deserialize;

use super::{replay, report, rules, timed};

const PATIENTS: usize = 50;
/// The moment that the CQL library takes for today.
const TODAY: &str = "2026-06-01";

#[derive(Deserialize)]
struct Expected {
    patients: BTreeMap<String, Candidate>,
}

#[derive(Deserialize)]
struct Candidate {
    candidate: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Theirs {
    patients: usize,
    cpu_ms_per_patient: f64,
}

pub(super) fn run(rounds: usize) -> anyhow::Result<()> {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let shared = here.join("../../shared");
    let peers = shared.join("peer-bench");
    ensure!(peers.join("trd-cql").is_dir(), "no peers at {}", peers.display());
    let folder = here.join("../target/peer-bench/cql");
    let patients = folder.join("patients");
    prepare(&peers, &folder, &patients)?;
    let engine = rules::engine(&here.join("packs/trd-like"))?;
    let asker = replay::asker(&engine, TODAY)?;
    let items = items(&patients)?;
    agree(&items, &patients, |item| asker.rows(item))?;
    let mut ours = || {
        for item in &items {
            black_box(asker.rows(item));
        }
    };
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds.clamp(1, 5) {
        // Node needs a few rounds of its own before its code is compiled.
        their_times.push(theirs(&folder, &shared.join("conformance/workload/trd-elm"), &patients)?);
        our_times.extend((0..20).map(|_| timed(&mut ours)));
    }
    report("replay-vs-cql", "cql-execution on Node", 0.05, our_times, their_times);
    Ok(())
}

/// Installs the peer and makes the patients, once.
fn prepare(peers: &Path, folder: &Path, patients: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (from, to) in [("js/package.json", "package.json"), ("trd-cql/bench.js", "bench.js")] {
        let target = folder.join(to);
        if target.exists() {
            std::fs::remove_file(&target)?;
        }
        std::fs::write(target, std::fs::read(peers.join(from)).with_context(|| format!("{}", peers.join(from).display()))?)?;
    }
    if !folder.join("node_modules/cql-execution").is_dir() {
        let installed = Command::new("npm").args(["install", "--no-audit", "--no-fund", "--silent"]).current_dir(folder).status();
        ensure!(installed.context("npm")?.success(), "npm could not install cql-execution");
    }
    if !patients.join("expected.json").is_file() {
        let script = peers.join("trd-cql/gen_bundle.py");
        let made = Command::new("python3").arg(script).arg(patients).arg(PATIENTS.to_string()).output().context("python3")?;
        ensure!(made.status.success(), "the patients could not be made: {}", String::from_utf8_lossy(&made.stderr));
    }
    Ok(())
}

fn items(patients: &Path) -> anyhow::Result<Vec<Item>> {
    let mut items = Vec::new();
    for number in 0..PATIENTS {
        let path = patients.join(format!("patient-{number:03}.json"));
        items.push(Item { name: format!("p{number:03}"), bytes: Ok(std::fs::read(path)?) });
    }
    Ok(items)
}

/// Whether our rule says what the patients were made to show.
fn agree(items: &[Item], patients: &Path, rows: impl Fn(&Item) -> Vec<curbside_replay::Row>) -> anyhow::Result<()> {
    let expected: Expected = serde_json::from_slice(&std::fs::read(patients.join("expected.json"))?)?;
    for item in items {
        let answer = rows(item).into_iter().next().context("a row")?.answer.map_err(anyhow::Error::msg)?;
        let met = answer.decisions.iter().any(|decision| decision.outcome == Outcome::Met);
        let unknown = answer.decisions.iter().any(|decision| decision.outcome == Outcome::Unknown);
        let candidate = expected.patients.get(&item.name).context("an expected patient")?.candidate;
        ensure!(met == candidate && !unknown, "{} should be {candidate}: {:?}", item.name, answer.decisions);
    }
    Ok(())
}

/// Nanoseconds of CPU time for all patients.
fn theirs(folder: &Path, elm: &Path, patients: &Path) -> anyhow::Result<u64> {
    let out = Command::new("node").arg("bench.js").args([elm, patients]).arg("8").current_dir(folder).output().context("node")?;
    let text = String::from_utf8_lossy(&out.stdout);
    if !text.contains(&format!("agree {PATIENTS}/{PATIENTS}")) {
        bail!("cql-execution does not agree: {text}{}", String::from_utf8_lossy(&out.stderr));
    }
    let theirs: Theirs = serde_json::from_str(text.lines().last().unwrap_or_default())?;
    let time = Duration::from_secs_f64(theirs.cpu_ms_per_patient * theirs.patients as f64 / 1e3);
    Ok(u64::try_from(time.as_nanos())?)
}
