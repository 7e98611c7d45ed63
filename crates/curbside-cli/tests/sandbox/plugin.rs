//! Looking at plug-ins, and starting one.

use crate::support::{built, curbside, data, folder, here};

#[test]
fn a_plugin_is_inspected() {
    let wasm = built(&folder("inspect"), &[]);
    let page = data(&curbside(&["inspect", &wasm]));
    assert!(
        page.contains("pack        mood 1.2.0") && page.contains("signed by   nobody") && page.contains("curbside:cds/host@1.0.0"),
        "{page}"
    );
    let json: serde_json::Value = serde_json::from_str(&data(&curbside(&["inspect", &wasm, "--format", "json"]))).unwrap();
    assert_eq!(json["pack"]["packs"][0]["id"], "mood");
    assert_eq!(json["description"]["services"][0]["hook"], "patient-view");
    assert_eq!(curbside(&["inspect", &here("data/aneurysm.json")]).status.code(), Some(1));
}

#[test]
fn a_new_plugin_has_the_contract() {
    let folder = folder("plugin");
    let target = folder.to_string_lossy();
    assert!(curbside(&["plugin", "new", "renal-dosing", "--folder", &target]).status.success());
    let contract = std::fs::read_to_string(folder.join("renal-dosing/wit/cds.wit")).unwrap();
    assert!(contract.contains("package curbside:cds@1.0.0"));
    assert!(std::fs::read_to_string(folder.join("renal-dosing/src/lib.rs")).unwrap().contains("\"id\": \"renal-dosing\""));
    assert_eq!(curbside(&["plugin", "new", "renal-dosing", "--folder", &target]).status.code(), Some(2));
    assert_eq!(curbside(&["plugin", "new", "../x", "--folder", &target]).status.code(), Some(2));
}
