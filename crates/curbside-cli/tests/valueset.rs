//! `curbside valueset expand` against a small HTTP server of its own.

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "tests have files, sockets and threads")]

    use std::fs;
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};
    use std::sync::mpsc::{Receiver, channel};

    use curbside_source::{Diagnostics, Sources};
    use curbside_terminology::Vocabulary;
    use serde_json::{Value, json};

    const SNOMED: &str = "http://snomed.info/sct";

    /// What a request said: its first line, its headers in lower case, its body.
    struct Asked {
        line: String,
        headers: String,
        body: Value,
    }

    fn read(stream: &TcpStream) -> Asked {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let mut headers = String::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).unwrap();
            if header.trim().is_empty() {
                break;
            }
            headers.push_str(&header.to_lowercase());
        }
        let length = headers.lines().find_map(|header| header.strip_prefix("content-length: ")).unwrap().trim().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        Asked { line: line.trim().to_owned(), headers, body: serde_json::from_slice(&body).unwrap() }
    }

    /// A server that gives these answers, one a request, and what it was asked.
    fn serve(answers: Vec<(u16, Value)>) -> (String, Receiver<Asked>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/fhir", listener.local_addr().unwrap());
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for (status, answer) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                tell.send(read(&stream)).unwrap();
                let body = answer.to_string();
                let head = format!(
                    "HTTP/1.1 {status} Status\r\ncontent-type: application/fhir+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).unwrap();
            }
        });
        (address, told)
    }

    fn file(name: &str, text: &str) -> PathBuf {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn expand(file: &Path, server: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_curbside"))
            .args(["valueset", "expand"])
            .arg(file)
            .args(["--server", server])
            .args(more)
            .output()
            .unwrap()
    }

    fn page(total: usize, codes: &[&str]) -> Value {
        let contains: Vec<Value> =
            codes.iter().map(|code| json!({"system": SNOMED, "code": code, "display": format!("Code {code}")})).collect();
        json!({
            "resourceType": "ValueSet",
            "expansion": {
                "timestamp": "2026-11-01T08:00:00Z",
                "total": total,
                "parameter": [{"name": "used-codesystem", "valueUri": "http://snomed.info/sct|http://snomed.info/sct/900000000000207008/version/20260901"}],
                "contains": contains,
            },
        })
    }

    const SET: &str = "\
# Asthma, and everything below it.
resourceType: ValueSet
name: asthma
source: judgement
compose:
  include:
    - system: snomed
      filter: [{property: concept, op: is-a, value: 195967001, display: Asthma, sign_off: pending}]
";

    #[test]
    fn all_pages_are_fetched_and_the_file_keeps_what_it_says() {
        let path = file("asthma.yaml", SET);
        let (server, told) = serve(vec![(200, page(3, &["195967001", "304527002"])), (200, page(3, &["370218001"]))]);
        let output = expand(&path, &server, &["--header", "Authorization: Bearer secret"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

        let first = told.recv().unwrap();
        assert_eq!(first.line, "POST /fhir/ValueSet/$expand HTTP/1.1");
        assert!(first.headers.contains("authorization: bearer secret"));
        // A server reads FHIR: URIs, codes as texts, and none of our additions.
        let set = json!({
            "resourceType": "ValueSet",
            "name": "asthma",
            "compose": {"include": [{"system": SNOMED, "filter": [{"property": "concept", "op": "is-a", "value": "195967001"}]}]},
        });
        assert_eq!(first.body["parameter"][0], json!({"name": "valueSet", "resource": set}));
        assert_eq!(told.recv().unwrap().body["parameter"][2], json!({"name": "offset", "valueInteger": 2}));

        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(SET.trim_end()), "{text}");
        for line in [
            "  timestamp: 2026-11-01T08:00:00Z",
            "  total: 3",
            "used-codesystem, valueUri: \"http://snomed.info/sct|http://snomed.info/sct/900000000000207008/version/20260901\"",
            "- {system: \"http://snomed.info/sct\", code: \"370218001\", display: \"Code 370218001\"}",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.contains(&format!("{{name: server, valueUri: \"{server}\"}}")), "{text}");

        // What is written is read as a value set with those codes.
        let mut sources = Sources::default();
        let files = [sources.add("value-sets/asthma.yaml", text)];
        let mut found = Diagnostics::default();
        let vocabulary = Vocabulary::read(&sources, &files, &[], &mut found);
        assert!(!found.has_errors(), "{found:?}");
        let mut count = 0;
        vocabulary.value_sets_of(SNOMED, "370218001", &mut |_| count += 1);
        assert_eq!(count, 1);

        // A second time the old expansion gives way, and nothing else changes.
        let (server, _told) = serve(vec![(200, page(1, &["195967001"]))]);
        assert!(expand(&path, &server, &[]).status.success());
        let again = fs::read_to_string(&path).unwrap();
        assert!(again.starts_with(SET.trim_end()) && again.contains("  total: 1") && !again.contains("370218001"), "{again}");
        assert_eq!(again.matches("expansion:").count(), 1);
    }

    #[test]
    fn a_file_in_json_stays_json() {
        let set = r#"{"resourceType": "ValueSet", "name": "asthma", "compose": {"include": [{"system": "http://snomed.info/sct"}]}}"#;
        let path = file("asthma.json", set);
        let (server, _told) = serve(vec![(200, page(1, &["195967001"]))]);
        assert!(expand(&path, &server, &[]).status.success());
        let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(written["expansion"]["contains"][0]["code"], "195967001");
        assert_eq!(written["name"], "asthma");
    }

    #[test]
    fn what_goes_wrong_is_said_and_the_file_is_left_alone() {
        let outcome = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "too-costly", "diagnostics": "more than 10000 codes"}]});
        for (answers, says) in [
            (vec![(422, outcome)], "the server refuses: more than 10000 codes"),
            (vec![(500, json!({}))], "status 500"),
            (vec![(200, json!({"resourceType": "Bundle"}))], "the answer is no ValueSet"),
            (vec![(200, json!({"resourceType": "ValueSet"}))], "the answer has no expansion"),
            (vec![(200, page(0, &[]))], "the value set has no codes"),
            (vec![(200, page(3, &["1"])), (200, page(3, &["1"]))], "the server says 3 codes and sends 1"),
        ] {
            let path = file("untouched.yaml", SET);
            let (server, _told) = serve(answers);
            let output = expand(&path, &server, &[]);
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(1), "{words}");
            assert!(words.contains(says), "{says}: {words}");
            assert_eq!(fs::read_to_string(&path).unwrap(), SET);
        }
        let path = file("untouched.yaml", SET);
        assert_eq!(expand(&path, "ftp://example.org", &[]).status.code(), Some(2));
        assert_eq!(expand(&path, "http://127.0.0.1:1/fhir", &[]).status.code(), Some(1));
        assert_eq!(expand(&file("no-set.yaml", "drug_set: x\n"), "http://127.0.0.1:1/fhir", &[]).status.code(), Some(3));
    }
}
