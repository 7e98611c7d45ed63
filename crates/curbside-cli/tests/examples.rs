//! The example patients show what their names say.

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use serde_json::Value;

    /// The outcome of rules, and the cards with their indicators, of one example.
    fn answer(name: &str) -> (Vec<(String, String)>, Vec<String>) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut command = Command::new(env!("CARGO_BIN_EXE_curbside"));
        command.current_dir(root).args(["eval", &format!("examples/patients/{name}.json"), "--at", "2026-11-23", "--format", "json"]);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let decisions = answer["decisions"].as_array().unwrap().iter();
        let cards = answer["cards"].as_array().unwrap().iter();
        (
            decisions.map(|decision| (text(&decision["rule"]), text(&decision["outcome"]))).collect(),
            cards.map(|card| format!("{} {}", text(&card["indicator"]), text(&card["source"]["topic"]["code"]))).collect(),
        )
    }

    #[test]
    fn the_examples_show_what_their_names_say() {
        let examples: [(&str, &str, &str, &[&str]); 5] = [
            ("adult-two-failed-trials", "trd-eligible", "met", &["info trd-eligible"]),
            ("adult-dose-not-recorded", "trd-eligible", "unknown", &["info trd-review-needed"]),
            ("seventeen-years-old", "trd-under-18-info", "met", &["info trd-under-18-info"]),
            ("no-depression", "trd-eligible", "not-met", &["info bp-above-goal"]),
            ("order-with-aneurysm", "contra-aneurysm-avm", "met", &["critical contra-aneurysm-avm"]),
        ];
        for (name, rule, outcome, cards) in examples {
            let (decisions, shown) = answer(name);
            let found = decisions.iter().find(|(id, _)| id == rule).map(|(_, outcome)| outcome.as_str());
            assert_eq!(found, Some(outcome), "{name}: {rule}");
            assert_eq!(shown.first().map(String::as_str), cards.first().copied(), "{name}: {shown:?}");
        }
    }
}
