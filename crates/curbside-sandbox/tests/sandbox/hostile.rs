//! The battery of hostile plug-ins: each ends in its own typed error, within its limits, and beside it a
//! well-behaved neighbour keeps answering. `tests/hostile/*.wat` hold what is written by hand; each says in its
//! first line where it must end and how.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::{AS_OF, REQUEST, WELL_BEHAVED, call_kind, component, config, load_kind, sandbox};
use curbside_sandbox::{CallError, Host, Limit, LoadError, Plugin, Quiet, Sandbox};

/// A hostile plug-in and the end it must come to.
struct Attack {
    name: String,
    wasm: Vec<u8>,
    expected: String,
}

fn attacks() -> Vec<Attack> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 30);
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let expected = text.lines().next().unwrap().strip_prefix(";; ").unwrap().to_owned();
        Attack { name: path.file_stem().unwrap().to_string_lossy().into_owned(), wasm: component(&text), expected }
    };
    files.iter().map(read).collect()
}

/// Where a plug-in ends, as the battery writes it.
fn end(sandbox: &Sandbox, wasm: &[u8]) -> String {
    match sandbox.load(wasm) {
        Err(error) => format!("load: {}", load_kind(&error)),
        Ok(plugin) => match call(&plugin) {
            Ok(answer) => format!("call: answered {answer}"),
            Err(error) => format!("call: {}", call_kind(&error)),
        },
    }
}

fn call(plugin: &Plugin) -> Result<String, CallError> {
    let host: Arc<dyn Host> = Arc::new(Quiet);
    plugin.call("test", REQUEST, AS_OF, &host)
}

#[test]
fn each_attack_ends_in_its_own_error_and_the_neighbour_keeps_answering() {
    let sandbox = sandbox();
    let neighbour = sandbox.load(&component(WELL_BEHAVED)).unwrap();
    let attacks = attacks();
    let alone = median((0..200).map(|_| timed(&neighbour)).collect());
    let stop = AtomicBool::new(false);
    let (ends, beside) = std::thread::scope(|scope| {
        let neighbour = scope.spawn(|| {
            let mut times = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                times.push(timed(&neighbour));
                std::thread::sleep(Duration::from_micros(200));
            }
            times
        });
        let ends: Vec<String> = attacks.iter().map(|attack| end(&sandbox, &attack.wasm)).collect();
        stop.store(true, Ordering::Relaxed);
        (ends, neighbour.join().unwrap())
    });
    let wrong: Vec<String> = attacks
        .iter()
        .zip(&ends)
        .filter(|(attack, end)| attack.expected != **end)
        .map(|(attack, end)| format!("{}: expected `{}`, got `{end}`", attack.name, attack.expected))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let calls = beside.len();
    let during = median(beside);
    eprintln!("{} attacks; the neighbour answered {calls} times, median {during:?}, alone {alone:?}", attacks.len());
    assert!(calls > 100, "the neighbour answered {calls} times only");
    assert!(during < alone * 20 + Duration::from_millis(5), "the neighbour took {during:?} during the attacks, {alone:?} alone");
}

/// How long a well-behaved call takes; it must be answered rightly.
fn timed(plugin: &Plugin) -> Duration {
    let start = Instant::now();
    let answer = call(plugin).unwrap();
    assert!(answer.contains("Well behaved"), "{answer}");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn memory_comes_back() {
    let sandbox = sandbox();
    let plugins: Vec<Plugin> = attacks().iter().filter_map(|attack| sandbox.load(&attack.wasm).ok()).collect();
    let round = || plugins.iter().for_each(|plugin| drop(call(plugin)));
    round();
    let before = resident_kib();
    (0..3).for_each(|_| round());
    let neighbour = sandbox.load(&component(WELL_BEHAVED)).unwrap();
    (0..10_000).for_each(|_| drop(call(&neighbour).unwrap()));
    let after = resident_kib();
    assert!(after < before + 24 * 1024, "resident memory went from {before} KiB to {after} KiB");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn the_clock_is_a_backstop() {
    let mut config = config();
    config.limits.fuel = u64::MAX;
    config.limits.wall = Duration::from_millis(60);
    config.ceiling = config.limits;
    let sandbox = Sandbox::new(config).unwrap();
    let plugin = sandbox.load(&component(include_str!("../hostile/infinite-loop.wat"))).unwrap();
    let start = Instant::now();
    let Err(CallError::Limit(breach)) = call(&plugin) else { panic!("no limit was hit") };
    assert_eq!((breach.limit, breach.allowed), (Limit::Wall, 60));
    assert!(breach.observed >= 60, "{breach:?}");
    assert!(start.elapsed() < Duration::from_secs(2), "it took {:?}", start.elapsed());
    // A start function that never ends meets the same clock.
    let error = sandbox.load(&component(include_str!("../hostile/infinite-loop-in-start.wat"))).unwrap_err();
    assert_eq!(load_kind(&error), "describe: limit wall-time");
}

#[test]
fn no_more_instances_than_allowed() {
    let mut config = config();
    config.instances = 1;
    config.limits.fuel = u64::MAX;
    config.limits.wall = Duration::from_millis(400);
    config.ceiling = config.limits;
    let sandbox = Sandbox::new(config).unwrap();
    let neighbour = sandbox.load(&component(WELL_BEHAVED)).unwrap();
    let busy = sandbox.load(&component(include_str!("../hostile/infinite-loop.wat"))).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| call(&busy).unwrap_err());
        std::thread::sleep(Duration::from_millis(100));
        let Err(CallError::Limit(breach)) = call(&neighbour) else { panic!("there was room for two") };
        assert_eq!((breach.limit, breach.observed, breach.allowed), (Limit::Instances, 2, 1));
    });
    call(&neighbour).unwrap();
}

#[test]
fn nothing_is_kept_from_one_call_for_the_next() {
    // It answers well the first time, and keeps that in a global and in memory; a second time it would refuse.
    let wasm = component(
        r#"(global $calls (mut i32) (i32.const 0))
           (func (export "call") (param i32 i32 i32 i32) (result i32)
             (if (i32.or (global.get $calls) (i32.load (i32.const 60000))) (then (unreachable)))
             (global.set $calls (i32.const 1))
             (i32.store (i32.const 60000) (i32.const 1))
             (call $well_behaved))"#,
    );
    let plugin = sandbox().load(&wasm).unwrap();
    for _ in 0..100 {
        call(&plugin).unwrap();
    }
}

#[test]
fn a_request_that_is_too_long_is_not_taken() {
    let plugin = sandbox().load(&component(WELL_BEHAVED)).unwrap();
    let host: Arc<dyn Host> = Arc::new(Quiet);
    let error = plugin.call("test", &" ".repeat((1 << 20) + 1), AS_OF, &host).unwrap_err();
    assert_eq!(call_kind(&error), "limit request");
    assert_eq!(plugin.call("other", REQUEST, AS_OF, &host), Err(CallError::NoService("other".to_owned())));
}

#[test]
fn work_is_the_same_each_time() {
    let mut config = config();
    config.limits.fuel = 10_000;
    config.ceiling = config.limits;
    let counting = component(
        r#"(func (export "call") (param i32 i32 i32 i32) (result i32)
             (local i32)
             (loop $l (br_if $l (i32.lt_u (local.tee 4 (i32.add (local.get 4) (i32.const 1))) (i32.const 900))))
             (call $well_behaved))"#,
    );
    let plugin = Sandbox::new(config.clone()).unwrap().load(&counting).unwrap();
    (0..20).for_each(|_| drop(call(&plugin).unwrap()));
    config.limits.fuel = 3_000;
    config.ceiling = config.limits;
    let plugin = Sandbox::new(config).unwrap().load(&counting).unwrap();
    (0..20).for_each(|_| assert_eq!(call_kind(&call(&plugin).unwrap_err()), "limit work"));
}

#[test]
fn a_fault_in_loading_is_not_a_fault_in_the_sandbox() {
    assert!(matches!(sandbox().load(b""), Err(LoadError::Malformed(_))));
}
