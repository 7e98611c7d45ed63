//! Where keys are configured nothing unsigned runs, by any path.

use crate::support::{built, command, curbside, data, folder, here, words};

#[test]
fn nothing_unsigned_runs_where_keys_are_configured() {
    let folder = folder("keys");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (key, public, other, input) = (path("key.pem"), path("key.pub.pem"), path("other.pem"), here("data/aneurysm.json"));
    for key in [&key, &other] {
        assert!(curbside(&["sign", "--new-key", key]).status.success());
    }
    let unsigned = built(&folder, &[]);
    let signed = path("signed.wasm");
    std::fs::copy(&unsigned, &signed).unwrap();
    assert!(curbside(&["sign", &signed, "--key", &key]).status.success());
    assert!(curbside(&["verify", &signed, "--key", &public]).status.success());
    assert_eq!(curbside(&["verify", &signed, "--key", &path("other.pub.pem")]).status.code(), Some(1));
    assert_eq!(curbside(&["verify", &unsigned, "--key", &public]).status.code(), Some(1));

    let pack = here("packs/mood");
    let commands: [&[&str]; 4] = [
        &["eval", &input, "--at", "2026-11-23", "--format", "json", "--rules"],
        &["explain", "mood-severe", &input, "--rules"],
        &["replay", &input, "--at", "2026-11-23", "--rules"],
        &["test"],
    ];
    for command in commands {
        let run = |more: &[&str]| curbside(&[command, more, &["--trusted-key", &public]].concat());
        data(&run(&[&signed]));
        for refused in [&[unsigned.as_str()][..], &[&pack], &[&pack, "--sandbox"]] {
            let output = run(refused);
            assert_eq!(output.status.code(), Some(1), "{command:?} {refused:?}");
            assert!(words(&output).contains("sign"), "{}", words(&output));
            assert!(output.stdout.is_empty());
        }
    }
    let with_plugin = ["eval", &input, "--rules", &signed, "--plugin", &unsigned, "--trusted-key", &public];
    assert_eq!(curbside(&with_plugin).status.code(), Some(1));
    // A changed byte, in the content or in the signature.
    let good = std::fs::read(&signed).unwrap();
    for at in [good.len() / 2, good.len() - 3] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&signed, bad).unwrap();
        assert_eq!(curbside(&["eval", &input, "--rules", &signed, "--trusted-key", &public]).status.code(), Some(1));
    }
}

#[test]
fn keys_of_the_environment_hold_for_every_command() {
    let folder = folder("environment");
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (key, public, other, input) = (path("key.pem"), path("key.pub.pem"), path("other.pem"), here("data/aneurysm.json"));
    for key in [&key, &other] {
        assert!(curbside(&["sign", "--new-key", key]).status.success());
    }
    let run = |arguments: &[&str]| command(arguments).env("CURBSIDE_TRUSTED_KEYS", &public).output().unwrap();
    let (pack, file) = (here("packs/mood"), path("mood.wasm"));
    let against = ["replay", &input, "--rules", &file, "--against", &pack];
    for refused in [
        &["test", &pack][..],
        &["coverage", &pack],
        &["mutate", &pack],
        &["build", &pack, "-o", &file],
        &["build", &pack, "-o", &file, "--sign", &other],
        &["eval", &input, "--rules", &pack],
        &["replay", &input, "--rules", &pack],
    ] {
        let output = run(refused);
        assert_eq!(output.status.code(), Some(1), "{refused:?}: {}", words(&output));
        assert!(words(&output).contains("carries no signature"), "{}", words(&output));
    }
    // Whoever may sign may build.
    data(&run(&["build", &pack, "-o", &file, "--sign", &key]));
    data(&run(&["test", &file]));
    assert_eq!(run(&against).status.code(), Some(1));
}
