//! Building packs: their cases first.

use std::path::Path;

use crate::support::{copy, curbside, data, folder, here, words};

#[test]
fn a_pack_whose_cases_fail_is_not_built() {
    let folder = folder("failing");
    let (pack, file) = (folder.join("pack"), folder.join("mood.wasm"));
    copy(Path::new(&here("packs/mood")), &pack);
    let case = pack.join("tests/mood.yaml");
    std::fs::write(&case, std::fs::read_to_string(&case).unwrap().replace("value: 22", "value: 2")).unwrap();
    let output = curbside(&["build", &pack.to_string_lossy(), "-o", &file.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(words(&output).contains("1 cases fail, so nothing is built"), "{}", words(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("mood-severe: expected met, got not-met"));
    assert!(!file.exists());
}

#[test]
fn the_same_pack_gives_the_same_bytes_and_says_how_many_cases_pass() {
    let folder = folder("bytes");
    let [first, second] = ["first.wasm", "second.wasm"].map(|name| folder.join(name));
    for file in [&first, &second] {
        let output = curbside(&["build", &here("packs/mood"), "-o", &file.to_string_lossy()]);
        assert!(words(&output).contains("mood 1.2.0, 2 cases pass, "), "{}", words(&output));
    }
    assert!(std::fs::read(first).unwrap() == std::fs::read(second).unwrap());
}

#[test]
fn a_parameter_is_set_in_the_packs_that_have_it() {
    let folder = folder("several");
    copy(Path::new(&here("packs/mood")), &folder.join("packs/mood"));
    copy(Path::new(&here("packs/unsigned")), &folder.join("packs/unsigned"));
    let (packs, file) = (folder.join("packs").to_string_lossy().into_owned(), folder.join("both.wasm").to_string_lossy().into_owned());
    data(&curbside(&["build", &packs, "-o", &file]));
    let eval = |rules: &str, parameter: &str| {
        let input = here("../../../examples/patients/adult-two-failed-trials.json");
        curbside(&["eval", &input, "--at", "2026-11-23", "--format", "json", "--rules", rules, "--param", parameter])
    };
    let set = "min_trial_days=84 days";
    assert_eq!(data(&eval(&packs, set)), data(&eval(&file, set)));
    for wrong in ["min_trial_day=84 days", "min_trial_days=1000 days"] {
        assert_eq!(eval(&packs, wrong).status.code(), Some(2));
        let output = eval(&file, wrong);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{}", words(&output));
    }
    assert!(words(&eval(&file, "min_trial_day=84 days")).contains("did you mean `min_trial_days`"));
    assert!(data(&curbside(&["test", &file])).contains("2 cases"));
}
