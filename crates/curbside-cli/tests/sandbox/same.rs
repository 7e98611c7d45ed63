//! The same bytes in process, from a folder in the sandbox, and from a `.wasm`.

use std::path::Path;

use crate::support::{built, copy, curbside, data, folder, here, text, words};

/// Runs a command on a folder of rules, on the same in the sandbox, and on its `.wasm`; what comes out is the same, and so
/// is the status. Places in the files of the `.wasm` begin with its own name.
fn same(command: &[&str], rules: &str, wasm: &str) -> String {
    let rules_of = |rules: &str| if command[0] == "test" { vec![rules.to_owned()] } else { vec!["--rules".to_owned(), rules.to_owned()] };
    let run = |rules: &str, more: &[&str]| {
        let rules = rules_of(rules);
        curbside(&[command, &rules.iter().map(String::as_str).collect::<Vec<_>>(), more].concat())
    };
    let native = run(rules, &[]);
    for (name, sandboxed) in [("--sandbox", run(rules, &["--sandbox"])), (".wasm", run(wasm, &[]))] {
        assert_eq!(sandboxed.status.code(), native.status.code(), "{command:?} {name}: {}", words(&sandboxed));
        let said = text(&sandboxed).replace(wasm, rules);
        assert!(said == text(&native), "{command:?} {name}:\n{}\n{said}", text(&native));
    }
    text(&native)
}

#[test]
fn eval() {
    let (wasm, rules) = (built(&folder("eval"), &[]), here("packs/mood"));
    let inputs = ["data/aneurysm.json", "data/population.ndjson", "data/local-codes.json", "../../../examples/patients"].map(here);
    let context = here("data/context.json");
    for options in [vec![], vec!["--hook", "order-sign"], vec!["--context", &context]] {
        for input in &inputs {
            same(&[&["eval", input, "--at", "2026-11-23", "--format", "json"], &options[..]].concat(), &rules, &wasm);
        }
        for format in ["cards", "text"] {
            same(&[&["eval", &inputs[0], "--at", "2026-11-23", "--format", format], &options[..]].concat(), &rules, &wasm);
        }
    }
    let page = same(&["eval", &inputs[3], "--at", "2026-11-23"], &rules, &wasm);
    assert!(page.contains("Two failed antidepressants") && page.contains("█") && page.contains("awaits clinical sign-off"), "{page}");
}

#[test]
fn explain() {
    let (wasm, rules) = (built(&folder("explain"), &[]), here("packs/mood"));
    let patient = here("../../../examples/patients/adult-two-failed-trials.json");
    let context = here("data/context.json");
    for rule in ["mood-two-trials", "mood-severe", "mood-no-score", "mood-aneurysm"] {
        for format in ["json", "text"] {
            same(&["explain", rule, &patient, "--at", "2026-11-23", "--format", format, "--all"], &rules, &wasm);
        }
    }
    for options in [["--hook", "order-sign"], ["--context", &context]] {
        same(&[&["explain", "mood-aneurysm", &patient, "--at", "2026-11-23"], &options[..]].concat(), &rules, &wasm);
    }
    let page = same(&["explain", "mood-two-trials", &patient, "--at", "2026-11-23"], &rules, &wasm);
    assert!(page.contains("█") && page.contains("define/trials.yaml:4"), "{page}");
    let nobody = same(&["explain", "mood-severe", &here("data/two-patients.json")], &rules, &wasm);
    assert!(nobody.is_empty());
}

#[test]
fn test() {
    let folder = folder("test");
    for format in ["text", "json", "junit"] {
        same(&["test", "--format", format], &here("packs/mood"), &built(&folder, &[]));
    }
    // Cases that fail, one of them with a record of its own, once the pack says otherwise.
    let pack = folder.join("pack");
    copy(Path::new(&here("packs/mood")), &pack);
    let record = std::fs::read_to_string(here("../../../examples/patients/adult-two-failed-trials.json")).unwrap();
    std::fs::write(pack.join("tests/record.json"), record).unwrap();
    let case = "\n  - case: a record\n    bundle: record.json\n    expect: {mood-two-trials: met}\n    facts: {failed_trials: true}\n";
    let cases = std::fs::read_to_string(pack.join("tests/mood.yaml")).unwrap() + case;
    std::fs::write(pack.join("tests/mood.yaml"), cases).unwrap();
    let (rules, wasm) = (pack.to_string_lossy().into_owned(), folder.join("other.wasm").to_string_lossy().into_owned());
    assert!(words(&curbside(&["build", &rules, "-o", &wasm])).contains("3 cases pass"));
    assert!(same(&["test"], &rules, &wasm).contains("3 cases"));
    for (file, from, to) in [("mood-severe.yaml", "\"20\"", "\"23\""), ("define/trials.yaml", "at_least: 2\n", "at_least: 3\n")] {
        let text = std::fs::read_to_string(pack.join(file)).unwrap();
        assert!(text.contains(from));
        std::fs::write(pack.join(file), text.replace(from, to)).unwrap();
    }
    for format in ["text", "json", "junit"] {
        let [native, sandboxed] = [&[][..], &["--sandbox"]].map(|more| curbside(&[&["test", &rules, "--format", format], more].concat()));
        assert_eq!((native.status.code(), sandboxed.status.code()), (Some(1), Some(1)), "{}", words(&sandboxed));
        assert_eq!(text(&native), text(&sandboxed));
        assert!(text(&native).contains("failed trials") || text(&native).contains("failed_trials"), "{}", text(&native));
    }
}

#[test]
fn the_packs_of_the_repository_pass_their_cases_in_the_sandbox() {
    let page = data(&curbside(&["test", &here("../../../rules"), "--sandbox"]));
    assert_eq!(page, data(&curbside(&["test", &here("../../../rules")])));
}

#[test]
fn replay() {
    let folder = folder("replay");
    let (wasm, rules) = (built(&folder, &[]), here("packs/mood"));
    let inputs = [here("data/population.ndjson"), here("data/two-patients.json"), here("../../../examples/patients")];
    let decisions = |name: &str| folder.join(name).with_extension("ndjson").to_string_lossy().into_owned();
    let (stored, other) = (decisions("stored"), decisions("other"));
    let common = ["replay", &inputs[0], &inputs[1], &inputs[2], "--at", "2026-11-23"];
    for options in [&[][..], &["--format", "json"], &["-o", "-"], &["--client", "omit"], &["--against-param", "min_trial_days=84 days"]] {
        let said = same(&[&common, options].concat(), &rules, &wasm);
        assert!(!said.is_empty(), "{options:?}");
    }
    data(&curbside(&[&common, &["--rules", &rules, "-o", &stored][..]].concat()));
    data(&curbside(&[&common, &["--rules", &wasm, "-o", &other][..]].concat()));
    assert_eq!(std::fs::read(&stored).unwrap(), std::fs::read(&other).unwrap());
    data(&curbside(&[&common, &["--rules", &rules, "--sandbox", "--expect", &stored][..]].concat()));
}
