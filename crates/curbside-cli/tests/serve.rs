//! `serve`, `record` and `rules` as an operator runs them: processes, files, and the lines they print.

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "servers are processes, and tests wait for them")]
mod tests {
    use std::fs;
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpStream;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Output, Stdio};
    use std::time::Duration;

    const REQUEST: &str = "examples/requests/patient-view.json";

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
    }

    fn folder(name: &str) -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("serve").join(name);
        fs::remove_dir_all(&folder).ok();
        fs::create_dir_all(&folder).unwrap();
        folder.canonicalize().unwrap()
    }

    /// The command, in the folder of the project; compiled code is kept over all tests.
    fn curbside(arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_curbside"));
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
        command.args(arguments).current_dir(root()).env("XDG_CACHE_HOME", cache).env_remove("CURBSIDE_TRUSTED_KEYS");
        command
    }

    fn data(output: Output) -> String {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A server with its state in a folder; its greeting has been read.
    struct Server {
        child: Child,
        greeting: Vec<String>,
        address: String,
    }

    impl Server {
        fn start(command: &[&str], rules: &Path, folder: &Path) -> Self {
            let db = format!("sqlite:{}", folder.join("state.db").display());
            let common = ["--listen", "127.0.0.1:0", "--rules", rules.to_str().unwrap(), "--db", &db];
            let mut child = curbside(&[command, &common].concat()).stderr(Stdio::piped()).spawn().unwrap();
            let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
            let first = lines.by_ref().find(|line| line.starts_with("curbside answers at")).unwrap();
            let address = first.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
            let mut greeting = vec![first];
            for line in lines.by_ref() {
                let is_last = line.contains("awaits clinical sign-off");
                greeting.push(line);
                if is_last {
                    break;
                }
            }
            std::thread::spawn(move || lines.for_each(drop));
            Self { child, greeting, address }
        }

        /// Head and body of an answer.
        fn ask(&self, head: &str, body: &[u8]) -> (String, String) {
            let mut stream = TcpStream::connect(&self.address).unwrap();
            let length = body.len();
            let kind = "Content-Type: application/json\r\nConnection: close";
            write!(stream, "{head} HTTP/1.1\r\nHost: {}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n", self.address).unwrap();
            stream.write_all(body).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            (head.to_owned(), body.to_owned())
        }

        fn call(&self) -> (String, String) {
            let (head, body) = self.ask("POST /cds-services/trd-patient-view", &fs::read(root().join(REQUEST)).unwrap());
            assert!(head.starts_with("HTTP/1.1 200"), "{head}\n{body}");
            (header(&head, "curbside-decision-id"), body)
        }

        /// The title of the first service, which tells the rules apart.
        fn title(&self) -> String {
            let (_, body) = self.ask("GET /cds-services", b"");
            serde_json::from_str::<serde_json::Value>(&body).unwrap()["services"][0]["title"].as_str().unwrap().to_owned()
        }

        fn until(&self, title: &str) {
            for _ in 0..600 {
                if self.title() == title {
                    return;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
            panic!("still {}", self.title());
        }

        /// Stops it as an operator does, and waits until it has.
        fn stop(mut self) {
            let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
            assert!(asked.success() && self.child.wait().unwrap().success());
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            // A test that failed leaves no server behind.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn header(head: &str, name: &str) -> String {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
        line.split_once(':').unwrap().1.trim().to_owned()
    }

    fn again(folder: &Path, decision: &str, request: &Path) -> Output {
        let db = format!("sqlite:{}", folder.join("state.db").display());
        let arguments = ["replay", request.to_str().unwrap(), "--decision", decision, "--db", &db, "--rules", "rules/trd"];
        curbside(&arguments).output().unwrap()
    }

    #[test]
    fn the_greeting_has_a_line_that_returns_a_card_and_the_decision_can_be_given_again() {
        let folder = folder("greeting");
        let server = Server::start(&["serve"], Path::new("rules/trd"), &folder);
        let line = server.greeting.iter().find_map(|line| line.strip_prefix("try: ")).unwrap();
        let shell = Command::new("sh").args(["-c", &format!("{line} --dump-header -")]).current_dir(root()).output().unwrap();
        let answer = data(shell);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(body.contains("treatment-resistant depression"), "{answer}");
        assert!(server.greeting.iter().any(|line| line.contains("`trd` awaits clinical sign-off: not for clinical use")));
        server.stop();
        assert_eq!(data(again(&folder, &header(head, "curbside-decision-id"), Path::new(REQUEST))), body);
    }

    #[test]
    fn recorded_requests_run_again_and_raw_ones_give_the_same_bytes() {
        for raw in [false, true] {
            let folder = folder(if raw { "raw" } else { "redacted" });
            let requests = folder.join("requests");
            let record = ["record", requests.to_str().unwrap(), "--raw"];
            let server = Server::start(&record[..if raw { 3 } else { 2 }], Path::new("rules/trd"), &folder);
            let (decision, body) = server.call();
            server.stop();
            let kept = requests.join(format!("{decision}.json"));
            let text = fs::read_to_string(&kept).unwrap();
            assert_eq!(text.contains("Patient/example-trd"), raw);
            let output = again(&folder, &decision, &kept);
            if raw {
                assert_eq!(data(output), body);
            } else {
                let why = String::from_utf8_lossy(&output.stderr).into_owned();
                assert!(output.status.code() == Some(1) && why.contains("the input is not the one that was decided"), "{why}");
            }
            let summary =
                curbside(&["replay", requests.to_str().unwrap(), "--rules", "rules/trd", "--against", "rules/trd"]).output().unwrap();
            let summary = String::from_utf8_lossy(&summary.stderr).into_owned() + &data(summary.clone());
            assert!(summary.contains("Nothing changes for any of 1 patient"), "{summary}");
        }
    }

    #[test]
    fn earlier_rules_are_listed_and_restored_while_the_server_runs_and_while_it_does_not() {
        let folder = folder("rules");
        let pack = folder.join("pack");
        copy(&root().join("crates/curbside-server/tests/packs/mini"), &pack);
        let text = fs::read_to_string(pack.join("pack.yaml")).unwrap() + "sign_off: pending\n";
        let write = |title: &str| fs::write(pack.join("pack.yaml"), text.replace("title: Mini,", &format!("title: {title},"))).unwrap();
        write("First");
        let history = folder.join("state.rules");
        let rules =
            |arguments: &[&str]| curbside(&[&["rules"], arguments, &["--history", history.to_str().unwrap()]].concat()).output().unwrap();
        let listed = || data(rules(&["list"])).lines().map(str::to_owned).collect::<Vec<_>>();

        let server = Server::start(&["serve"], &pack, &folder);
        server.until("First");
        let first = listed()[0].split(' ').next().unwrap().to_owned();
        write("Second");
        server.until("Second");
        let lines = listed();
        assert!(lines.len() == 2 && lines[0].ends_with("in force") && lines[1].starts_with(&first), "{lines:?}");
        let second = lines[0].split(' ').next().unwrap().to_owned();
        assert!(rules(&["rollback"]).status.success());
        server.until("First");
        assert!(listed()[0].starts_with(&first) && listed()[0].ends_with("in force"), "{:?}", listed());
        assert!(rules(&["activate", second.trim_start_matches("sha256:").get(..12).unwrap()]).status.success());
        server.until("Second");
        assert_eq!(rules(&["activate", "0000000000"]).status.code(), Some(2));
        server.stop();

        assert!(rules(&["activate", &first]).status.success());
        assert!(listed().iter().any(|line| line.starts_with(&first) && line.ends_with("asked for")), "{:?}", listed());
        // What was asked for stays in force over restarts, until the files change.
        for _ in 0..2 {
            let server = Server::start(&["serve"], &pack, &folder);
            assert_eq!(server.title(), "First");
            server.stop();
        }
        let server = Server::start(&["serve"], &pack, &folder);
        write("Third");
        server.until("Third");
        server.stop();
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() { copy(&entry.path(), &target) } else { assert!(fs::copy(entry.path(), target).is_ok()) }
        }
    }
}
