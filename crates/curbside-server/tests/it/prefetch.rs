//! Prefetch in all its shapes, without a FHIR server to ask.

use serde_json::{Value, json};

use crate::site::{Site, diabetes, put, sign, view, without};

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
async fn t066_another_patients_records_change_nothing() {
    let site = Site::start().await;
    let other = put(view(), "/prefetch/conditions/entry/0/resource/subject/reference", json!("Patient/other"));
    assert_eq!(site.view(&other).await.summaries(), ["The patient is an adult"]);
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
