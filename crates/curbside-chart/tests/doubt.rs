//! What cannot be read is never taken for what is not there.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use curbside_chart::input::{MAX_BYTES, read};
use curbside_chart::resource::{Resource as _, Value};
use curbside_chart::time::Zone;
use curbside_chart::{Chart, ChartOptions, Kind, Wanted};

const SUBJECT: &str = r#""subject":{"reference":"Patient/p"}"#;
const PATIENT: &str =
    r#"{"fullUrl":"urn:uuid:aa-1","resource":{"resourceType":"Patient","id":"p","identifier":[{"system":"mrn","value":"1"}]}}"#;

fn with<T>(text: &str, look: impl FnOnce(&Chart<'_>) -> T) -> T {
    let mut wanted = Wanted::everything();
    wanted.add("ClaimResponse");
    let document = read(text.as_bytes(), MAX_BYTES).unwrap();
    look(&document.chart(&ChartOptions { patient: None, zone: &Zone::UTC, wanted: &wanted }).unwrap())
}

/// A Bundle of this type: the patient and these entries.
fn bundle(kind: &str, entries: &str) -> String {
    format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{PATIENT}{}{entries}]}}"#, if entries.is_empty() { "" } else { "," })
}

fn condition(id: &str, more: &str) -> String {
    format!(r#"{{"resource":{{"resourceType":"Condition","id":"{id}",{SUBJECT}{more}}}}}"#)
}

/// The names of the conditions that count, each with a `?` where it is doubtful.
fn names(chart: &Chart<'_>) -> Vec<String> {
    chart.conditions.iter().map(|held| format!("{}{}", held.name, if held.doubt.is_some() { "?" } else { "" })).collect()
}

#[test]
fn an_entry_that_may_be_anything_leaves_nothing_known_to_be_absent() {
    for entry in [
        "null",
        r#""""#,
        "[]",
        "{}",
        r#"{"fullUrl":"urn:x"}"#,
        r#"{"resource":null}"#,
        r#"{"resource":1}"#,
        r#"{"resource":"{}"}"#,
        r#"{"resource":[]}"#,
        r#"{"resource":["Condition"]}"#,
        r#"{"resource":{}}"#,
        r#"{"resource":{"id":"x"}}"#,
        r#"{"resource":{"resourceType":5}}"#,
        r#"{"resource":{"resourceType":"Observation","id":"x","resourceType":"Condition"}}"#,
        r#"{"resource":{"resourceType":"Basic","id":"x","resourceType":"Condition"}}"#,
        r#"{"resource":{"resourceType":"Condition"},"resource":{"resourceType":"Procedure"}}"#,
        r#"{"request":{"method":"PUT","url":"Condition/1"}}"#,
        r#"{"response":{"status":"404"}}"#,
        r#"{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}}"#,
        r#"{"resource":{"resourceType":"Bundle","type":"searchset","entry":[]}}"#,
    ] {
        with(&bundle("collection", entry), |chart| {
            assert!(!chart.looked_for("Condition") && !chart.is_whole(), "{entry}");
            assert_eq!(chart.notes.len(), 1, "{entry}: {:?}", chart.notes);
        });
    }
    for entry in ["", r#"{"response":{"status":"201"}}"#, r#"{"resource":{"resourceType":"Basic","id":"x"}}"#] {
        with(&bundle("collection", entry), |chart| assert!(chart.is_whole() && chart.notes.is_empty(), "{entry}"));
    }
}

#[test]
fn a_resource_of_a_known_type_leaves_only_that_type_open() {
    let cases = [
        (r#"{"resource":{"resourceType":"Condition","\ud800":1}}"#, "Condition"),
        (r#"{"resource":{"resourceType":"MedicationOrder","id":"m"}}"#, "MedicationRequest"),
    ];
    for (entry, kind) in cases {
        with(&bundle("collection", entry), |chart| {
            assert!(!chart.looked_for(kind) && chart.looked_for("Procedure"), "{entry}");
            assert_eq!((chart.notes.len(), chart.set_aside.len()), (1, 1), "{entry}");
        });
    }
}

#[test]
fn answers_to_a_batch_of_searches_are_a_record() {
    let inner = |kind: &str, more: &str, entries: &str| {
        format!(r#"{{"resource":{{"resourceType":"Bundle","type":"{kind}"{more},"entry":[{entries}]}},"response":{{"status":"200"}}}}"#)
    };
    let a = condition("a", "");
    let cases = [
        ("batch-response", inner("searchset", "", &a), true, true),
        ("batch-response", inner("searchset", "", ""), false, true),
        ("transaction", inner("transaction", "", &a), true, true),
        // A part of an answer.
        ("batch-response", inner("searchset", r#","link":[{"relation":"next","url":"x"}]"#, &a), true, false),
        ("batch-response", inner("searchset", r#","total":2"#, &a), true, false),
        ("batch-response", inner("searchset", "", &inner("searchset", "", &a)), false, false),
        ("collection", inner("searchset", "", &a), false, false),
        ("searchset", inner("searchset", "", &a), false, false),
        ("batch-response", inner("document", "", &a), false, false),
    ];
    for (outer, entries, found, whole) in cases {
        with(&bundle(outer, &entries), |chart| {
            assert_eq!((chart.conditions.len(), chart.is_whole()), (usize::from(found), whole), "{outer}: {entries}");
        });
    }
}

#[test]
fn less_than_a_whole_record_is_not_one() {
    with(r#"{"resourceType":"Patient","id":"p"}"#, |chart| assert!(!chart.looked_for("Condition")));
    let request = |patient: &str| {
        format!(r#"{{"hook":"patient-view","context":{{"patientId":"{patient}"}},"prefetch":{{"record":{}}}}}"#, bundle("collection", ""))
    };
    for (patient, whole) in [("p", true), ("Patient/p", true), ("q", false), ("", false)] {
        with(&request(patient), |chart| assert_eq!((chart.is_whole(), chart.notes.is_empty()), (whole, whole), "{patient}"));
    }
    let search = r#"{"resourceType":"Bundle","type":"searchset","total":3}"#;
    let keyed =
        format!(r#"{{"hook":"patient-view","context":{{"patientId":"p"}},"prefetch":{{"conditions":{search},"procedures":null}}}}"#);
    with(&keyed, |chart| assert!(!chart.looked_for("Condition") && chart.looked_for("Procedure")));
}

#[test]
fn customary_keys_answer_for_the_type_they_are_for() {
    let empty = r#"{"resourceType":"Bundle","type":"searchset"}"#;
    let found = r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Observation","id":"o"}}]}"#;
    let failed = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#;
    let cases = [
        (format!(r#""preauth":{empty}"#), "ClaimResponse", true),
        (format!(r#""preauth":{failed}"#), "ClaimResponse", false),
        (format!(r#""scores":{empty},"vitals":null,"pregnancy":{empty}"#), "Observation", true),
        // The other keys are not there.
        (format!(r#""scores":{empty}"#), "Observation", false),
        (format!(r#""vitals":{found}"#), "Observation", false),
        (format!(r#""scores":{failed},"vitals":{found},"pregnancy":{empty}"#), "Observation", false),
    ];
    for (keys, kind, is_known) in cases {
        let text = format!(r#"{{"hook":"patient-view","context":{{"patientId":"p"}},"prefetch":{{{keys}}}}}"#);
        with(&text, |chart| assert_eq!(chart.looked_for(kind), is_known, "{keys}"));
    }
}

#[test]
fn what_was_refuted_is_listed_and_takes_the_place_of_older_versions() {
    let refuted = r#","verificationStatus":{"coding":[{"code":"refuted"}]}"#;
    let version = |id: &str, more: &str, at: &str| condition(id, &format!(r#"{more},"meta":{{"lastUpdated":"{at}"}}"#));
    let entries = [version("a", "", "2026-01-01T00:00:00Z"), version("a", refuted, "2026-02-01T00:00:00Z"), condition("b", "")];
    with(&bundle("collection", &entries.join(",")), |chart| {
        let listed: Vec<String> = chart.set_aside.iter().map(|aside| format!("{}: {}", aside.name, aside.reason)).collect();
        assert_eq!(listed, ["Condition/a: duplicate", "Condition/a: refuted"]);
    });
}

#[test]
fn drafts_that_cannot_be_read_leave_their_member_incomplete() {
    let draft = |id: &str, subject: &str| {
        format!(r#"{{"resource":{{"resourceType":"MedicationRequest","id":"{id}","subject":{{"reference":"{subject}"}}}}}}"#)
    };
    let entries = |entries: &str| format!(r#""draftOrders":{{"resourceType":"Bundle","entry":[{entries}]}}"#);
    let cases = [
        (entries(&draft("a", "Patient/p")), false, 1),
        (entries(""), false, 0),
        (r#""other":1"#.to_owned(), true, 0),
        (r#""draftOrders":null"#.to_owned(), true, 0),
        (r#""draftOrders":"x""#.to_owned(), true, 0),
        (r#""draftOrders":{"resourceType":"Bundle","entry":5}"#.to_owned(), true, 0),
        (entries("5"), true, 0),
        (entries(&format!(r#"{},{{"resource":{{"id":"b"}}}}"#, draft("a", "Patient/p"))), true, 1),
        (entries(r#"{"resource":{"resourceType":"Bundle","type":"collection","entry":[]}}"#), true, 0),
        // Another patient's is read, and is none of this one's.
        (entries(&draft("a", "Patient/q")), false, 0),
    ];
    for (member, incomplete, found) in cases {
        let text = format!(
            r#"{{"hook":"order-sign","context":{{"patientId":"p",{member}}},"prefetch":{{"record":{}}}}}"#,
            bundle("collection", "")
        );
        with(&text, |chart| {
            assert_eq!((chart.hook.is_incomplete("draftOrders"), chart.requests.len()), (incomplete, found), "{member}");
            // What a draft may be says nothing of the record.
            assert!(chart.is_whole(), "{member}");
            assert_eq!(chart.notes.is_empty(), !incomplete, "{member}: {:?}", chart.notes);
        });
    }
    let no_order = r#"{"hook":"patient-view","context":{"patientId":"p"},"prefetch":{}}"#;
    with(no_order, |chart| assert!(!chart.hook.is_incomplete("draftOrders")));
}

#[test]
fn what_a_draft_or_a_booking_is_for_is_looked_at_beforehand() {
    let text = bundle(
        "collection",
        r#"{"resource":{"resourceType":"Appointment","id":"a","serviceType":5,"participant":[{"actor":{"reference":"Patient/p"}}]}},
           {"resource":{"resourceType":"Appointment","id":"b","serviceType":[],"participant":[{"actor":{"reference":"Patient/p"}}]}}"#,
    );
    with(&text, |chart| {
        let doubts: Vec<bool> =
            chart.appointments.iter().map(|held| held.doubt.as_ref().is_some_and(|doubt| doubt.covers("serviceType"))).collect();
        assert_eq!(doubts, [true, false]);
    });
}

#[test]
fn whose_a_record_is_may_be_unclear_but_is_not_guessed() {
    let cases = [
        ("Patient/p", "Condition/c"),
        ("urn:uuid:AA-1", "Condition/c"),
        ("Patient/q", ""),
        ("Practitioner/p", ""),
        ("Patient/aa-1", "Condition/c?"),
        ("urn:uuid:bb-2", "Condition/c?"),
        ("Patient/p/", "Condition/c?"),
        ("Patient/Pa/", "Condition/c?"),
        ("patient/p", "Condition/c?"),
        (" Patient/p", "Condition/c?"),
        ("Patient/p ", "Condition/c?"),
        ("Patient/p#x", "Condition/c?"),
    ];
    for (reference, expected) in cases {
        let entry = format!(r#"{{"resource":{{"resourceType":"Condition","id":"c","subject":{{"reference":"{reference}"}}}}}}"#);
        with(&bundle("collection", &entry), |chart| assert_eq!(names(chart).join(" "), expected, "{reference}"));
    }
    for (system, value, expected) in [("mrn", "1", "Condition/c"), ("mrn", "2", "Condition/c?"), ("x", "1", "Condition/c?")] {
        let subject = format!(r#"{{"identifier":{{"system":"{system}","value":"{value}"}}}}"#);
        let entry = format!(r#"{{"resource":{{"resourceType":"Condition","id":"c","subject":{subject}}}}}"#);
        with(&bundle("collection", &entry), |chart| assert_eq!(names(chart).join(" "), expected, "{subject}"));
    }
}

#[test]
fn statuses_that_say_nothing_known_or_two_things_are_unread() {
    let coded = |codes: &str| {
        let codings: Vec<String> = codes.split_whitespace().map(|code| format!(r#"{{"code":"{code}"}}"#)).collect();
        format!(r#"{{"coding":[{}]}}"#, codings.join(","))
    };
    let cases = [
        ("verificationStatus", coded("confirmed"), false),
        ("verificationStatus", coded("confirmed 7"), false),
        ("verificationStatus", coded("doubtful"), true),
        ("verificationStatus", coded("confirmed refuted"), true),
        ("verificationStatus", r#"{"text":"Refuted"}"#.to_owned(), true),
        ("verificationStatus", r#""confirmed""#.to_owned(), false),
        ("verificationStatus", r#""doubtful""#.to_owned(), true),
        ("verificationStatus", "{}".to_owned(), false),
        ("clinicalStatus", coded("active"), false),
        ("clinicalStatus", coded("active recurrence"), false),
        ("clinicalStatus", coded("active resolved"), true),
        ("clinicalStatus", "7".to_owned(), true),
    ];
    for (member, value, unread) in cases {
        with(&bundle("collection", &condition("c", &format!(r#","{member}":{value}"#))), |chart| {
            let is_unread = chart.conditions[0].doubt.as_ref().is_some_and(|doubt| doubt.covers(member));
            assert_eq!(is_unread, unread, "{member}: {value}");
        });
    }
    with(&bundle("collection", &condition("c", r#","verificationStatus":{"coding":[{"code":"7"},{"code":"refuted"}]}"#)), |chart| {
        assert_eq!(chart.conditions[0].data.verification(), Some("refuted"));
    });
}

#[test]
fn a_modifier_of_a_part_casts_doubt_on_the_whole() {
    let cases = [
        (r#""stage":[{"modifierExtension":[{"url":"x"}]}]"#, true),
        (r#""contained":[{"resourceType":"Basic","modifierExtension":[{"url":"x"}]}]"#, true),
        (r#""stage":[{"modifierExtension":[ ]}]"#, false),
        (r#""note":[{"text":"no \"modifierExtension\": here"}]"#, false),
    ];
    for (more, doubtful) in cases {
        with(&bundle("collection", &condition("c", &format!(",{more}"))), |chart| {
            assert_eq!(chart.conditions[0].doubt.is_some(), doubtful, "{more}");
        });
    }
}

#[test]
fn an_element_is_no_list_of_its_members() {
    let observation = |more: &str| format!(r#"{{"resource":{{"resourceType":"Observation","code":{{"text":"x"}},{SUBJECT},{more}}}}}"#);
    with(&bundle("collection", &observation(r#""valueQuantity":[5]"#)), |chart| {
        assert!(matches!(chart.observations[0].data.value(), Value::Unreadable));
    });
    with(&bundle("collection", &observation(r#""effectivePeriod":["2025","2026"]"#)), |chart| {
        assert!(chart.observations[0].doubt.as_ref().is_some_and(|doubt| doubt.covers("effectivePeriod")));
    });
    with(&bundle("collection", &observation(r#""dataAbsentReason":5"#)), |chart| {
        assert!(matches!(chart.observations[0].data.value(), Value::Unreadable));
    });
}

#[test]
fn systems_have_one_spelling() {
    let cases = [
        ("http://snomed.info/sct", "http://snomed.info/sct"),
        ("https://snomed.info/sct", "http://snomed.info/sct"),
        ("http://loinc.org/", "http://loinc.org"),
        ("http://loinc.org|2.77", "http://loinc.org"),
        ("https://local.example/codes/", "https://local.example/codes"),
    ];
    for (written, canonical) in cases {
        let code = format!(r#","code":{{"coding":[{{"system":"{written}","code":"1"}}]}}"#);
        with(&bundle("collection", &condition("c", &code)), |chart| {
            let code = chart.conditions[0].data.code.as_ref().unwrap();
            assert_eq!(code.coding[0].system.as_deref(), Some(canonical), "{written}");
        });
    }
}

#[test]
fn the_newest_version_counts_however_it_is_told() {
    let put = |version: &str, modified: &str, code: &str| {
        format!(
            r#"{{"request":{{"method":"PUT","url":"Condition/c"}},"response":{{"status":"200"{modified}}},"resource":{{"resourceType":"Condition","id":"c",{SUBJECT},"meta":{{{version}}},"code":{{"coding":[{{"code":"{code}"}}]}}}}}}"#
        )
    };
    let modified = |day: u8| format!(r#","lastModified":"2026-11-{day:02}T00:00:00Z""#);
    let deleted =
        |day: u8| format!(r#"{{"request":{{"method":"DELETE","url":"Condition/c"}},"response":{{"status":"204"{}}}}}"#, modified(day));
    let cases = [
        // A history begins with what is newest.
        ("history", [put("", "", "new"), put("", "", "old")], "new"),
        ("history", [put("", &modified(1), "old"), put("", &modified(2), "new")], "new"),
        ("collection", [put(r#""versionId":"10""#, "", "new"), put(r#""versionId":"9""#, "", "old")], "new"),
        ("history", [deleted(3), put("", &modified(2), "old")], ""),
        ("history", [put("", &modified(4), "new"), deleted(3)], "new"),
    ];
    for (kind, entries, expected) in cases {
        with(&bundle(kind, &entries.join(",")), |chart| {
            let codes: Vec<&str> = chart.conditions.iter().flat_map(|held| held.data.code.as_ref().unwrap().codes()).collect();
            assert_eq!(codes.join(" "), expected, "{entries:?}");
        });
    }
}

#[test]
fn ids_of_two_servers_and_empty_ids_are_of_two_resources() {
    let at = |url: &str, id: &str| condition(id, "").replacen('{', &format!(r#"{{"fullUrl":"{url}","#), 1);
    for entries in
        [[at("http://a.example/Condition/c", "c"), at("http://b.example/Condition/c", "c")], [condition("", ""), condition("", "")]]
    {
        with(&bundle("collection", &entries.join(",")), |chart| assert_eq!(chart.conditions.len(), 2, "{entries:?}"));
    }
    let same = [at("http://a.example/Condition/c", "c"), condition("c", "")];
    with(&bundle("collection", &same.join(",")), |chart| assert_eq!(chart.conditions.len(), 1));
}

#[test]
fn a_drug_in_the_elements_of_two_versions_is_not_known() {
    let request = |more: &str| format!(r#"{{"resource":{{"resourceType":"MedicationRequest","id":"m",{SUBJECT}{more}}}}}"#);
    let (r4, r5) = (r#","medicationCodeableConcept":{"text":"a"}"#, r#","medication":{"concept":{"text":"b"}}"#);
    for (more, doubtful) in [(r4.to_owned(), false), (r5.to_owned(), false), (format!("{r4}{r5}"), true)] {
        with(&bundle("collection", &request(&more)), |chart| {
            assert_eq!(chart.doubt(chart.records(Kind::MedicationRequest)[0]).is_some(), doubtful, "{more}");
        });
    }
    with(&bundle("collection", &request(r4)), |chart| assert!(!chart.requests[0].data.entered_in_error()));
}

#[test]
fn a_product_is_found_by_an_identifier_that_no_other_one_has() {
    let product = |id: &str| {
        format!(
            r#"{{"resource":{{"resourceType":"Medication","id":"{id}","code":{{"text":"{id}"}},"identifier":[{{"system":"s","value":"1"}}]}}}}"#
        )
    };
    let request = format!(
        r#"{{"resource":{{"resourceType":"MedicationRequest","id":"m",{SUBJECT},"medicationReference":{{"identifier":{{"system":"s","value":"1"}}}}}}}}"#
    );
    for (products, expected) in [(vec![product("a")], Some("Medication/a")), (vec![product("a"), product("b")], None), (vec![], None)] {
        let entries: Vec<String> = products.into_iter().chain([request.clone()]).collect();
        with(&bundle("collection", &entries.join(",")), |chart| {
            let reference = chart.requests[0].data.medication_reference.as_ref().unwrap();
            assert_eq!(reference.reference.as_deref(), expected);
        });
    }
}
