//! What is no document, and what its sender is told.

#![expect(clippy::panic, reason = "a test may panic")]

use curbside_chart::input::{Document, MAX_BYTES, read};

fn error(bytes: &[u8]) -> String {
    match read(bytes, MAX_BYTES) {
        Ok(document) => panic!("read as {document:?}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_no_document_is_refused_with_its_place() {
    let cases: &[(&[u8], &str)] = &[
        (b"", "the input is empty (byte 0)"),
        (b" \n ", "the input is empty (byte 0)"),
        (b"[]", "expected a JSON object, found a list (byte 0); give a FHIR Bundle, a resource, or a CDS Hooks request"),
        (b" 12", "expected a JSON object, found a number (byte 1); give a FHIR Bundle, a resource, or a CDS Hooks request"),
        (b"\"x\"", "expected a JSON object, found a string (byte 0); give a FHIR Bundle, a resource, or a CDS Hooks request"),
        (b"null", "expected a JSON object, found null (byte 0); give a FHIR Bundle, a resource, or a CDS Hooks request"),
        (b"hello", "expected a JSON object, found no JSON (byte 0); give a FHIR Bundle, a resource, or a CDS Hooks request"),
        (b"{\"a\": 1", "the document ends in the middle: EOF while parsing an object (byte 7); was it cut short?"),
        (
            b"{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"a\"",
            "the document ends in the middle: EOF while parsing an object (byte 50); was it cut short?",
        ),
        (
            b"{\"hook\":\"x\"} {}",
            "there is more behind the end of the document (byte 13); several documents are read as NDJSON: one a line, in a file named `.ndjson`",
        ),
        (b"{\"a\":\n  nope}", "this is not JSON: expected ident (byte 9)"),
        (b"{\"a\":\"\xff\"}", "the input is not valid UTF-8 here (byte 6); save the file as UTF-8"),
        (b"\xff\xfe{\0}\0", "the input is UTF-16 or UTF-32; JSON is UTF-8 (byte 0); convert it, for example with `iconv -t UTF-8`"),
        (b"{\0}\0", "the input is UTF-16 or UTF-32; JSON is UTF-8 (byte 0); convert it, for example with `iconv -t UTF-8`"),
        (
            b"{}",
            "neither a FHIR resource (no `resourceType`) nor a CDS Hooks request (no `hook`) (byte 0); give a FHIR Bundle, a resource, or a CDS Hooks request",
        ),
    ];
    for (bytes, said) in cases {
        assert_eq!(&error(bytes), said, "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn depth_is_limited_wherever_it_hides() {
    let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
    for document in [
        format!("{{\"resourceType\":\"Patient\",\"x\":{deep}}}"),
        format!("{{\"resourceType\":\"Bundle\",\"x\":{deep},\"entry\":[]}}"),
        format!("{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{{\"resourceType\":\"Claim\",\"x\":{deep}}}}}]}}"),
        format!("{{\"hook\":\"patient-view\",\"prefetch\":{{\"a\":{deep}}}}}"),
    ] {
        assert!(error(document.as_bytes()).starts_with("nested deeper than 1000 levels"), "{}", error(document.as_bytes()));
    }
    assert!(error(deep.as_bytes()).starts_with("expected a JSON object"));
}

#[test]
fn size_is_limited_before_anything_is_read() {
    let said = read(b"{\"resourceType\":\"Patient\"}", 10).unwrap_err().to_string();
    assert!(said.starts_with("the document has 26 bytes, at most 10 are read (byte 10)"), "{said}");
}

#[test]
fn kinds_are_told_apart_in_any_order_of_members_and_behind_a_mark() {
    for (text, is_request) in [
        ("\u{feff}{\"entry\":[],\"resourceType\":\"Bundle\"}", false),
        ("{\"id\":\"p\",\"resourceType\":\"Patient\"}", false),
        ("{\"context\":{},\"hook\":\"patient-view\"}", true),
        ("{\"prefetch\":{\"patient\":null}}", true),
    ] {
        let document = read(text.as_bytes(), MAX_BYTES).unwrap();
        assert_eq!(matches!(document, Document::Request(_)), is_request, "{text}");
    }
}
