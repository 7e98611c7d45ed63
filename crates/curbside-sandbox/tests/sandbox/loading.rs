//! What is refused before any of it runs: forbidden imports, broken files, files too big, and files that were written
//! to be slow to compile.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::{AS_OF, REQUEST, WELL_BEHAVED, call_kind, component, component_describing, config, load_kind, sandbox};
use curbside_sandbox::{Host, Level, Limit, LoadError, Quiet, Sandbox, inspect};

/// A component from text, whole.
fn whole(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

fn refused(wasm: &[u8]) -> String {
    load_kind(&sandbox().load(wasm).unwrap_err())
}

#[test]
fn forbidden_imports() {
    for name in [
        "wasi:filesystem/types@0.2.0",
        "wasi:cli/environment@0.2.0",
        "wasi:sockets/tcp@0.2.0",
        "wasi:clocks/wall-clock@0.2.0",
        "wasi:random/random@0.2.0",
        "curbside:cds/host@2.0.0",
        "curbside:cds/other@1.0.0",
    ] {
        let wasm = whole(&format!(r#"(component (import "{name}" (instance)))"#));
        assert_eq!(refused(&wasm), format!("import {name}"));
    }
    assert_eq!(refused(&whole(r#"(component (import "run" (func)))"#)), "import run");
}

#[test]
fn other_shapes_than_the_contract() {
    assert_eq!(refused(&whole("(module)")), "core module");
    assert_eq!(refused(&whole("(component)")), "export describe");
    // The right interface with a function that is not in it.
    let more = component(WELL_BEHAVED);
    let text = include_str!("component.wat");
    assert!(text.contains(r#"(export "as-of" (func (result string)))"#));
    let stranger = text
        .replace(r#"(export "as-of" (func (result string)))"#, r#"(export "as-of" (func (result u64)))"#)
        .replace("(import \"host\" \"as-of\" (func $as_of (param i32)))", "(import \"host\" \"as-of\" (func $as_of (result i64)))")
        .replace(r#"(canon lower (func $host "as-of") (memory $mem) (realloc $realloc))"#, r#"(canon lower (func $host "as-of"))"#)
        .replace("{FIELDS}", &format!("{}\n{WELL_BEHAVED}", crate::support::DESCRIBE));
    assert_eq!(refused(&whole(&stranger)), "contract");
    // An export of another type.
    let number = r#"(component
        (core module $m (func (export "f") (result i32) (i32.const 7)))
        (core instance $i (instantiate $m))
        (func (export "describe") (result u32) (canon lift (core func $i "f")))
        (func (export "call") (result u32) (canon lift (core func $i "f"))))"#;
    assert_eq!(refused(&whole(number)), "contract");
    sandbox().load(&more).unwrap();
}

#[test]
fn malformed_and_truncated() {
    let good = component(WELL_BEHAVED);
    let sandbox = sandbox();
    for length in (0..good.len()).step_by(7) {
        let error = sandbox.load(&good[..length]).unwrap_err();
        assert!(matches!(error, LoadError::Malformed(_) | LoadError::Export(_)), "{length} bytes: {error}");
    }
    // One byte changed, here and there: refused, or it runs into an error or an answer. Never a crash.
    let host: Arc<dyn Host> = Arc::new(Quiet);
    for at in (8..good.len()).step_by(11) {
        let mut bad = good.clone();
        bad[at] ^= 0x55;
        if let Ok(plugin) = sandbox.load(&bad) {
            drop(plugin.call("test", REQUEST, AS_OF, &host));
        }
    }
    assert_eq!(refused(b"\x7fELF and so on"), "malformed");
}

#[test]
fn giant_sections() {
    let mut config = config();
    config.load.data_bytes = 1 << 20;
    config.load.file_bytes = 8 << 20;
    let sandbox = Sandbox::new(config).unwrap();
    let refused = |wasm: &[u8]| load_kind(&sandbox.load(wasm).unwrap_err());
    let data = format!("(data (i32.const 8192) \"{}\")\n{WELL_BEHAVED}", "x".repeat(1_200_000));
    assert_eq!(refused(&component(&data)), "limit data");
    let data = format!("(data (i32.const 8192) \"{}\")\n{WELL_BEHAVED}", "x".repeat(9_000_000));
    assert_eq!(refused(&component(&data)), "limit file");
    let mut code = String::from("(func $big (result i32) (i32.const 0)");
    for _ in 0..200_000 {
        code.push_str(" (i32.add (i32.const 1))");
    }
    write!(code, ")\n{WELL_BEHAVED}").unwrap();
    assert_eq!(refused(&component(&code)), "limit function");
    let memory = whole(
        r#"(component (core module (memory 60000)) (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func (export "describe") (canon lift (core func $i "f"))) (func (export "call") (canon lift (core func $i "f"))))"#,
    );
    assert_eq!(refused(&memory), "limit memory");
    let table = whole(
        r#"(component (core module (table 9000000 funcref)) (core module $m (func (export "f"))) (core instance $i (instantiate $m))
        (func (export "describe") (canon lift (core func $i "f"))) (func (export "call") (canon lift (core func $i "f"))))"#,
    );
    assert_eq!(refused(&table), "limit table");
    let modules = format!("(component {})", "(core module)".repeat(150));
    assert_eq!(refused(&whole(&modules)), "limit modules");
}

#[test]
fn compile_time_bombs() {
    let start = Instant::now();
    let nested = format!("(func $deep {} {})\n{WELL_BEHAVED}", "(if (i32.const 1) (then".repeat(5_000), "))".repeat(5_000));
    assert_eq!(refused(&component(&nested)), "limit nesting");
    let many = format!("{}\n{WELL_BEHAVED}", "(func)".repeat(100_000));
    assert_eq!(refused(&component(&many)), "limit functions");
    assert!(start.elapsed() < Duration::from_secs(30), "it took {:?}", start.elapsed());
}

#[test]
fn a_slow_compilation_is_killed() {
    let mut config = config();
    config.load.compilation = Duration::from_millis(700);
    config.load.nesting = u64::MAX;
    config.load.function_bytes = u64::MAX;
    config.load.functions = u64::MAX;
    // Thousands of values alive at once across thousands of blocks.
    let mut bomb = String::from("(func $bomb (param i32) (result i32)");
    for local in 0..3_000 {
        write!(bomb, "(local $l{local} i32)").unwrap();
    }
    for block in 0..6_000 {
        write!(
            bomb,
            "(if (local.get 0) (then (local.set $l{} (i32.add (local.get $l{}) (local.get 0)))))",
            block % 3_000,
            (block * 7) % 3_000
        )
        .unwrap();
    }
    for local in 0..3_000 {
        write!(bomb, "(local.set 0 (i32.add (local.get 0) (local.get $l{local})))").unwrap();
    }
    write!(bomb, "(local.get 0))\n{WELL_BEHAVED}").unwrap();
    let start = Instant::now();
    let error = Sandbox::new(config).unwrap().load(&component(&bomb)).unwrap_err();
    let LoadError::Limit(breach) = error else { panic!("{error}") };
    assert_eq!((breach.limit, breach.allowed), (Limit::Compilation, 700));
    assert!(start.elapsed() < Duration::from_secs(20), "it took {:?}", start.elapsed());
}

#[test]
fn a_compiler_that_is_not_there_is_an_error() {
    let mut config = config();
    config.compiler = curbside_sandbox::Compiler::Child { program: "/nonexistent/compiler".into(), arguments: Vec::new() };
    let error = Sandbox::new(config).unwrap().load(&component(WELL_BEHAVED)).unwrap_err();
    assert!(matches!(&error, LoadError::Compile(why) if why.contains("/nonexistent/compiler")), "{error}");
}

#[test]
fn limits_are_granted_up_to_the_ceiling() {
    let mut config = config();
    config.ceiling.memory_bytes = 32 << 20;
    let sandbox = Sandbox::new(config).unwrap();
    let asking = |limits: &str| {
        let description = format!(r#"{{"services":[],"limits":{limits}}}"#);
        sandbox.load(&component_describing(&description, WELL_BEHAVED)).map(|plugin| *plugin.limits())
    };
    assert_eq!(asking(r#"{"memory_bytes": 20000000}"#).unwrap().memory_bytes, 20_000_000);
    assert_eq!(asking(r#"{"memory_bytes": 99000000000}"#).unwrap().memory_bytes, 32 << 20);
    assert_eq!(asking(r#"{"fuel": 1000, "wall_ms": 20}"#).unwrap().wall, Duration::from_millis(20));
    assert_eq!(load_kind(&asking(r#"{"instances": 1000}"#).unwrap_err()), "description");
}

#[test]
fn the_host_answers_what_it_is_asked() {
    struct Recording(std::sync::Mutex<Vec<String>>);
    impl Host for Recording {
        fn log(&self, level: Level, message: &str) {
            self.0.lock().unwrap().push(format!("{level:?} {message}"));
        }
        fn member_of(&self, value_set: &str, system: &str, code: &str) -> Option<bool> {
            self.0.lock().unwrap().push(format!("{value_set} {system} {code}"));
            Some(true)
        }
    }
    // It logs the date, asks about a declared value set and an undeclared one, and logs both answers as bytes.
    let wasm = component(
        r#"(data (i32.const 8192) "http://example.org/known") (data (i32.const 8300) "http://example.org/other") (data (i32.const 8400) "sc")
           (func (export "call") (param i32 i32 i32 i32) (result i32)
             (call $as_of (i32.const 512))
             (call $log (i32.const 1) (i32.load (i32.const 512)) (i32.load (i32.const 516)))
             (call $member_of (i32.const 8192) (i32.const 24) (i32.const 8400) (i32.const 1) (i32.const 8401) (i32.const 1) (i32.const 520))
             (call $member_of (i32.const 8300) (i32.const 24) (i32.const 8400) (i32.const 1) (i32.const 8401) (i32.const 1) (i32.const 522))
             (if (i32.ne (i32.load (i32.const 520)) (i32.const 0x0101)) (then (unreachable)))
             (call $well_behaved))"#,
    );
    let host = Arc::new(Recording(std::sync::Mutex::default()));
    let shared: Arc<dyn Host> = host.clone();
    let answer = sandbox().load(&wasm).unwrap().call("test", REQUEST, AS_OF, &shared);
    if let Err(error) = &answer {
        panic!("{}", call_kind(error));
    }
    assert_eq!(*host.0.lock().unwrap(), ["Info 2026-11-23T12:00:00Z", "http://example.org/known s c"]);
}

#[test]
fn a_file_can_be_looked_at_without_running_it() {
    let found = inspect(&component(WELL_BEHAVED), &config().load).unwrap();
    assert_eq!(found.imports, ["curbside:cds/host@1.0.0"]);
    assert_eq!(found.exports, ["describe", "call"]);
    assert_eq!((found.memory_bytes, found.signer), (131_072, None));
    assert!(found.functions >= 5 && found.modules >= 3);
}
