//! Every shape of input becomes the same records.

use tempfile::tempdir;

use crate::support::{bundle, limits, records, write};

#[test]
fn bundles_are_found_in_files_of_any_shape() {
    let folder = tempdir().unwrap();
    let lines: String = (0..3).map(|number| bundle(number) + "\n").collect();
    let list = format!("[{},\n{},{}]", bundle(0), bundle(1), bundle(2));
    let plain = write(folder.path(), "a.ndjson", &lines);
    let expected: Vec<_> = records(&[plain], limits()).into_iter().map(|item| item.bytes.unwrap()).collect();
    assert_eq!(expected, [bundle(0), bundle(1), bundle(2)].map(String::into_bytes));
    for (name, text) in [
        ("b.ndjson.gz", &lines),
        ("c.ndjson.zst", &lines),
        // What a file is shows in its bytes, not in its name.
        ("d.txt", &lines),
        ("lines.json", &lines),
        ("e.json", &list),
        ("f.json.gz", &list),
    ] {
        let found: Vec<_> = records(&[write(folder.path(), name, text)], limits()).into_iter().map(|item| item.bytes.unwrap()).collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_folder_is_read_in_the_order_of_names_without_what_is_no_fhir() {
    let folder = tempdir().unwrap();
    write(folder.path(), "2.json", &bundle(2));
    write(folder.path(), "1/later.json", &bundle(1));
    write(folder.path(), "0.ndjson", &bundle(0));
    write(folder.path(), "README.md", "These are patients.");
    write(folder.path(), "_SUCCESS", "");
    let found: Vec<_> = records(&[folder.path().to_owned()], limits()).into_iter().map(|item| item.bytes.unwrap()).collect();
    assert_eq!(found, [bundle(0), bundle(1), bundle(2)].map(String::into_bytes));
}

#[test]
fn a_bad_line_costs_itself_alone() {
    let folder = tempdir().unwrap();
    let long = "x".repeat(2 << 20);
    let text = format!("{}\n\n{long}\n{}\n{{\"resourceType\":\n{}", bundle(0), bundle(1), bundle(2));
    let path = write(folder.path(), "a.ndjson", &text);
    let found = records(&[path], limits());
    let names: Vec<_> = found.iter().map(|item| item.name.rsplit(':').next().unwrap()).collect();
    assert_eq!(names, ["1", "3", "4", "5", "6"]);
    assert!(found[1].bytes.as_ref().unwrap_err().contains("at most 1048576 are read"));
    assert_eq!(found.iter().filter(|item| item.bytes.is_err()).count(), 1);
}
