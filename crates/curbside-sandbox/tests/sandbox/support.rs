//! Plug-ins written in the text format, and a sandbox for them.

use std::path::PathBuf;
use std::time::Duration;

use curbside_sandbox::{AnswerError, Breach, CallError, Compiler, Config, Limits, LoadError, Sandbox, Trap};

pub(crate) const DESCRIPTION: &str =
    r#"{"services":[{"id":"test","hook":"patient-view","description":"A test"}],"valueSets":["http://example.org/known"]}"#;
pub(crate) const DESCRIBE: &str = r#"(func (export "describe") (result i32) (i32.const 1024))"#;
pub(crate) const WELL_BEHAVED: &str = r#"(func (export "call") (param i32 i32 i32 i32) (result i32) (call $well_behaved))"#;
pub(crate) const REQUEST: &str =
    r#"{"hook":"patient-view","hookInstance":"d1577c69-dfbe-44ad-ba6d-3e05e953b2ea","context":{"patientId":"p"}}"#;
pub(crate) const AS_OF: &str = "2026-11-23T12:00:00Z";

/// A plug-in whose core module has these fields; `describe` is the usual one unless they bring their own.
pub(crate) fn component(fields: &str) -> Vec<u8> {
    component_describing(DESCRIPTION, fields)
}

pub(crate) fn component_describing(description: &str, fields: &str) -> Vec<u8> {
    let describe = if fields.contains(r#"(export "describe")"#) { "" } else { DESCRIBE };
    let length: String = u32::try_from(description.len()).unwrap().to_le_bytes().iter().map(|byte| format!("\\{byte:02x}")).collect();
    let text = include_str!("component.wat")
        .replace("{DESCRIPTION_LENGTH}", &length)
        .replace("{DESCRIPTION}", &description.replace('"', "\\\""))
        .replace("{FIELDS}", &format!("{describe}\n{fields}"));
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Tight limits, so that a battery takes seconds.
pub(crate) fn config() -> Config {
    let mut config = Config::new(compiler());
    config.limits = Limits {
        memory_bytes: 16 << 20,
        table_elements: 10_000,
        fuel: 50_000_000,
        request_bytes: 1 << 20,
        output_bytes: 256 << 10,
        host_calls: 1_000,
        log_bytes: 16 << 10,
        wall: Duration::from_secs(5),
    };
    config.ceiling = config.limits;
    config.load.compilation = Duration::from_secs(60);
    config.instances = 8;
    config
}

pub(crate) fn compiler() -> Compiler {
    Compiler::Child { program: PathBuf::from(env!("CARGO_BIN_EXE_curbside-compile")), arguments: Vec::new() }
}

pub(crate) fn sandbox() -> Sandbox {
    Sandbox::new(config()).unwrap()
}

/// The kind of a failure, as the batteries name it.
pub(crate) fn load_kind(error: &LoadError) -> String {
    match error {
        LoadError::Limit(breach) => limit(breach),
        LoadError::Describe(error) => format!("describe: {}", call_kind(error)),
        LoadError::Untrusted(_) => "untrusted".to_owned(),
        LoadError::Malformed(_) => "malformed".to_owned(),
        LoadError::CoreModule => "core module".to_owned(),
        LoadError::Import(name) => format!("import {name}"),
        LoadError::Export(name) => format!("export {name}"),
        LoadError::Contract(_) => "contract".to_owned(),
        LoadError::Description(_) => "description".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn call_kind(error: &CallError) -> String {
    match error {
        CallError::Limit(breach) => limit(breach),
        CallError::Trap(trap) => format!(
            "trap {}",
            match trap {
                Trap::Unreachable => "unreachable",
                Trap::OutOfBounds => "out-of-bounds",
                Trap::IndirectCall => "indirect-call",
                Trap::Arithmetic => "arithmetic",
                _ => "other",
            }
        ),
        CallError::Convention(_) => "convention".to_owned(),
        CallError::Answer(AnswerError::NotJson(_)) => "not JSON".to_owned(),
        CallError::Answer(_) => "not CDS Hooks".to_owned(),
        CallError::Refused(words) => format!("refused: {words}"),
        other => format!("{other:?}"),
    }
}

fn limit(breach: &Breach) -> String {
    assert!(breach.observed >= breach.allowed && breach.allowed > 0, "{breach:?}");
    format!("limit {}", breach.limit.name())
}
