//! Packs and plug-ins in the sandbox, from the command line: the same bytes as in process, and nothing unsigned where
//! keys are configured.

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "packs and keys are files")]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    fn here(path: &str) -> String {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path).to_string_lossy().into_owned()
    }

    /// Runs the command; compiled code is kept over all tests.
    fn curbside(arguments: &[&str]) -> Output {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        Command::new(env!("CARGO_BIN_EXE_curbside"))
            .args(arguments)
            .env("XDG_CACHE_HOME", cache)
            .env_remove("CURBSIDE_TRUSTED_KEYS")
            .output()
            .unwrap()
    }

    fn data(output: &Output) -> String {
        assert!(output.status.success(), "{}", words(output));
        String::from_utf8(output.stdout.clone()).unwrap()
    }

    fn words(output: &Output) -> String {
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox").join(name);
        std::fs::remove_dir_all(&folder).ok();
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn built(folder: &Path, more: &[&str]) -> String {
        let file = folder.join("mood.wasm").to_string_lossy().into_owned();
        let output = curbside(&[&["build", &here("packs/mood"), "-o", &file], more].concat());
        assert!(output.status.success(), "{}", words(&output));
        file
    }

    #[test]
    fn the_same_bytes_in_process_and_sandboxed() {
        let wasm = built(&folder("same"), &[]);
        let inputs =
            [here("data/aneurysm.json"), here("data/population.ndjson"), here("data/local-codes.json"), here("../../../examples/patients")];
        let context = here("data/context.json");
        for options in [vec![], vec!["--hook", "order-sign"], vec!["--context", &context]] {
            for input in inputs.iter().filter(|input| Path::new(input).exists()) {
                for format in ["json", "cards"] {
                    let ask = |rules: &[&str]| {
                        let common = ["eval", input, "--at", "2026-11-23", "--format", format];
                        curbside(&[&common, &options[..], rules].concat())
                    };
                    let native = ask(&["--rules", &here("packs/mood")]);
                    for sandboxed in [ask(&["--rules", &here("packs/mood"), "--sandbox"]), ask(&["--rules", &wasm])] {
                        assert_eq!(sandboxed.status.code(), native.status.code(), "{input}: {}", words(&sandboxed));
                        assert!(
                            sandboxed.stdout == native.stdout,
                            "{input} {options:?}:\n{}\n{}",
                            String::from_utf8_lossy(&native.stdout),
                            String::from_utf8_lossy(&sandboxed.stdout)
                        );
                    }
                }
            }
        }
        let page = data(&curbside(&["eval", &inputs[0], "--at", "2026-11-23", "--rules", &wasm]));
        assert!(page.contains("mood-"), "{page}");
    }

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

        let eval = |rules: &[&str]| {
            curbside(&[&["eval", &input, "--at", "2026-11-23", "--format", "json", "--trusted-key", &public], rules].concat())
        };
        data(&eval(&["--rules", &signed]));
        for refused in [
            &["--rules", &unsigned][..],
            &["--rules", &here("packs/mood")],
            &["--rules", &here("packs/mood"), "--sandbox"],
            &["--rules", &signed, "--plugin", &unsigned],
        ] {
            let output = eval(refused);
            assert_eq!(output.status.code(), Some(1), "{refused:?}");
            assert!(words(&output).contains("sign"), "{}", words(&output));
        }
        let explained = curbside(&["explain", "mood-severe", &input, "--rules", &here("packs/mood"), "--trusted-key", &public]);
        assert_eq!(explained.status.code(), Some(1), "{}", words(&explained));
        // A changed byte, in the content or in the signature.
        let good = std::fs::read(&signed).unwrap();
        for at in [good.len() / 2, good.len() - 3] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            std::fs::write(&signed, bad).unwrap();
            assert_eq!(eval(&["--rules", &signed]).status.code(), Some(1));
        }
    }

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
}
