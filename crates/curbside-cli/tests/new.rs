//! What `new` writes works at once: it checks, and it says what its own cases say.

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are about files")]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn curbside(folder: &Path, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_curbside")).current_dir(folder).args(arguments).output().unwrap()
    }

    fn runs(folder: &Path, arguments: &[&str]) -> String {
        let output = curbside(folder, arguments);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {words}");
        assert!(!words.contains("warning["), "{arguments:?}: {words}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn outcomes(folder: &Path, record: &str) -> Vec<(String, String)> {
        fs::write(folder.join("patient.json"), record).unwrap();
        let answer = runs(folder, &["eval", "patient.json", "--at", "2026-11-23", "--format", "json"]);
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        let text = |decision: &serde_json::Value, key: &str| decision[key].as_str().unwrap().to_owned();
        let decisions = answer["decisions"].as_array().unwrap();
        decisions.iter().map(|decision| (text(decision, "rule"), text(decision, "outcome"))).collect()
    }

    #[test]
    fn a_new_pack_checks_and_decides() {
        let folder = folder("new-pack");
        runs(&folder, &["new", "pack", "diabetes"]);
        runs(&folder, &["check"]);
        let cases = runs(&folder, &["test"]);
        assert!(cases.contains("3 cases"), "{cases}");
        let record = r#"{"resourceType": "Bundle", "entry": [
            {"resource": {"resourceType": "Patient", "id": "p", "birthDate": "1966-01-01"}},
            {"resource": {"resourceType": "Condition", "id": "c", "clinicalStatus": {"coding": [{"code": "active"}]},
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10"}]}, "subject": {"reference": "Patient/p"}}}]}"#;
        assert_eq!(outcomes(&folder, record), [("diabetes-bp-due".to_owned(), "met".to_owned())]);
    }

    #[test]
    fn a_new_rule_is_listed_in_either_style() {
        for (name, rules) in [("block", "\n      - one"), ("flow", " [one]")] {
            let folder = folder(&format!("new-rule-{name}"));
            let pack = folder.join("rules/p");
            fs::create_dir_all(&pack).unwrap();
            let text = format!(
                "pack: p # mine\ntitle: P\nversion: 1.0.0\nservices:\n  - id: p-view\n    hook: patient-view\n    description: All\n    rules:{rules}\n"
            );
            fs::write(pack.join("pack.yaml"), text).unwrap();
            fs::write(pack.join("one.yaml"), "title: One\nwhen: {age: {less_than: 1 years}}\n").unwrap();
            let output = curbside(&folder, &["new", "rule", "two"]);
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
            let listed = fs::read_to_string(pack.join("pack.yaml")).unwrap();
            assert!(listed.contains("# mine"), "{listed}");
            let record = r#"{"resourceType": "Patient", "id": "p", "birthDate": "1966-01-01"}"#;
            fs::write(folder.join("p.json"), record).unwrap();
            let answer = curbside(&folder, &["eval", "p.json", "--at", "2026-11-23", "--format", "json"]);
            let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
            assert_eq!(answer["decisions"][1]["rule"], "two", "{listed}");
            assert_eq!(answer["decisions"][1]["outcome"], "met");
            assert_eq!(answer["cards"], serde_json::json!([]), "a draft speaks to nobody");
        }
    }

    #[test]
    fn nothing_is_overwritten_and_names_are_checked() {
        let folder = folder("new-twice");
        runs(&folder, &["new", "pack", "twice"]);
        fs::write(folder.join("rules/twice/pack.yaml"), "changed").unwrap();
        assert_eq!(curbside(&folder, &["new", "pack", "twice"]).status.code(), Some(2));
        assert_eq!(fs::read_to_string(folder.join("rules/twice/pack.yaml")).unwrap(), "changed");
        for name in ["../escape", "Capital", "1st", "", "with space", "end-"] {
            assert_eq!(curbside(&folder, &["new", "pack", name]).status.code(), Some(2), "{name}");
        }
        let output = curbside(&folder, &["eval", "nothing.json", "--rules", "none"]);
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains("--rules") && words.contains("curbside new pack"), "{words}");
    }
}
