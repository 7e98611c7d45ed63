//! The envelope of a call, its context, and the answer.

use std::time::Duration;

use curbside_server::Failed;
use serde_json::{Value, json};

use crate::site::{Reply, Scripted, Site, put, sign, view, without};

#[tokio::test]
async fn t031_t054_a_call_is_answered_with_cards_and_a_decision_id() {
    let site = Site::start().await;
    let reply = site.view(&view()).await;
    assert_eq!(reply.summaries(), ["Diabetes on record", "The patient is an adult"]);
    assert_eq!(reply.header("curbside-decision-id").len(), 36);
    assert!(!reply.text.contains("org.curbside.result") && !reply.text.contains("null"), "{}", reply.text);
    assert_eq!(site.call("mini-sign", &sign()).await.summaries(), ["Insulin is being ordered"]);
    let child = put(view(), "/prefetch/patient/birthDate", json!("2025-01-01"));
    let nobody = put(child, "/prefetch/conditions", Value::Null);
    assert_eq!(site.view(&nobody).await.text, r#"{"cards":[]}"#);
    site.stop().await;
}

#[tokio::test]
async fn t020_t028_what_is_not_json_is_refused() {
    let site = Site::start().await;
    for body in ["{", "", "[]", "\"x\"", "null", "{\"hook\":1,}", "{} // x", "NaN"] {
        let issue = Reply::of(site.post("/cds-services/mini-view", body)).await.refused(400);
        assert!(["structure", "required"].contains(&issue["code"].as_str().unwrap()), "{body}: {issue}");
    }
    let mut marked = b"\xEF\xBB\xBF".to_vec();
    marked.extend(view().to_string().into_bytes());
    assert_eq!(Reply::of(site.post("/cds-services/mini-view", marked)).await.status, 200);
    let mut broken = view().to_string().replace("Practitioner/1", "\u{1}").into_bytes();
    let at = broken.iter().position(|byte| *byte == 1 || *byte == b'\\').unwrap();
    broken[at] = 0xFF;
    Reply::of(site.post("/cds-services/mini-view", broken)).await.refused(400);
    site.stop().await;
}

#[tokio::test]
async fn t021_t023_bodies_have_a_type() {
    let site = Site::start().await;
    let send = async |kind: Option<&str>| {
        let request = site.client.post(site.url("/cds-services/mini-view")).body(view().to_string());
        Reply::of(kind.iter().fold(request, |request, kind| request.header("content-type", *kind))).await
    };
    for kind in ["text/plain", "application/xml", "multipart/form-data", "application/json;charset=latin1"] {
        send(Some(kind)).await.refused(415);
    }
    send(None).await.refused(415);
    for kind in ["application/json;charset=UTF-8", "APPLICATION/JSON", "application/fhir+json", "application/json+fhir"] {
        assert_eq!(send(Some(kind)).await.status, 200, "{kind}");
    }
    site.stop().await;
}

#[tokio::test]
async fn t024_t026_unknown_members_and_odd_extensions_change_nothing() {
    let site = Site::start().await;
    let plain = site.view(&view()).await.summaries();
    for (at, value) in [
        ("/foo", json!({"bar": [1, {"x": null}]})),
        ("/context/foo", json!(5)),
        ("/prefetch/patient/foo", json!("x")),
        ("/extension", json!([{"a": 1}])),
        ("/extension", json!("text")),
        ("/extension", json!({"org.curbside.input": {"tz": "nowhere", "max_cards": 0}})),
    ] {
        assert_eq!(site.view(&put(view(), at, value.clone())).await.summaries(), plain, "{at} {value}");
    }
    site.stop().await;
}

#[tokio::test]
async fn t025_only_the_opening_of_a_chart_is_decided_at_patient_view() {
    let site = Site::start().await;
    let plain = site.view(&view()).await.text;
    for (trigger, is_opening) in [
        (json!("60"), true),
        (json!(60), true),
        (json!("18"), false),
        (json!(18), false),
        // Nobody knows what these mean.
        (json!(""), true),
        (json!("soon"), true),
        (json!({"x": 1}), true),
    ] {
        let reply = site.view(&put(view(), "/extension", json!({"com.epic.cdshooks.request.bpa-trigger-action": trigger}))).await;
        assert_eq!(reply.text, if is_opening { &plain } else { r#"{"cards":[]}"# }, "{trigger}");
    }
    site.stop().await;
}

#[tokio::test]
async fn t032_t036_the_envelope_is_checked() {
    let site = Site::start().await;
    for (body, code, at) in [
        (without(view(), "/hook"), "required", "hook"),
        (put(view(), "/hook", json!(5)), "value", "hook"),
        (put(view(), "/hook", json!("")), "value", "hook"),
        (without(view(), "/hookInstance"), "required", "hookInstance"),
        (put(view(), "/hookInstance", Value::Null), "required", "hookInstance"),
        (put(view(), "/hookInstance", json!("")), "value", "hookInstance"),
        (without(view(), "/context"), "required", "context"),
        (put(view(), "/context", json!([])), "value", "context"),
        (put(view(), "/context", Value::Null), "required", "context"),
        (put(view(), "/prefetch", json!([])), "value", "prefetch"),
        (
            put(view(), "/fhirAuthorization", json!({"access_token": "t", "token_type": "Bearer", "expires_in": 1})),
            "required",
            "fhirServer",
        ),
        (without(view(), "/context/userId"), "required", "context.userId"),
        (put(view(), "/context/patientId", json!("p1/x")), "value", "context.patientId"),
        (put(view(), "/hook", json!("order-sign")), "business-rule", "hook"),
        (put(view(), "/hook", json!("Patient-View")), "business-rule", "hook"),
    ] {
        let issue = site.view(&body).await.refused(400);
        assert_eq!((issue["code"].as_str(), issue["expression"][0].as_str()), (Some(code), Some(at)), "{issue}");
    }
    for instance in [
        "6B1F3F64-2C0B-4A55-9E43-7A1C2B7A9F10",
        "00000000-007b-9f33-e810-e841a57c502c",
        "urn:uuid:6b1f3f64-2c0b-4a55-9e43-7a1c2b7a9f10",
        "abc",
    ] {
        assert_eq!(site.view(&put(view(), "/hookInstance", json!(instance))).await.status, 200, "{instance}");
    }
    assert_eq!(site.view(&put(view(), "/fhirServer", json!("https://x.example"))).await.status, 200);
    site.stop().await;
}

#[tokio::test]
async fn t046_t047_members_given_twice_are_refused() {
    let site = Site::start().await;
    let text = view().to_string();
    for (from, to, name) in [
        ("\"prefetch\":{", "\"prefetch\":{\"patient\":{\"resourceType\":\"Patient\",\"id\":\"p2\"},", "patient"),
        ("\"context\":{", "\"context\":{\"patientId\":\"p2\",", "patientId"),
        ("\"hook\":", "\"hook\":\"order-sign\",\"hook\":", "hook"),
    ] {
        let issue = Reply::of(site.post("/cds-services/mini-view", text.replacen(from, to, 1))).await.refused(400);
        assert_eq!(issue["diagnostics"], name);
    }
    site.stop().await;
}

#[tokio::test]
async fn t063_t064_users_and_patients_are_read_leniently() {
    let site = Site::start().await;
    for user in ["Practitioner/1", "https://ehr/fhir/Practitioner/1", "Group/1", "1"] {
        assert_eq!(site.view(&put(view(), "/context/userId", json!(user))).await.status, 200, "{user}");
    }
    assert_eq!(site.view(&put(view(), "/context/patientId", json!("Patient/p1"))).await.summaries().len(), 2);
    site.stop().await;
}

#[tokio::test]
async fn t065_the_same_call_has_the_same_answer() {
    let site = Site::start().await;
    let (one, two) = (site.view(&view()).await, site.view(&view()).await);
    assert_eq!(one.text, two.text);
    assert_ne!(one.header("curbside-decision-id"), two.header("curbside-decision-id"));
    let other = site.view(&put(view(), "/hookInstance", json!("another"))).await;
    assert_ne!(other.json()["cards"][0]["uuid"], one.json()["cards"][0]["uuid"]);
    site.stop().await;
}

#[tokio::test]
async fn t060_cards_have_what_the_standard_asks_for() {
    let site = Site::start().await;
    for card in site.view(&view()).await.json()["cards"].as_array().unwrap() {
        assert!(card["uuid"].as_str().is_some_and(|uuid| uuid.len() == 36 && *uuid == uuid.to_lowercase()));
        assert!(card["summary"].as_str().unwrap().chars().count() < 140);
        assert!(["info", "warning", "critical"].contains(&card["indicator"].as_str().unwrap()));
        assert!(card["source"]["label"].is_string() && card["source"]["topic"]["code"].is_string());
        assert_eq!(card.get("suggestions").is_some(), card.get("selectionBehavior").is_some());
        for reason in card["overrideReasons"].as_array().into_iter().flatten() {
            assert!(reason["code"].is_string() && reason["system"].is_string() && reason["display"].is_string());
        }
        for suggestion in card["suggestions"].as_array().into_iter().flatten() {
            assert!(suggestion["uuid"].is_string() && suggestion["isRecommended"].is_boolean() && suggestion["label"].is_string());
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn t111_t114_what_fails_costs_its_own_cards_and_says_so() {
    let site = Site::with(
        |config| config.deadline = Duration::from_millis(400),
        vec![
            Scripted::plugin("traps", |_, _| Err(Failed::Crashed)),
            Scripted::plugin("panics", |_, _| panic!("on purpose")),
            Scripted::plugin("answers-nonsense", |_, _| Ok("{\"cardz\": []}".into())),
            Scripted::plugin("hangs", |_, _| {
                std::thread::sleep(Duration::from_secs(2));
                Ok(r#"{"cards":[]}"#.into())
            }),
        ],
    )
    .await;
    for service in ["traps", "panics", "answers-nonsense", "hangs"] {
        let started = std::time::Instant::now();
        assert_eq!(site.call(service, &view()).await.summaries(), ["This check could not be completed: decide without it."]);
        assert!(started.elapsed() < Duration::from_millis(900), "{service}: {:?}", started.elapsed());
        assert_eq!(site.view(&view()).await.summaries().len(), 2);
    }
    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(metrics.contains(r#"curbside_plugin_failures_total{plugin="traps",failure="crashed"} 1"#), "{metrics}");
    assert!(metrics.contains(r#"curbside_plugin_failures_total{plugin="hangs",failure="deadline"} 1"#), "{metrics}");
    site.stop().await;
}

#[tokio::test]
async fn plugins_see_the_request_without_its_token() {
    let seen = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let keep = std::sync::Arc::clone(&seen);
    let plugin = Scripted::plugin("sees", move |request, _| {
        *keep.lock().unwrap() = request.to_owned();
        Ok(r#"{"cards":[{"summary":"s","indicator":"info","source":{"label":"l"}}]}"#.into())
    });
    let site = Site::with(|_| {}, vec![plugin]).await;
    let body = put(view(), "/fhirServer", json!("https://ehr.example.org/fhir"));
    let body = put(
        body,
        "/fhirAuthorization",
        json!({"access_token": "canary-token", "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": "x"}),
    );
    let reply = site.call("sees", &body).await;
    assert_eq!(reply.json()["cards"][0]["uuid"].as_str().unwrap().len(), 36);
    let seen = seen.lock().unwrap().clone();
    assert!(!seen.contains("canary-token") && !seen.contains("fhirServer"), "{seen}");
    let seen: Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["prefetch"], view()["prefetch"]);
    assert_eq!(seen["extension"]["org.curbside.input"]["tz"], "UTC");
    site.stop().await;
}
