//! The example plug-ins, in every language: each answers with a card. `cargo xtask plugins` builds and tests them.

#![expect(clippy::disallowed_methods, reason = "the plug-ins are files")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use curbside_sandbox::{Compiler, Config, Host, Quiet, Sandbox};
use serde_json::{Value, json};

#[test]
fn each_answers_with_a_card() {
    let required = std::env::var_os("CURBSIDE_PLUGINS");
    let folder = required.as_ref().map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins"), PathBuf::from);
    let mut config = Config::new(Compiler::Child { program: env!("CARGO_BIN_EXE_curbside-compile").into(), arguments: Vec::new() });
    config.cache = Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
    let sandbox = Sandbox::new(config).unwrap();
    for language in ["Rust", "JavaScript", "Python"] {
        let path = folder.join(language.to_lowercase()).with_extension("wasm");
        let Ok(wasm) = std::fs::read(&path) else {
            assert!(required.is_none(), "{} is missing", path.display());
            eprintln!("SKIPPED: no {}; `cargo xtask plugins` builds it", path.display());
            continue;
        };
        let plugin = sandbox.load(&wasm).unwrap_or_else(|error| panic!("{language}: {error}"));
        let [service] = plugin.describe().services.as_slice() else { panic!("{language}: not one service") };
        assert_eq!(service.prefetch["medications"], "MedicationRequest?patient={{context.patientId}}");
        let host: Arc<dyn Host> = Arc::new(Quiet);
        let ask = |active: usize| -> Value {
            let answer = plugin.call(&service.id, &request(active), "2026-11-23", &host);
            serde_json::from_str(&answer.unwrap_or_else(|error| panic!("{language}: {error}"))).unwrap()
        };
        assert_eq!(ask(4), json!({"cards": []}), "{language}");
        let card = &ask(6)["cards"][0];
        assert_eq!(card["summary"], "6 active medication requests: consider a review", "{language}");
        assert_eq!(card["source"]["label"], format!("Example plug-in in {language}"));
    }
}

/// A request about a patient with this many active medication requests, and one that was stopped.
fn request(active: usize) -> String {
    let medication = |status: &str| json!({"resource": {"resourceType": "MedicationRequest", "status": status}});
    let mut entries = vec![medication("stopped")];
    entries.extend((0..active).map(|_| medication("active")));
    json!({
        "hook": "patient-view", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "context": {"patientId": "p", "userId": "Practitioner/x"},
        "prefetch": {"medications": {"resourceType": "Bundle", "type": "searchset", "entry": entries}}
    })
    .to_string()
}
