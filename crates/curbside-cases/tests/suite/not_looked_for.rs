//! What the sender of a request did not look for leaves open what it would tell.

use serde_json::Value;

use crate::files;

/// Requests of `tests/not-looked-for`, each without one key, and what they leave open.
const OPEN: &[(&str, &[&str])] = &[
    ("without-administrations", &["side-effect-bladder"]),
    ("without-questionnaires", &["response-assessment-due", "suicide-risk-flag"]),
    ("without-orders", &["side-effect-bladder", "response-assessment-due"]),
];

#[test]
fn what_was_not_looked_for_is_unknown() {
    let engine = files::trd();
    let requests = files::files(&files::root().join("crates/curbside-cases/tests/not-looked-for"));
    for (name, rules) in OPEN {
        let answer = engine.call("", &requests[&format!("{name}.json")], "2026-11-23").unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let decisions = answer["extension"]["org.curbside.result"]["decisions"].as_array().unwrap();
        for rule in *rules {
            let decision = decisions.iter().find(|decision| decision["rule"] == *rule).unwrap();
            assert_eq!(decision["outcome"], "unknown", "{name}: {rule}");
        }
    }
}
