//! Benchmarks: each compares ours with something else, both sides in turn in one run.
//!
//! Times of a comparison are thread CPU time, those of one side alone are on the clock; the figure is the median of many
//! rounds. Only the ratio means something on a shared machine.

mod chart;
mod corpus;
mod cql;
mod fhirpath;
mod pack;
mod replay;
mod rules;
mod sandbox;
pub(crate) mod server;

use std::time::{Duration, Instant};

use anyhow::bail;
use cpu_time::ThreadTime;
use serde_json::json;

/// Which benchmarks to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Names; none means all
    names: Vec<String>,
    /// Rounds of each side
    #[arg(long, default_value_t = 15)]
    rounds: usize,
}

/// One comparison.
struct Comparison<'c> {
    name: &'static str,
    against: &'static str,
    goal: f64,
    ours: &'c mut dyn FnMut(),
    theirs: &'c mut dyn FnMut(),
}

const ALL: &[(&str, fn(usize) -> anyhow::Result<()>)] = &[
    ("chart-vs-value", chart::run),
    ("fhirpath", fhirpath::run),
    ("sandbox-vs-native", sandbox::run),
    ("instance", sandbox::instance),
    ("pack-ready", sandbox::ready),
    ("memory", sandbox::memory),
    ("pack-vs-chart", pack::run),
    ("replay-vs-parse", replay::run),
    ("replay-vs-cql", cql::run),
    ("server-vs-echo", server::run),
];

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    for name in &arguments.names {
        if !ALL.iter().any(|(known, _)| known == name) {
            let known: Vec<_> = ALL.iter().map(|(known, _)| *known).collect();
            bail!("no benchmark `{name}`; there are: {}", known.join(", "));
        }
    }
    for (name, run) in ALL {
        if arguments.names.is_empty() || arguments.names.iter().any(|wanted| wanted == name) {
            run(arguments.rounds)?;
        }
    }
    Ok(())
}

/// Runs both sides in turn and prints the result.
fn compare(rounds: usize, comparison: Comparison<'_>) {
    let Comparison { name, against, goal, ours, theirs } = comparison;
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        our_times.push(timed(ours));
        their_times.push(timed(theirs));
    }
    report(name, against, goal, our_times, their_times);
}

/// Prints the result of a comparison, of times in nanoseconds.
#[expect(clippy::print_stdout, reason = "the result is the output")]
fn report(name: &str, against: &str, goal: f64, our_times: Vec<u64>, their_times: Vec<u64>) {
    let (ours_ns, theirs_ns) = (median(our_times), median(their_times));
    let ratio = ours_ns as f64 / theirs_ns.max(1) as f64;
    println!(
        "{}",
        json!({"name": name, "ours_ns": ours_ns, "against": against, "theirs_ns": theirs_ns, "ratio": (ratio * 10_000.0).round() / 10_000.0, "goal": goal})
    );
}

/// Measures one side that nothing stands against, whatever threads it uses, and prints the time of one of its `count` parts.
#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "the result is the output, and a wait is measured on the clock")]
fn alone(rounds: usize, name: &str, goal_ns: u64, count: u64, work: &mut dyn FnMut()) {
    let on_the_clock = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        work();
        nanoseconds(start.elapsed())
    };
    let ours_ns = median((0..rounds.max(1)).map(|_| on_the_clock(work)).collect()) / count.max(1);
    println!("{}", json!({"name": name, "ours_ns": ours_ns, "goal_ns": goal_ns}));
}

fn timed(work: &mut dyn FnMut()) -> u64 {
    let start = ThreadTime::now();
    work();
    nanoseconds(start.elapsed())
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn median(mut times: Vec<u64>) -> u64 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or(0)
}
