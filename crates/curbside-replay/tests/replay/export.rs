//! A bulk export with the oddities of real ones.

use std::path::Path;

use curbside_replay::{BytesRead, Inputs, Item, Limits};
use serde_json::Value;
use tempfile::tempdir;

use crate::support::{limits, records, write};

const CONDITIONS: &str = r#"
{"id":"c2","subject":{"reference":"Patient/b"},"resourceType":"Condition"}
{"id":"c1","subject":{"reference":"https://fhir.example.org/r4/Patient/a/_history/1"},"resourceType":"Condition"}
{"id":"c9","subject":{"reference":"Patient/nobody"},"resourceType":"Condition"}
{"id":"gone","subject":{"reference":"Patient/a"},"resourceType":"Condition"}
{"id":"c3","subject":
{"id":"c4","subject":{"reference":"Patient?identifier=x|1"},"resourceType":"Condition"}
"#;
const REQUESTS: &str = r#"
{"resourceType":"MedicationRequest","id":"r1","subject":{"reference":"Patient/a"},"medicationReference":{"reference":"Medication/mix"}}
{"resourceType":"MedicationRequest","id":"r2","subject":{"reference":"urn:uuid:b"},"medicationReference":{ "reference" : "Medication/none" }}
"#;
const MEDICATIONS: &str = r#"
{"resourceType":"Medication","id":"pure"}
{"resourceType":"Medication","id":"mix","ingredient":[{"itemReference":{"reference":"Medication/pure"}}]}
{"resourceType":"Medication","id":"unused"}
"#;

/// Writes it; the names of its files say nothing about what is in them.
fn export(folder: &Path) {
    write(folder, "0-HospitalCondition.ndjson.gz", CONDITIONS);
    write(folder, "1.txt/part-00000.txt", REQUESTS);
    write(folder, "drugs.ndjson.zst", MEDICATIONS);
    write(
        folder,
        "people.ndjson",
        "{\"id\":\"b\",\"resourceType\":\"Patient\"}\n{\"id\":\"a\",\"resourceType\":\"Patient\"}\n{\"id\":\"empty\",\"resourceType\":\"Patient\"}\n",
    );
    write(folder, "log.ndjson", "{\"exportId\":\"x\",\"eventId\":\"kickoff\"}\n");
}

/// A record's resources by type and id, or why there is none.
fn shown(item: &Item) -> (String, Result<Vec<String>, String>) {
    let name = item.name.rsplit(['/', '\\']).next().unwrap().to_owned();
    let resources = item.bytes.clone().map(|bytes| {
        let bundle: Value = serde_json::from_slice(&bytes).unwrap();
        let entries = bundle["entry"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        entries.map(|entry| format!("{}/{}", text(&entry["resource"]["resourceType"]), text(&entry["resource"]["id"]))).collect()
    });
    (name, resources)
}

fn ok(name: &str, resources: &[&str]) -> (String, Result<Vec<String>, String>) {
    (name.to_owned(), Ok(resources.iter().map(ToString::to_string).collect()))
}

#[test]
fn resources_are_grouped_by_patient_in_the_order_of_the_patients() {
    let folder = tempdir().unwrap();
    export(folder.path());
    let found: Vec<_> = records(&[folder.path().to_owned()], limits()).iter().map(shown).collect();
    let failed: Vec<_> = found.iter().filter_map(|(name, record)| Some((name.as_str(), record.as_ref().err()?.as_str()))).collect();
    assert_eq!(failed.len(), 3, "{failed:?}");
    assert_eq!(failed[0].0, "0-HospitalCondition.ndjson.gz:6");
    assert_eq!(failed[1], ("0-HospitalCondition.ndjson.gz:7", "this Condition does not say clearly whose it is and is left out"));
    assert_eq!(failed[2], ("nobody", "has no Patient resource; 1 resources are left out"));
    let good: Vec<_> = found.iter().filter(|(_, record)| record.is_ok()).cloned().collect();
    assert_eq!(
        good,
        [
            ok("b", &["Condition/c2", "MedicationRequest/r2", "Patient/b"]),
            // The mixture and what is in it come along.
            ok("a", &["Condition/c1", "Condition/gone", "MedicationRequest/r1", "Patient/a", "Medication/mix", "Medication/pure"]),
            ok("empty", &["Patient/empty"]),
        ]
    );
}

#[test]
fn of_a_medication_that_stands_twice_the_later_one_counts() {
    let folder = tempdir().unwrap();
    write(folder.path(), "a.ndjson", "{\"resourceType\":\"Patient\",\"id\":\"a\"}\n");
    // A name that is usually a document's.
    write(folder.path(), "b.json", REQUESTS);
    let medications: String = (0..2000).map(|number| format!("{{\"resourceType\":\"Medication\",\"id\":\"m{number}\"}}\n")).collect();
    let twice = |status| format!("{{\"resourceType\":\"Medication\",\"id\":\"mix\",\"status\":\"{status}\"}}\n");
    write(folder.path(), "c.ndjson", &(twice("inactive") + &medications + &twice("active")));
    let found = records(&[folder.path().to_owned()], limits());
    let record = found.iter().find_map(|item| item.bytes.clone().ok()).unwrap();
    let record = String::from_utf8(record).unwrap();
    assert!(record.contains(r#""status":"active""#) && !record.contains("inactive") && !record.contains("m17"), "{record}");
}

#[test]
fn the_manifest_is_honoured() {
    let folder = tempdir().unwrap();
    export(folder.path());
    let url = |name: &str| format!(r#"{{"type":"Any","url":"https://fhir.example.org/export/1/{name}?sig=abc"}}"#);
    let listed = ["0-HospitalCondition.ndjson", "people.ndjson"].map(url).join(",");
    let manifest = format!(
        r#"{{"transactionTime":"2026-03-04T05:06:07Z","request":"x","output":[{listed}],"deleted":[{}],"error":[{}]}}"#,
        url("deletions.ndjson"),
        url("oops.ndjson")
    );
    write(folder.path(), "manifest.json", &manifest);
    let deletions = r#"{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"DELETE","url":"Condition/gone"}}]}"#;
    write(folder.path(), "deletions.ndjson", deletions);
    let inputs = Inputs::of(&[folder.path().to_owned()], limits()).unwrap();
    assert_eq!(inputs.transaction_time(), Some("2026-03-04T05:06:07Z"));
    let good: Vec<_> = inputs.records(BytesRead::default()).map(|item| shown(&item)).filter(|(_, record)| record.is_ok()).collect();
    assert_eq!(good, [ok("b", &["Condition/c2", "Patient/b"]), ok("a", &["Condition/c1", "Patient/a"]), ok("empty", &["Patient/empty"])]);
    let notes = inputs.notes().join("\n");
    assert!(notes.contains("names 1 files of errors") && notes.contains("2 files that the manifest does not list"), "{notes}");
}

#[test]
fn the_memory_for_grouping_does_not_show_in_the_records() {
    let folder = tempdir().unwrap();
    let line = |number: usize| {
        let patient = (number * 7919) % 500;
        format!(
            r#"{{"resourceType":"Observation","id":"o{number}","subject":{{"reference":"Patient/{patient}"}},"note":"{}"}}"#,
            "x".repeat(number % 4000)
        ) + "\n"
    };
    write(folder.path(), "a.ndjson", &(0..3000).map(line).collect::<String>());
    write(
        folder.path(),
        "b.ndjson",
        &(0..500).rev().map(|id| format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\"}}\n")).collect::<String>(),
    );
    let whole: Vec<_> = records(&[folder.path().to_owned()], limits()).iter().map(|item| item.bytes.clone().unwrap()).collect();
    assert_eq!(whole.len(), 500);
    let little = Limits { memory: 1, ..limits() };
    let parts: Vec<_> = records(&[folder.path().to_owned()], little).iter().map(|item| item.bytes.clone().unwrap()).collect();
    assert!(whole == parts);
    assert!(String::from_utf8(whole[0].clone()).unwrap().contains("Patient/499"));
}
