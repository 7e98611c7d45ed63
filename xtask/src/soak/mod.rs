//! A soak: mixed good, bad and hostile traffic on `curbside serve`, with rules that change, a plug-in that traps, a FHIR
//! server that hangs, and a kill in the middle. Nothing but the documented statuses, memory that stays flat, and every
//! item of feedback that was acknowledged.

mod server;
mod traffic;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;

use server::{Place, Server};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How long, in minutes
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
}

/// What came of the traffic so far.
#[derive(Default)]
struct Seen {
    /// Answers by kind of traffic and status; 0 where the connection ended without one.
    answers: Mutex<BTreeMap<(&'static str, u16), u64>>,
    /// Answers that were not among those expected, the first few.
    wrong: Mutex<Vec<String>>,
    /// Ids of cards whose feedback was acknowledged.
    acknowledged: Mutex<Vec<String>>,
    /// Set while the server is being killed and started again.
    is_away: AtomicBool,
    stop: AtomicBool,
}

#[expect(clippy::print_stdout, reason = "the result is the output")]
#[expect(clippy::disallowed_methods, reason = "a soak has a clock, threads and files")]
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let place = Place::new()?;
    let half = Duration::from_secs_f64(arguments.minutes * 30.0);
    let seen = Seen::default();
    let mut memory = Vec::new();
    std::thread::scope(|scope| -> anyhow::Result<()> {
        let (mut open, closed) = (Server::start(&place, "open")?, Server::start(&place, "closed")?);
        for work in traffic::ALL {
            let (seen, place) = (&seen, &place);
            scope.spawn(move || traffic::run(*work, place, seen));
        }
        let result = (|| {
            memory.push(watch(&open, half)?);
            seen.is_away.store(true, Ordering::SeqCst);
            open.kill()?;
            open = Server::start(&place, "open")?;
            seen.is_away.store(false, Ordering::SeqCst);
            memory.push(watch(&open, half)?);
            Ok(())
        })();
        seen.stop.store(true, Ordering::SeqCst);
        closed.stop()?;
        open.stop()?;
        result
    })?;
    let answers = seen.answers.into_inner().unwrap_or_default();
    let acknowledged = seen.acknowledged.into_inner().unwrap_or_default();
    let lost = place.lost(&acknowledged)?;
    let mut by_kind: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for ((kind, status), count) in &answers {
        by_kind.entry(kind).or_default().insert(status.to_string(), *count);
    }
    let growth: Vec<_> = memory.iter().map(|life| growth(life)).collect::<anyhow::Result<_>>()?;
    let mib = |(early, late): &(u64, u64)| json!({"early_mib": early >> 10, "late_mib": late >> 10});
    let wrong = seen.wrong.into_inner().unwrap_or_default();
    let line = json!({
        "minutes": arguments.minutes, "answers": by_kind, "acknowledged": acknowledged.len(), "lost": lost,
        "memory": growth.iter().map(mib).collect::<Vec<_>>(), "state_mib": place.state_bytes() >> 20, "wrong": wrong,
    });
    println!("{line}");
    ensure!(wrong.is_empty(), "answers that are not documented");
    ensure!(lost == 0 && !acknowledged.is_empty(), "acknowledged feedback is lost");
    // Caches and arenas fill in the first minutes; what grows after that would go on growing.
    ensure!(growth.iter().all(|(early, late)| *late < early + early / 4 + (16 << 10)), "memory grows");
    Ok(())
}

/// Memory of a server, in KiB, each second.
#[expect(clippy::disallowed_methods, reason = "a soak has a clock")]
fn watch(server: &Server, time: Duration) -> anyhow::Result<Vec<u64>> {
    let (start, mut memory) = (Instant::now(), Vec::new());
    while start.elapsed() < time {
        memory.push(server.memory().context("the server ended by itself")?);
        std::thread::sleep(Duration::from_secs(1));
    }
    Ok(memory)
}

/// The middle of the second quarter, and of the last.
fn growth(life: &[u64]) -> anyhow::Result<(u64, u64)> {
    let quarter = life.len() / 4;
    let middle = |part: Option<&[u64]>| {
        let mut part = part.unwrap_or_default().to_vec();
        part.sort_unstable();
        part.get(part.len() / 2).copied().context("too short to say anything about memory")
    };
    Ok((middle(life.get(quarter..2 * quarter))?, middle(life.get(3 * quarter..))?))
}
