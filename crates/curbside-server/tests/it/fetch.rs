//! What prefetch lacks, fetched from a FHIR server that may misbehave.

use std::time::{Duration, Instant};

use curbside_server::config::FhirServers;
use serde_json::{Value, json};

use crate::ehr::{Answer, Ehr};
use crate::site::{Reply, Site, diabetes, logged, put, view, without};

async fn site(ehr: &Ehr) -> Site {
    let bases = vec![ehr.url("/fhir")];
    let set = |config: &mut curbside_server::config::Config| {
        config.fhir = FhirServers { bases, anonymous: false };
        config.deadline = Duration::from_millis(900);
    };
    Site::with(set, Vec::new()).await
}

/// The request without prefetch, with access to a server.
fn bare(ehr: &Ehr) -> Value {
    let access = json!({"access_token": "canary-token", "token_type": "Bearer", "expires_in": 300, "scope": "Observation.Read (Labs) (R4)", "subject": "x"});
    put(put(without(view(), "/prefetch"), "/fhirServer", json!(ehr.url("/fhir"))), "/fhirAuthorization", access)
}

fn patient() -> String {
    view()["prefetch"]["patient"].to_string()
}

fn bundle(entries: &[Value], next: Option<&str>) -> String {
    let entries: Vec<Value> = entries.iter().map(|resource| json!({ "resource": resource })).collect();
    let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
    if let Some(next) = next {
        bundle["link"] = json!([{"relation": "next", "url": next}]);
    }
    bundle.to_string()
}

fn healthy(ehr: &Ehr) {
    ehr.serve("/fhir/Patient/p1", patient());
    ehr.serve("/fhir/Condition?patient=p1", bundle(&[diabetes("p1")], None));
}

const BOTH: [&str; 2] = ["Diabetes on record", "The patient is an adult"];

#[tokio::test]
async fn t041_t090_t102_what_is_missing_is_asked_for_and_nothing_else() {
    let ehr = Ehr::start().await;
    healthy(&ehr);
    let site = site(&ehr).await;
    assert_eq!(site.view(&bare(&ehr)).await.summaries(), BOTH);
    assert_eq!(ehr.targets(), ["/fhir/Condition?patient=p1", "/fhir/Patient/p1"]);
    for asked in ehr.seen() {
        assert_eq!((asked.method.as_str(), asked.authorization.as_deref()), ("GET", Some("Bearer canary-token")));
        assert_eq!(asked.accept.as_deref(), Some("application/fhir+json"));
    }
    let one = put(bare(&ehr), "/prefetch", json!({"patient": view()["prefetch"]["patient"]}));
    assert_eq!(site.view(&one).await.summaries(), BOTH);
    assert_eq!(ehr.seen().len(), 3);
    let none = put(bare(&ehr), "/prefetch", view()["prefetch"].clone());
    assert_eq!(site.view(&none).await.summaries(), BOTH);
    let looked = put(bare(&ehr), "/prefetch", json!({"patient": view()["prefetch"]["patient"], "conditions": null}));
    assert_eq!(site.view(&looked).await.summaries(), ["The patient is an adult"]);
    assert_eq!(ehr.seen().len(), 3, "what came is not asked for again");
    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(metrics.contains(r#"curbside_fetches_total{result="data"} 3"#), "{metrics}");
    site.stop().await;
}

#[tokio::test]
async fn t052_t053_pages_are_read_and_never_without_end() {
    let ehr = Ehr::start().await;
    healthy(&ehr);
    let site = site(&ehr).await;
    let other = json!({"resourceType": "Condition", "id": "c9", "subject": {"reference": "Patient/p1"}});
    ehr.serve("/fhir/Condition?patient=p1", bundle(std::slice::from_ref(&other), Some("/page?n=2")));
    ehr.serve("/page?n=2", bundle(std::slice::from_ref(&other), Some(&ehr.url("/page?n=3"))));
    ehr.serve("/page?n=3", bundle(&[diabetes("p1")], None));
    assert_eq!(site.view(&bare(&ehr)).await.summaries(), BOTH);
    // A page that the client sent goes on from there.
    let sent: Value = serde_json::from_str(&bundle(std::slice::from_ref(&other), Some(&ehr.url("/page?n=3")))).unwrap();
    let partial = put(bare(&ehr), "/prefetch", json!({"patient": view()["prefetch"]["patient"], "conditions": sent}));
    assert_eq!(site.view(&partial).await.summaries(), BOTH);
    let before = ehr.seen().len();
    ehr.serve("/page?n=3", bundle(std::slice::from_ref(&other), Some("/page?n=3")));
    assert_eq!(site.view(&bare(&ehr)).await.status, 200);
    assert_eq!(ehr.seen().len() - before, 4, "a page that leads to itself is read once");
    for page in 2..30 {
        ehr.serve(&format!("/page?n={page}&"), bundle(std::slice::from_ref(&other), Some(&format!("/page?n={}&", page + 1))));
    }
    ehr.serve("/fhir/Condition?patient=p1", bundle(&[other], Some("/page?n=2&")));
    let before = ehr.seen().len();
    assert_eq!(site.view(&bare(&ehr)).await.status, 200);
    assert_eq!(ehr.seen().len() - before, 11, "ten pages and the patient");
    site.stop().await;
}

#[tokio::test]
async fn t051_t097_tokens_do_not_travel_to_other_hosts() {
    let (ehr, evil) = (Ehr::start().await, Ehr::start().await);
    healthy(&ehr);
    let site = site(&ehr).await;
    for next in
        [evil.url("/fhir/x"), evil.url("/fhir/x").replace("http:", "https:"), "file:///etc/passwd".into(), "//evil.example/x".into()]
    {
        ehr.serve("/fhir/Condition?patient=p1", bundle(&[diabetes("p1")], Some(&next)));
        assert_eq!(site.view(&bare(&ehr)).await.summaries(), BOTH, "what the first page says still counts: {next}");
    }
    let away = Answer { status: 302, body: String::new(), headers: vec![("location".into(), evil.url("/fhir/x"))], delay: Duration::ZERO };
    ehr.answer("/fhir/Condition?patient=p1", away);
    assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"]);
    let elsewhere = put(bare(&ehr), "/fhirServer", json!(evil.url("/fhir")));
    site.view(&elsewhere).await.refused(412);
    assert!(evil.seen().is_empty(), "{:?}", evil.seen());
    site.stop().await;
}

#[tokio::test]
async fn t091_t103_faults_leave_what_is_known() {
    let ehr = Ehr::start().await;
    let site = site(&ehr).await;
    for status in [400, 403, 429, 500, 503] {
        healthy(&ehr);
        ehr.fail("/fhir/Condition?patient=p1", status);
        let before = ehr.seen().len();
        assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"], "{status}");
        assert_eq!(ehr.seen().len() - before, 2, "each key is asked for once: {status}");
    }
    for body in ["<html>", "{\"resourceType\": \"Bundle\", \"entry\": [", "{}", "5"] {
        ehr.serve("/fhir/Condition?patient=p1", body.into());
        assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"], "{body}");
    }
    ehr.serve("/fhir/Condition?patient=p1", format!("{{\"resourceType\": \"Condition\", \"x\": \"{}\"}}", "x".repeat(11 << 20)));
    assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"]);
    ehr.fail("/fhir/Condition?patient=p1", 404);
    assert_eq!(site.view(&bare(&ehr)).await.status, 200);
    ehr.fail("/fhir/", 401);
    ehr.fail("/fhir/Condition?patient=p1", 401);
    ehr.fail("/fhir/Patient/p1", 401);
    let reply = site.view(&bare(&ehr)).await;
    reply.refused(412);
    assert!(!reply.text.contains("canary"));
    ehr.fail("/fhir/Condition?patient=p1", 503);
    ehr.fail("/fhir/Patient/p1", 503);
    assert_eq!(site.view(&bare(&ehr)).await.refused(412)["code"], "transient");
    site.stop().await;
}

#[tokio::test]
async fn t094_a_server_that_hangs_costs_its_data_not_the_deadline() {
    let ehr = Ehr::start().await;
    healthy(&ehr);
    ehr.hang("/fhir/Condition?patient=p1");
    let site = site(&ehr).await;
    let started = Instant::now();
    assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"]);
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    ehr.hang("/fhir/Patient/p1");
    let started = Instant::now();
    assert_eq!(site.view(&bare(&ehr)).await.refused(412)["code"], "transient");
    assert!(started.elapsed() < Duration::from_millis(900), "{:?}", started.elapsed());
    site.stop().await;
}

#[tokio::test]
async fn t095_t098_tokens_are_used_for_whom_and_how_long_they_are_good() {
    let ehr = Ehr::start().await;
    healthy(&ehr);
    let site = site(&ehr).await;
    let with = |at: &str, value: Value| put(bare(&ehr), &format!("/fhirAuthorization/{at}"), value);
    for unusable in [
        with("expires_in", json!(0)),
        with("expires_in", json!(-5)),
        with("patient", json!("p2")),
        without(bare(&ehr), "/fhirAuthorization"),
    ] {
        site.view(&unusable).await.refused(412);
    }
    assert!(ehr.seen().is_empty());
    for bad in [
        with("token_type", json!("mac")),
        without(bare(&ehr), "/fhirAuthorization/access_token"),
        with("access_token", json!("a\nb")),
        with("expires_in", json!("soon")),
        with("expires_in", json!([300])),
        with("scope", json!(5)),
        with("subject", json!(5)),
        with("patient", json!({"id": "p1"})),
    ] {
        site.view(&bad).await.refused(400);
    }
    for good in [
        with("expires_in", json!("300")),
        with("expires_in", json!(300.0)),
        with("patient", json!("p1")),
        with("scope", json!("")),
        with("token_type", json!("BEARER")),
    ] {
        assert_eq!(site.view(&good).await.summaries(), BOTH);
    }
    site.stop().await;
}

#[tokio::test]
async fn t066_a_fetched_record_of_another_patient_changes_nothing() {
    let ehr = Ehr::start().await;
    healthy(&ehr);
    ehr.serve("/fhir/Condition?patient=p1", bundle(&[diabetes("p2")], None));
    let site = site(&ehr).await;
    assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"]);
    assert_eq!(outcomes(&site).await, ["unknown"]);
    ehr.serve("/fhir/Patient/p1", patient().replace("p1", "p2"));
    // Nothing is left that anything could be said about.
    site.view(&bare(&ehr)).await.refused(412);
    site.stop().await;
}

/// How the rule about diabetes came out so far.
async fn outcomes(site: &Site) -> Vec<&'static str> {
    let metrics = Reply::of(site.get("/metrics")).await.text;
    let is_counted = |outcome: &&str| metrics.contains(&format!(r#"curbside_decisions_total{{rule="diabetic",outcome="{outcome}"}}"#));
    ["met", "not-met", "unknown"].into_iter().filter(is_counted).collect()
}

#[tokio::test]
async fn t066_what_is_no_answer_is_asked_for_again() {
    let observation = json!({"resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"}});
    for sent in [bundle(&[diabetes("p2")], None), bundle(&[observation], None)] {
        let ehr = Ehr::start().await;
        healthy(&ehr);
        let site = site(&ehr).await;
        let sent: Value = serde_json::from_str(&sent).unwrap();
        let body = put(bare(&ehr), "/prefetch", json!({"patient": view()["prefetch"]["patient"], "Conditions": sent}));
        assert_eq!(site.view(&body).await.summaries(), BOTH);
        assert_eq!(ehr.targets(), ["/fhir/Condition?patient=p1"]);
        ehr.fail("/fhir/Condition?patient=p1", 500);
        let reply = site.view(&body).await;
        assert_eq!(reply.summaries(), ["The patient is an adult"]);
        assert_eq!(outcomes(&site).await, ["met", "unknown"]);
        let folder = std::sync::Arc::clone(&site.folder);
        site.stop().await;
        // So the request that came gives the answer again.
        let entry = logged(&folder, &reply).await;
        assert_eq!(entry.keys["conditions"], "invalid");
        let source = curbside_server::PackSource::read(&crate::site::mini()).unwrap();
        let rules: Vec<std::sync::Arc<dyn curbside_server::Backend>> =
            vec![std::sync::Arc::new(curbside_server::Native::load(&source).unwrap())];
        assert_eq!(curbside_server::replay::reproduce(&entry, body.to_string().as_bytes(), &rules), Ok(reply.text));
    }
}

#[tokio::test]
async fn t093_a_search_that_is_not_there_has_not_looked() {
    let ehr = Ehr::start().await;
    let site = site(&ehr).await;
    for status in [404, 410] {
        healthy(&ehr);
        ehr.fail("/fhir/Condition?patient=p1", status);
        assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"], "{status}");
        assert_eq!(outcomes(&site).await, ["unknown"], "{status}");
    }
    ehr.fail("/fhir/Patient/p1", 404);
    site.view(&bare(&ehr)).await.refused(412);
    site.stop().await;
}

#[tokio::test]
async fn t052_a_page_without_entries_leads_to_the_next() {
    let ehr = Ehr::start().await;
    healthy(&ehr);
    let site = site(&ehr).await;
    let warning = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]});
    ehr.serve("/fhir/Condition?patient=p1&page=2", bundle(&[diabetes("p1")], None));
    // Relative to the server's base, where it is relative.
    for next in
        [ehr.url("/fhir/Condition?patient=p1&page=2"), "Condition?patient=p1&page=2".into(), "/fhir/Condition?patient=p1&page=2".into()]
    {
        for first in [
            bundle(&[], Some(&next)),
            bundle(&[], Some(&next)).replace(r#""entry":[],"#, ""),
            bundle(std::slice::from_ref(&warning), Some(&next)),
        ] {
            ehr.serve("/fhir/Condition?patient=p1", first.clone());
            assert_eq!(site.view(&bare(&ehr)).await.summaries(), BOTH, "{first}");
            let sent: Value = serde_json::from_str(&first).unwrap();
            let partial = put(bare(&ehr), "/prefetch", json!({"patient": view()["prefetch"]["patient"], "conditions": sent}));
            assert_eq!(site.view(&partial).await.summaries(), BOTH, "{first}");
        }
    }
    assert_eq!(outcomes(&site).await, ["met"]);
    // A later page that says nothing leaves the list incomplete.
    for second in [warning.to_string(), "<html>".into(), bundle(&[diabetes("p2")], None)] {
        ehr.serve("/fhir/Condition?patient=p1&page=2", second.clone());
        assert_eq!(site.view(&bare(&ehr)).await.summaries(), ["The patient is an adult"], "{second}");
    }
    assert_eq!(outcomes(&site).await, ["met", "unknown"]);
    site.stop().await;
}
