//! What is no document gets one clear error with the byte at which that shows, and exit status 3.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};

    fn folder() -> PathBuf {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("input-errors");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn eval(file: &Path, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_curbside"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("eval").arg(file);
        command.args(["--rules", "tests/packs/mood", "--at", "2026-11-23", "--format", "json"]).args(more);
        command.output().unwrap()
    }

    fn nested(levels: usize, open: &str, close: &str) -> Vec<u8> {
        format!(
            "{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{{\"resourceType\":\"Basic\",\"x\":{}1{}}}}}]}}",
            open.repeat(levels),
            close.repeat(levels)
        )
        .into_bytes()
    }

    #[test]
    fn each_is_refused_at_its_byte() {
        let utf16: Vec<u8> = "{\"resourceType\":\"Bundle\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let with_mark: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf16.clone()).collect();
        let cases: [(&str, Vec<u8>, &str); 19] = [
            ("empty", b"".to_vec(), "the input is empty (byte 0)"),
            ("blank", b" \n\t ".to_vec(), "the input is empty (byte 0)"),
            ("truncated", b"{\"resourceType\": \"Bundle\", \"entry\": [{\"resource\": {".to_vec(), "(byte 51); was it cut short?"),
            ("truncated-string", b"{\"resourceType\": \"Bun".to_vec(), "(byte 21); was it cut short?"),
            ("trailing", b"{\"resourceType\": \"Bundle\"} x".to_vec(), "there is more behind the end of the document (byte 27)"),
            ("two-documents", b"{\"resourceType\": \"Bundle\"}\n{\"resourceType\": \"Bundle\"}".to_vec(), "NDJSON"),
            ("array", b"[{\"resourceType\": \"Patient\"}]".to_vec(), "expected a JSON object, found a list (byte 0)"),
            ("number", b" 17".to_vec(), "expected a JSON object, found a number (byte 1)"),
            ("string", b"\"Bundle\"".to_vec(), "expected a JSON object, found a string (byte 0)"),
            ("null", b"null".to_vec(), "expected a JSON object, found null (byte 0)"),
            ("true", b"true".to_vec(), "expected a JSON object, found a truth value (byte 0)"),
            ("xml", b"<Bundle xmlns=\"http://hl7.org/fhir\"/>".to_vec(), "expected a JSON object, found no JSON (byte 0)"),
            ("no-kind", b"{\"a\": 1}".to_vec(), "neither a FHIR resource (no `resourceType`) nor a CDS Hooks request"),
            ("bad-escape", b"{\"resourceType\": \"Bundle\", \"id\": \"\\x\"}".to_vec(), "this is not JSON: invalid escape (byte 35)"),
            ("utf8", b"{\"resourceType\": \"Bundle\", \"id\": \"\xFF\"}".to_vec(), "not valid UTF-8 here (byte 34)"),
            ("utf16", utf16, "UTF-16 or UTF-32; JSON is UTF-8 (byte 0)"),
            ("utf16-with-mark", with_mark, "UTF-16 or UTF-32; JSON is UTF-8 (byte 0)"),
            ("deep-lists", nested(10_000, "[", "]"), "nested deeper than 1000 levels (byte "),
            ("deep-objects", nested(10_000, "{\"a\":", "}"), "nested deeper than 1000 levels (byte "),
        ];
        let folder = folder();
        for (name, bytes, message) in cases {
            let file = folder.join(format!("{name}.json"));
            fs::write(&file, bytes).unwrap();
            let output = eval(&file, &[]);
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(3), "{name}: {words}");
            assert!(output.stdout.is_empty(), "{name}");
            assert!(words.contains(message), "{name}: {words}");
            assert_eq!(words.matches("error:").count(), 1, "{name}: {words}");
        }
    }

    #[test]
    fn a_byte_order_mark_and_a_malformed_resource_are_no_error() {
        let text = "\u{FEFF}{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1980-01-01\"}},\
            {\"resource\":{\"resourceType\":\"Observation\",\"id\":\"o\",\"valueQuantity\":{\"value\":1e400}}},\
            {\"resource\":{\"resourceType\":\"Condition\",\"id\":\"c\",\"onsetDateTime\":\"2026-02-30\",\"code\":7,\"code\":8}}]}";
        let file = folder().join("lenient.json");
        fs::write(&file, text).unwrap();
        let output = eval(&file, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty());
    }

    #[test]
    fn a_document_that_is_too_large_is_refused_and_a_stream_of_small_ones_is_not() {
        let line = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1980-01-01\"}\n";
        let folder = folder();
        let (large, stream) = (folder.join("large.json"), folder.join("stream.ndjson"));
        let too_long = line.replace('}', &format!(",\"x\":\"{}\"}}", "x".repeat(2048)));
        fs::write(&large, &too_long).unwrap();
        // The line in the middle is too large; those around it are answered.
        fs::write(&stream, [line.repeat(40), too_long, line.repeat(2)].concat()).unwrap();
        let refused = eval(&large, &["--max-size", "1KiB"]);
        assert_eq!(refused.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("larger than 1 KiB (byte 1024)"));
        let answered = eval(&stream, &["--max-size", "1KiB"]);
        assert_eq!(answered.status.code(), Some(3));
        let words = String::from_utf8_lossy(&answered.stderr).into_owned();
        assert!(words.contains("stream.ndjson:41: larger than 1 KiB"), "{words}");
        assert_eq!(String::from_utf8_lossy(&answered.stdout).lines().count(), 42);
    }

    #[test]
    fn a_pipe_gives_a_document_or_lines_of_them_and_gzip_is_unpacked() {
        use std::io::Write as _;
        use std::process::Stdio;
        let line = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"birthDate\":\"1980-01-01\"}\n";
        let pretty = "{\n \"resourceType\": \"Patient\",\n \"id\": \"p\"\n}\n";
        for (text, status, answers) in
            [(line.to_owned(), 0, 1), (line.repeat(3), 0, 3), (pretty.to_owned(), 0, 1), (format!("{line}x"), 3, 0)]
        {
            let mut command = Command::new(env!("CARGO_BIN_EXE_curbside"));
            command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["eval", "-", "--rules", "tests/packs/mood", "--format", "json"]);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(status), "{text}");
            assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), answers, "{text}");
        }
        let file = folder().join("lines.ndjson.gz");
        let mut packed = flate2::write::GzEncoder::new(fs::File::create(&file).unwrap(), flate2::Compression::fast());
        packed.write_all(line.repeat(5).as_bytes()).unwrap();
        packed.finish().unwrap();
        let output = eval(&file, &[]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 5);
    }
}
