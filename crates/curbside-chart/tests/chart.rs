//! What becomes of a record: which resources count, under which doubt, and what is set aside.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use curbside_chart::input::{MAX_BYTES, read};
use curbside_chart::time::Zone;
use curbside_chart::{Chart, ChartError, ChartOptions, Wanted};

fn with<T>(text: &str, patient: Option<&str>, look: impl FnOnce(Result<&Chart<'_>, ChartError>) -> T) -> T {
    let mut wanted = Wanted::everything();
    wanted.add("ClaimResponse");
    let document = read(text.as_bytes(), MAX_BYTES).unwrap();
    match document.chart(&ChartOptions { patient, zone: &Zone::UTC, wanted: &wanted }) {
        Ok(chart) => look(Ok(&chart)),
        Err(error) => look(Err(error)),
    }
}

/// A bundle of these resources and patient `p`.
fn bundle(resources: &str) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[
            {{"fullUrl":"urn:uuid:1-2-3","resource":{{"resourceType":"Patient","id":"p"}}}}{}{}]}}"#,
        if resources.is_empty() { "" } else { "," },
        resources
            .split('\n')
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| format!("{{\"resource\":{line}}}"))
            .collect::<Vec<_>>()
            .join(","),
    )
}

fn conditions(resources: &str) -> Vec<String> {
    with(&bundle(resources), None, |chart| {
        let chart = chart.unwrap();
        let kept = chart.conditions.iter().map(|held| match &held.doubt {
            Some(doubt) => format!("{} {doubt}", held.name),
            None => held.name.to_string(),
        });
        kept.chain(chart.set_aside.iter().map(|set| format!("- {}: {}", set.name, set.reason))).collect()
    })
}

#[test]
fn only_the_patients_own_resources_count() {
    assert_eq!(
        conditions(
            r#"{"resourceType":"Condition","id":"a","subject":{"reference":"Patient/p"}}
               {"resourceType":"Condition","id":"b","subject":{"reference":"urn:uuid:1-2-3"}}
               {"resourceType":"Condition","id":"c","subject":{"reference":"https://ehr.example/fhir/Patient/p"}}
               {"resourceType":"Condition","id":"d","subject":{"reference":"Patient/q"}}
               {"resourceType":"Condition","id":"e","subject":{"reference":"Group/p"}}
               {"resourceType":"Condition","id":"f"}
               {"resourceType":"Condition","id":"g","subject":{"reference":"Patient?identifier=http://x|1"}}
               {"resourceType":"Condition","subject":{"reference":"Patient/p/_history/2"},"id":"h"}"#
        ),
        [
            "Condition/a",
            "Condition/b",
            "Condition/c",
            "Condition/f does not say clearly whose record it is",
            "Condition/g does not say clearly whose record it is",
            "Condition/h",
            "- Condition/d: another patient's record",
            "- Condition/e: another patient's record",
        ]
    );
}

#[test]
fn a_newer_version_that_was_entered_in_error_takes_the_older_one_back() {
    let wrong = r#""verificationStatus":{"coding":[{"code":"entered-in-error"}]}"#;
    let version = |id: &str, updated: &str, subject: &str, more: &str| {
        format!(r#"{{"resourceType":"Condition","id":"{id}","meta":{{{updated}}},"subject":{{"reference":"Patient/{subject}"}}{more}}}"#)
    };
    let wrong = format!(",{wrong}");
    let (old, new) = (r#""lastUpdated":"2026-01-01T00:00:00Z""#, r#""lastUpdated":"2026-06-01T00:00:00Z""#);
    let resources = [
        version("later", new, "p", &wrong),
        version("later", old, "p", ""),
        version("earlier", old, "p", &wrong),
        version("earlier", new, "p", ""),
        // Without dates the one that comes last is the newer one.
        version("last", "", "p", ""),
        version("last", "", "p", &wrong),
        version("first", "", "p", &wrong),
        version("first", "", "p", ""),
        version("theirs", old, "p", ""),
        version("theirs", new, "q", &wrong),
    ];
    let kept: Vec<String> = conditions(&resources.join("\n")).into_iter().filter(|line| !line.starts_with('-')).collect();
    assert_eq!(kept, ["Condition/earlier", "Condition/first", "Condition/theirs"]);
}

#[test]
fn of_versions_of_one_id_without_a_date_the_last_one_counts() {
    for (first, last) in [("A00", "B00"), ("B00", "A00")] {
        let version = |code: &str| {
            format!(
                r#"{{"resourceType":"Condition","id":"a","code":{{"coding":[{{"code":"{code}"}}]}},"subject":{{"reference":"Patient/p"}}}}"#
            )
        };
        with(&bundle(&[version(first), version(last)].join("\n")), None, |chart| {
            let chart = chart.unwrap();
            let codes: Vec<&str> =
                chart.conditions.iter().filter_map(|held| held.data.code.as_ref()).flat_map(|code| code.codes()).collect();
            assert_eq!(codes, [last]);
        });
    }
}

#[test]
fn errors_and_duplicates_are_set_aside_and_listed() {
    let subject = r#""subject":{"reference":"Patient/p"}"#;
    let code = |code: &str| format!(r#""code":{{"coding":[{{"code":"{code}"}}]}}"#);
    let identifier = r#""identifier":[{"system":"s","value":"1"}]"#;
    assert_eq!(
        conditions(&format!(
            r#"{{"resourceType":"Condition","id":"a",{subject},"verificationStatus":{{"coding":[{{"code":"entered-in-error"}}]}}}}
               {{"resourceType":"Condition","id":"b",{subject},"meta":{{"lastUpdated":"2026-02-01T00:00:00Z"}},{}}}
               {{"resourceType":"Condition","id":"b",{subject},"meta":{{"lastUpdated":"2026-01-01T00:00:00Z"}},{}}}
               {{"resourceType":"Condition","id":"c",{subject},{identifier},{}}}
               {{"resourceType":"Condition","id":"d",{subject},{identifier},{}}}
               {{"resourceType":"Condition","id":"e",{subject},{identifier},{}}}
               {{"resourceType":"Bundle","entry":[]}}
               "nonsense""#,
            code("new"),
            code("old"),
            code("1"),
            code("1"),
            code("2"),
        )),
        [
            "Condition/b",
            "Condition/d",
            "Condition/e",
            "- Bundle without id (entry 7): a Bundle within the Bundle",
            "- Condition/a: entered in error",
            "- Condition/b: duplicate",
            "- Condition/c: duplicate",
            "- resource without id (entry 8): unreadable: it does not say its resourceType",
        ]
    );
}

#[test]
fn a_malformed_member_costs_itself_and_makes_the_rest_doubtful() {
    let subject = r#""subject":{"reference":"Patient/p"}"#;
    assert_eq!(
        conditions(&format!(
            r#"{{"resourceType":"Condition","id":"a",{subject},"onsetDateTime":7}}
               {{"resourceType":"Condition","id":"b",{subject},"recordedDate":"2025","recordedDate":"2026"}}
               {{"resourceType":"Condition","id":"c",{subject},"unread":1e400,"twice":1,"twice":2}}
               {{"resourceType":"Condition","id":"d",{subject},"modifierExtension":[{{"url":"x"}}]}}
               {{"resourceType":"Condition","id":"e",{subject},"implicitRules":"x"}}
               {{"resourceType":"Condition","id":"f",{subject},"code":"F33.1","clinicalStatus":"active"}}"#
        )),
        [
            "Condition/a could be read only in part, without onsetDateTime",
            "Condition/b could be read only in part, without recordedDate",
            "Condition/c",
            "Condition/d has a modifierExtension, which may change its meaning",
            "Condition/e has implicitRules, which may change its meaning",
            "Condition/f could be read only in part, without code",
        ]
    );
}

#[test]
fn one_patient_is_chosen_or_asked_for() {
    let two = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"a"}},{"resource":{"resourceType":"Patient","id":"b"}},
        {"resource":{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/x"}}}]}"#;
    let said = |patient| with(two, patient, |chart| chart.map(|chart| chart.patient_id().unwrap().to_owned()).map_err(|e| e.to_string()));
    assert_eq!(said(None).unwrap_err(), "the record holds 2 patients; choose one with --patient ID: a, b");
    assert_eq!(said(Some("Patient/b")).unwrap(), "b");
    assert_eq!(said(Some("x")).unwrap(), "x");
    assert_eq!(said(Some("z")).unwrap_err(), "the record does not hold patient z; it holds a, b");
    let none = r#"{"resourceType":"Bundle","entry":[]}"#;
    with(none, None, |chart| assert_eq!(chart.err(), Some(ChartError::NoPatient)));
}

#[test]
fn a_request_answers_for_the_types_it_looked_for() {
    let request = |prefetch: &str| {
        format!(
            r#"{{"hook":"order-sign","context":{{"patientId":"Patient/p","draftOrders":{{"resourceType":"Bundle","entry":[{{"resource":{{"resourceType":"MedicationRequest","id":"o"}}}}]}}}},"prefetch":{prefetch}}}"#
        )
    };
    let patient = r#"{"resource":{"resourceType":"Patient","id":"p"}}"#;
    let bundle = |entries: &str, link: &str| format!(r#"{{"resourceType":"Bundle","entry":[{entries}]{link}}}"#);
    let looked = |prefetch: &str| {
        with(&request(prefetch), None, |chart| {
            let chart = chart.unwrap();
            assert_eq!(chart.patient_id(), Some("p"));
            assert!(chart.requests.iter().all(|held| held.doubt.is_none() && chart.hook.member(held.place) == Some("draftOrders")));
            ["Condition", "Observation", "ClaimResponse"].map(|kind| chart.looked_for(kind))
        })
    };
    let condition = r#"{"resource":{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"}}}"#;
    assert_eq!(looked(&format!(r#"{{"record":{}}}"#, bundle(patient, ""))), [true; 3]);
    assert_eq!(looked(&format!(r#"{{"record":{}}}"#, bundle(patient, r#","link":[{"relation":"next","url":"x"}]"#))), [false; 3]);
    assert_eq!(looked(r#"{"conditions":null,"observations":{"resourceType":"OperationOutcome"}}"#), [true, false, false]);
    assert_eq!(
        looked(&format!(r#"{{"x":{},"patient":{{"resourceType":"Patient","id":"p"}}}}"#, bundle(condition, ""))),
        [true, false, false]
    );
    let outcome = |severity: &str| format!(r#"{{"resource":{{"resourceType":"OperationOutcome","issue":[{{"severity":"{severity}"}}]}}}}"#);
    assert_eq!(looked(&format!(r#"{{"conditions":{}}}"#, bundle(&outcome("warning"), ""))), [true, false, false]);
    assert_eq!(looked(&format!(r#"{{"conditions":{}}}"#, bundle(&outcome("error"), ""))), [false; 3]);
    assert_eq!(looked("{}"), [false; 3]);
}

#[test]
fn references_resolve_by_every_form() {
    let text = r##"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p"}},
        {"fullUrl":"urn:uuid:9","resource":{"resourceType":"Medication","id":"m"}},
        {"fullUrl":"http://x/fhir/Medication/n","resource":{"id":"n","resourceType":"Medication"}},
        {"resource":{"resourceType":"MedicationRequest","id":"r","subject":{"reference":"Patient/p"},
            "contained":[{"resourceType":"Medication","id":"c","code":{"text":"inside"}}],"medicationReference":{"reference":"#c"}}}]}"##;
    with(text, None, |chart| {
        let chart = chart.unwrap();
        let name = |reference: &str| chart.resolve(reference).map(|found| chart.name(found).unwrap().to_string());
        assert_eq!(name("Medication/m").as_deref(), Some("Medication/m"));
        assert_eq!(name("urn:uuid:9").as_deref(), Some("Medication/m"));
        assert_eq!(name("http://x/fhir/Medication/n").as_deref(), Some("Medication/n"));
        assert_eq!(name("Medication?identifier=1"), None);
        assert_eq!(name("Medication/z"), None);
        let holder = chart.records(curbside_chart::Kind::MedicationRequest)[0];
        let inside: curbside_chart::resource::Medication<'_> = chart.contained(holder, curbside_chart::Kind::Medication, "c").unwrap();
        assert_eq!(inside.code.unwrap().label(), Some("inside"));
    });
}

#[test]
fn a_key_of_a_prefetch_answers_for_its_type_even_where_it_found_nothing() {
    let request = r#"{"hook":"order-sign","context":{"patientId":"p"},"prefetch":{
        "patient":{"resourceType":"Patient","id":"p"},
        "claimResponse":null,
        "conditions":{"resourceType":"Bundle","type":"searchset"},
        "coverage":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden"}]}}}"#;
    with(request, None, |chart| {
        let chart = chart.unwrap();
        for (kind, looked) in [("ClaimResponse", true), ("Condition", true), ("Coverage", false), ("Observation", false)] {
            assert_eq!(chart.looked_for(kind), looked, "{kind}");
        }
    });
}

#[test]
fn a_status_that_fhir_does_not_have_says_nothing() {
    let text = bundle(
        r#"{"resourceType":"MedicationRequest","id":"a","status":"none","subject":{"reference":"Patient/p"}}
           {"resourceType":"MedicationRequest","id":"b","status":"active","subject":{"reference":"Patient/p"}}
           {"resourceType":"MedicationRequest","id":"c","subject":{"reference":"Patient/p"}}"#,
    );
    with(&text, None, |chart| {
        let read: Vec<_> = chart.unwrap().requests.iter().map(|held| (held.data.status.as_deref(), held.doubt.is_some())).collect();
        assert_eq!(read, [(None, true), (Some("active"), false), (None, false)]);
    });
}

#[test]
fn records_that_say_the_same_of_their_drug_have_one_number() {
    let request = |id: &str, drug: &str, more: &str| {
        format!(
            r#"{{"resourceType":"MedicationRequest","id":"{id}","subject":{{"reference":"Patient/p"}},"status":"active",{drug}{more}}}"#
        )
    };
    let numbers = |resources: &[String]| {
        with(&bundle(&resources.join("\n")), None, |chart| chart.unwrap().drugs(curbside_chart::Kind::MedicationRequest).to_vec())
    };
    let coded =
        |code: &str, text: &str| format!(r#""medicationCodeableConcept":{{"coding":[{{"system":"s","code":"{code}"}}],"text":"{text}"}}"#);
    let refers = |to: &str| format!(r#""medicationReference":{{"reference":"{to}"}}"#);
    // The same, and what differs in a code, in words behind it, in the address.
    let drugs = [coded("1", "a"), coded("1", "a"), coded("2", "a"), coded("1", "b"), refers("Medication/m"), refers("Medication/m")];
    let all: Vec<String> = drugs.iter().enumerate().map(|(at, drug)| request(&at.to_string(), drug, "")).collect();
    assert_eq!(numbers(&all), [0, 0, 1, 2, 3, 3]);
    // What is contained means something in its own record only, and what is written with escapes is not compared.
    for drug in [refers("#c"), coded(r"\u0031", "a")] {
        assert_eq!(numbers(&[request("a", &drug, ""), request("b", &drug, "")]), [0, 1], "{drug}");
    }
    // Another version that says something else takes the place of the first, with which others were compared.
    let updated = |drug: &str, day: u8| request("a", drug, &format!(r#","meta":{{"lastUpdated":"2026-01-0{day}T00:00:00Z"}}"#));
    let (one, two) = (coded("1", "a"), coded("2", "a"));
    let replaced = numbers(&[updated(&one, 1), updated(&two, 2), request("b", &one, ""), request("c", &two, ""), request("d", &one, "")]);
    assert_eq!(replaced, [1, 2, 1, 2]);
    let kept = numbers(&[updated(&one, 2), updated(&two, 1), request("b", &one, "")]);
    assert_eq!(kept, [0, 0]);
}
