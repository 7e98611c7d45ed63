//! The engine's own count of its work: the same on both sides.

use std::collections::BTreeMap;
use std::sync::Arc;

use curbside_engine::exchange::wrap;
use curbside_engine::{CallInput, Error, MAX_STEPS};
use curbside_sandbox::{Breach, CallError, Host, Limit, Quiet};

use crate::pair::{AS_OF, everything, pair, root};

fn within(record: &str, max_steps: u64) -> String {
    wrap(record, Some("patient-view"), &CallInput { max_steps: Some(max_steps), ..CallInput::default() }).unwrap()
}

#[test]
fn too_few_steps_are_the_same_error_on_both_sides() {
    let record = std::fs::read_to_string(root().join("examples/patients/adult-two-failed-trials.json")).unwrap();
    let (mut refused, mut answered) = (0, 0);
    for steps in [0, 1, 2, 10, 50, 100, 200, 300, 500, 1_000, 2_000, 5_000, 20_000, MAX_STEPS] {
        match everything().same("steps", "", &within(&record, steps), AS_OF) {
            Ok(_) => answered += 1,
            Err(words) => {
                assert!(words.starts_with("limit of steps hit: at least "), "{words}");
                assert!(words.ends_with(&format!(" steps, {steps} allowed")), "{words}");
                refused += 1;
            }
        }
    }
    assert!(refused > 3 && answered > 1, "{refused} refused, {answered} answered");
    let host: Arc<dyn Host> = Arc::new(Quiet);
    let error = everything().sandboxed.call("", &within(&record, 10), AS_OF, &host).unwrap_err();
    let expected = everything().native.call("", &within(&record, 10), AS_OF).unwrap_err();
    let Error::Steps { observed, allowed } = expected else { panic!("{expected}") };
    assert_eq!(error, CallError::Limit(Breach { limit: Limit::Steps, observed, allowed }));
}

#[test]
fn an_expression_spends_what_it_uses() {
    let pack = |when: &str| -> BTreeMap<String, String> {
        let rule =
            format!("title: Busy\nsource: [{{claim: it counts, from: guess}}]\nwhen: {when}\ncard: {{indicator: info, summary: Busy}}\n");
        let services = "services: [{id: busy, hook: patient-view, description: Busy, rules: [busy]}]";
        let pack = format!("pack: busy\ntitle: Busy\nversion: 1.0.0\nsources: {{guess: {{title: A guess}}}}\n{services}\n");
        [("pack.yaml".to_owned(), pack), ("busy.yaml".to_owned(), rule)].into()
    };
    let entries: Vec<String> = (0..300)
        .map(|at| format!(r#"{{"resource":{{"resourceType":"Observation","id":"o{at}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/p"}}}}}}"#))
        .collect();
    let record = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{{"resourceType":"Patient","id":"p"}}}},{}]}}"#,
        entries.join(",")
    );
    // Every observation with every other one, and that again: far more than a rule is worth.
    let busy = pair(&[pack("{expr: \"Observation.all(%resource.exists() and Observation.where(status = 'final').exists())\"}")]);
    let enough = busy.same("enough", "", &within(&record, MAX_STEPS), AS_OF).unwrap();
    assert!(enough.contains("\"outcome\":\"met\"") || enough.contains("\"outcome\":\"unknown\""), "{enough}");
    for steps in [5, 100, 400] {
        let words = busy.same("too few", "", &within(&record, steps), AS_OF).unwrap_err();
        assert!(words.contains(&format!("{steps} allowed")), "{words}");
    }
}
