//! Prefetch in all its shapes, without a FHIR server to ask.

use serde_json::{Value, json};

use std::sync::Arc;

use crate::site::{Reply, Site, diabetes, logged, put, sign, view, without};

fn bundle(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    json!({"resourceType": "Bundle", "type": "searchset", "entry": entries})
}

#[tokio::test]
async fn t043_t045_a_key_without_data_is_knowledge_or_not() {
    let site = Site::start().await;
    let warning = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "processing"}]});
    let bundle = |entries: Value| json!({"resourceType": "Bundle", "type": "searchset", "entry": entries});
    // Looked, and nothing there: the rule about conditions is not met, and nobody asks for anything.
    for nothing in [
        Value::Null,
        json!({"resourceType": "Bundle"}),
        bundle(json!([])),
        bundle(json!([{"resource": warning, "search": {"mode": "outcome"}}])),
    ] {
        assert_eq!(
            site.view(&put(view(), "/prefetch/conditions", nothing.clone())).await.summaries(),
            ["The patient is an adult"],
            "{nothing}"
        );
    }
    let both = bundle(json!([{"resource": warning}, {"resource": diabetes("p1")}]));
    assert_eq!(site.view(&put(view(), "/prefetch/conditions", both)).await.summaries().len(), 2);
    // Undeclared keys count, whatever they are called.
    let elsewhere = put(without(view(), "/prefetch/conditions"), "/prefetch/problems", json!(diabetes("p1")));
    assert_eq!(site.view(&elsewhere).await.summaries().len(), 2);
    site.stop().await;
}

#[tokio::test]
async fn t044_t048_nothing_known_at_all_is_412_and_names_the_keys() {
    let site = Site::start().await;
    let failed = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]});
    for body in [
        without(view(), "/prefetch"),
        put(view(), "/prefetch", json!({})),
        put(view(), "/prefetch", json!({"patient": failed, "conditions": failed})),
        put(view(), "/prefetch", json!({"patient": "Patient/{{context.patientId}}", "conditions": {}})),
        put(view(), "/prefetch", json!({"patient": {"resourceType": "Patient", "id": "other"}})),
    ] {
        let reply = site.view(&body).await;
        let issue = reply.refused(412);
        assert_eq!(issue["code"], "incomplete");
        let keys: Vec<&str> =
            ["conditions", "patient"].into_iter().filter(|key| reply.text.contains(&format!("prefetch key: {key}\""))).collect();
        assert_eq!(keys, ["conditions", "patient"], "{}", reply.text);
        assert_eq!(reply.header("curbside-decision-id").len(), 36);
    }
    // Some of it is enough to say something.
    assert_eq!(site.view(&without(view(), "/prefetch/conditions")).await.summaries(), ["The patient is an adult"]);
    site.stop().await;
}

#[tokio::test]
async fn a_draft_order_says_enough_by_itself() {
    let site = Site::start().await;
    assert_eq!(site.call("mini-sign", &without(sign(), "/prefetch")).await.summaries(), ["Insulin is being ordered"]);
    let empty = put(without(sign(), "/prefetch"), "/context/draftOrders", json!({"resourceType": "Bundle"}));
    site.call("mini-sign", &empty).await.refused(412);
    site.stop().await;
}

#[tokio::test]
async fn t066_what_is_no_answer_to_a_template_is_unknown_and_not_nothing() {
    let observation = json!({"resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"}});
    let error = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]});
    for (conditions, state, outcome) in [
        (bundle(&[diabetes("other")]), Some("invalid"), "unknown"),
        (bundle(std::slice::from_ref(&observation)), Some("invalid"), "unknown"),
        (bundle(&[observation.clone(), diabetes("other"), error]), Some("invalid"), "unknown"),
        (diabetes("other"), Some("invalid"), "unknown"),
        (diabetes("https://ehr.example.org/fhir/Patient/other/_history/2"), Some("invalid"), "unknown"),
        (put(diabetes("p1"), "/subject/reference", json!("urn:uuid:0f0f0f0f-0000-4000-8000-000000000000")), Some("invalid"), "unknown"),
        (observation.clone(), Some("invalid"), "unknown"),
        (json!({"resource": diabetes("other")}), Some("invalid"), "unknown"),
        // What is right among it counts.
        (bundle(&[observation, diabetes("other"), diabetes("p1")]), None, "met"),
        (bundle(&[]), Some("empty"), "not-met"),
    ] {
        let site = Site::start().await;
        let reply = site.view(&put(view(), "/prefetch/conditions", conditions.clone())).await;
        assert_eq!(reply.status, 200, "{conditions}");
        let metrics = Reply::of(site.get("/metrics")).await.text;
        let counted = metrics.contains(r#"curbside_invalid_prefetch_total{service="mini-view",key="conditions"} 1"#);
        assert_eq!(counted, state == Some("invalid"), "{conditions}: {metrics}");
        let folder = Arc::clone(&site.folder);
        site.stop().await;
        let entry = logged(&folder, &reply).await;
        assert_eq!(entry.keys.get("conditions").map(String::as_str), state, "{conditions}");
        let decision = entry.decisions.iter().find(|decision| decision.rule == "diabetic").unwrap();
        assert_eq!(decision.outcome, outcome, "{conditions}");
    }
}

#[tokio::test]
async fn t066_a_patient_may_be_named_by_the_url_of_an_entry() {
    let site = Site::start().await;
    let urn = "urn:uuid:0f0f0f0f-0000-4000-8000-000000000000";
    let patient = json!({"resourceType": "Bundle", "entry": [{"fullUrl": urn, "resource": view()["prefetch"]["patient"]}]});
    let conditions = bundle(&[put(diabetes("p1"), "/subject/reference", json!(urn))]);
    let body = put(put(view(), "/prefetch/patient", patient), "/prefetch/conditions", conditions);
    assert_eq!(site.view(&body).await.summaries().len(), 2);
    site.stop().await;
}

#[tokio::test]
async fn a_bundle_for_a_read_holds_one_patient() {
    let site = Site::start().await;
    let adult = view()["prefetch"]["patient"].clone();
    let child = put(adult.clone(), "/birthDate", json!("2020-01-01"));
    let other = put(adult.clone(), "/id", json!("p2"));
    for (patients, cards) in [
        (vec![adult.clone()], 2),
        (vec![adult.clone(), child.clone()], 1),
        (vec![child, adult.clone()], 1),
        (vec![adult.clone(), adult.clone()], 1),
        (vec![adult.clone(), other], 1),
        (vec![adult, diabetes("p1")], 2),
    ] {
        let body = put(view(), "/prefetch/patient", bundle(&patients));
        assert_eq!(site.view(&body).await.summaries().len(), cards, "{patients:?}");
    }
    site.stop().await;
}

#[tokio::test]
async fn t088_a_medication_may_stand_beside_the_order() {
    let site = Site::start().await;
    let medication =
        json!({"resourceType": "Medication", "id": "m1", "code": {"coding": [{"system": "http://www.whocc.no/atc", "code": "A10AB01"}]}});
    let order = |reference: &str| json!({"resourceType": "MedicationRequest", "id": "d1", "status": "draft", "medicationReference": {"reference": reference}});
    let beside = put(sign(), "/context/draftOrders/entry", json!([{"resource": order("Medication/m1")}, {"resource": medication}]));
    assert_eq!(site.call("mini-sign", &beside).await.summaries(), ["Insulin is being ordered"]);
    let inside = put(order("#m1"), "/contained", json!([medication]));
    let contained = put(sign(), "/context/draftOrders/entry", json!([{"resource": inside}]));
    assert_eq!(site.call("mini-sign", &contained).await.summaries(), ["Insulin is being ordered"]);
    site.stop().await;
}
