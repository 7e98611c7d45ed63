//! What an index answers is what walking from entry to entry answers, however odd the bundle.
#![expect(clippy::unwrap_used, reason = "a test says what is wrong by failing")]

use curbside_fhirpath::{Environment, Expression, Record, Scope};

fn paths(text: &str, record: &Record<'_>) -> Vec<String> {
    let expression = Expression::prepare(text, &Scope::on("Bundle")).unwrap();
    let outcome = expression.evaluate(record, &Environment::new("2026-11-23T00:00:00Z").unwrap()).unwrap();
    outcome.values.iter().filter_map(|value| value.node()).map(|node| format!("{} {}", node.path(), node.json())).collect()
}

#[test]
fn resources_of_a_type_are_the_same_with_and_without_the_index() {
    let patient = r#"{"resourceType":"Patient","id":"a"}"#;
    let late = r#"{"id":"b","resourceType":"Patient"}"#;
    let other = r#"{"resourceType":"Observation","contained":[{"resourceType":"Patient","id":"c"}]}"#;
    let unknown = r#"{"resourceType":"Nothing"}"#;
    let entry = |resource: &str| format!(r#"{{"fullUrl":"urn:x","resource":{resource}}}"#);
    let inner = format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entry(patient));
    let (patient_entry, inner_entry) = (entry(patient), entry(&inner));
    let lists = [
        format!("[{patient_entry},{},{},{{\"request\":{{}}}}]", entry(other), entry(late)),
        format!("[{patient_entry},{}]", entry(unknown)),
        format!("[{patient_entry},null,7,[{patient_entry}]]"),
        format!("[{{\"resource\":{patient},\"resource\":{late}}}]"),
        format!("[{inner_entry},{patient_entry}]"),
        format!("[{{\"resource\":[{patient},{late}]}}]"),
        patient_entry.clone(),
        "[]".to_owned(),
        format!("[{patient_entry}],\"entry\":[{patient_entry}]"),
    ];
    for list in lists {
        let text = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":{list}}}"#);
        let record = Record::parse(&text).unwrap();
        for kind in ["Patient", "Observation", "Bundle", "Condition"] {
            let walked = paths(&format!("Bundle.entry.select(resource).ofType({kind})"), &record);
            assert_eq!(paths(&format!("Bundle.entry.resource.ofType({kind})"), &record), walked, "{text}");
            assert_eq!(paths(&format!("entry.resource.ofType({kind})"), &record), walked, "{text}");
        }
    }
}
