//! Feedback over HTTP.

use serde_json::{Value, json};

use crate::site::{Reply, Site, put, view, without};

/// The adult's card: its id, its suggestion's id.
async fn card(site: &Site) -> (String, String) {
    let body = site.view(&view()).await.json();
    let card = body["cards"].as_array().unwrap().iter().find(|card| card["indicator"] == "info").unwrap().clone();
    (card["uuid"].as_str().unwrap().into(), card["suggestions"][0]["uuid"].as_str().unwrap().into())
}

fn overridden(card: &str, reason: Value) -> Value {
    json!({"card": card, "outcome": "overridden", "overrideReason": reason, "outcomeTimestamp": "2026-05-04T09:13:02Z"})
}

fn accepted(card: &str, suggestion: &str) -> Value {
    json!({"card": card, "outcome": "accepted", "acceptedSuggestions": [{"id": suggestion}], "outcomeTimestamp": "2026-05-04T09:15:02Z"})
}

fn batch(items: &[Value]) -> Value {
    json!({ "feedback": items })
}

#[tokio::test]
async fn t130_t132_feedback_is_kept_and_counted_once() {
    let site = Site::start().await;
    let (id, suggestion) = card(&site).await;
    let items = [
        accepted(&id, &suggestion),
        overridden(&id, json!({"reason": {"code": "wrong"}})),
        overridden(&id, json!({"reason": {"code": "smith-family"}})),
    ];
    for _ in 0..2 {
        let reply = site.feedback("mini-view", &batch(&items[..2])).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(reply.json()["issue"][0]["severity"], "information");
    }
    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(metrics.contains(r#"curbside_feedback_total{rule="adult",outcome="accepted",reason=""} 1"#), "{metrics}");
    assert!(metrics.contains(r#"curbside_feedback_total{rule="adult",outcome="overridden",reason="wrong"} 1"#), "{metrics}");
    let late = json!({"card": id, "outcome": "overridden", "overrideReason": {"reason": {"code": "smith-family"}}, "outcomeTimestamp": "2026-05-05T09:13:02Z"});
    assert_eq!(site.feedback("mini-view", &batch(&[late])).await.status, 200);
    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(!metrics.contains("smith") && metrics.contains(r#"reason="other""#), "a reason that was not offered is no label");
    site.stop().await;
}

#[tokio::test]
async fn t134_t139_what_is_wrong_is_named_and_the_rest_kept() {
    let site = Site::start().await;
    let (id, suggestion) = card(&site).await;
    let bad = json!({"card": id, "outcome": "ignored", "outcomeTimestamp": "2026-05-04T09:13:02Z"});
    let items =
        [accepted(&id, &suggestion), bad.clone(), overridden("123456", json!({})), accepted(&id, "foreign"), overridden(&id, json!({}))];
    let reply = site.feedback("mini-view", &batch(&items)).await;
    assert_eq!(reply.status, 200);
    let places: Vec<Value> = reply.json()["issue"].as_array().unwrap().iter().map(|issue| issue["expression"][0].clone()).collect();
    assert_eq!(places, ["feedback[1].outcome", "feedback[3].acceptedSuggestions"]);
    site.feedback("mini-view", &batch(&[bad])).await.refused(400);
    site.feedback("mini-view", &json!({})).await.refused(400);
    site.feedback("nope", &batch(&[])).await.refused(404);
    assert_eq!(site.feedback("mini-view", &batch(&[])).await.status, 200);
    site.stop().await;
}

#[tokio::test]
async fn t138_unknown_cards_are_answered_like_known_ones() {
    let site = Site::start().await;
    let (id, _) = card(&site).await;
    let known = site.feedback("mini-view", &batch(&[overridden(&id, json!({}))])).await;
    for unknown in ["123456", "3f0f7c1e-6c55-4a53-9f6b-0b6f2f6b9a11"] {
        let reply = site.feedback("mini-view", &batch(&[overridden(unknown, json!({}))])).await;
        assert_eq!((reply.status, &reply.text), (known.status, &known.text));
    }
    // A card of one service is unknown to another.
    let reply = site.feedback("mini-sign", &batch(&[accepted(&id, "anything")])).await;
    assert_eq!(reply.status, 200);
    site.stop().await;
}

#[tokio::test]
async fn t143_t148_feedback_has_limits_and_types() {
    let site = Site::start().await;
    let item = overridden("1", json!({}));
    site.feedback("mini-view", &batch(&vec![item.clone(); 1001])).await.refused(413);
    let big = overridden("1", json!({"userComment": "x".repeat(2 << 20)}));
    site.feedback("mini-view", &batch(&[big])).await.refused(413);
    Reply::of(site.post("/cds-services/mini-view/feedback", "{")).await.refused(400);
    let request = site.client.post(site.url("/cds-services/mini-view/feedback")).header("content-type", "text/plain").body("{}");
    Reply::of(request).await.refused(415);
    site.stop().await;
}

#[tokio::test]
async fn t046_members_given_twice_are_refused_and_nothing_is_kept() {
    let site = Site::start().await;
    let item = r#""outcomeTimestamp":"2026-05-04T09:00:00Z""#;
    for (body, name) in [
        (format!(r#"{{"feedback":[{{"card":"x","outcome":"overridden",{item}}}],"feedback":[]}}"#), "feedback"),
        (format!(r#"{{"feedback":[{{"card":"x","outcome":"accepted","outcome":"overridden",{item}}}]}}"#), "outcome"),
        (format!(r#"[{{"card":"y","outcome":"overridden",{item}}},{{"card":"x","c\u0061rd":"y","outcome":"overridden",{item}}}]"#), "card"),
        (format!(r#"{{"card":"x","outcome":"overridden",{item},"overrideReason":{{"reason":{{"code":"a","code":"b"}}}}}}"#), "code"),
    ] {
        let issue = Reply::of(site.post("/cds-services/mini-view/feedback", body.clone())).await.refused(400);
        assert_eq!((issue["code"].as_str(), issue["diagnostics"].as_str()), (Some("structure"), Some(name)), "{body}");
    }
    let folder = std::sync::Arc::clone(&site.folder);
    site.stop().await;
    let store = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    assert_eq!(store.query_row("SELECT COUNT(*) FROM feedback", [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[tokio::test]
async fn t132_t146_reasons_are_kept_with_what_our_own_table_says_of_them() {
    let site = Site::start().await;
    let (id, _) = card(&site).await;
    let own = "https://example.org/reasons";
    let title = "com.epic.cdshooks.feedback.overrideReason.reasonTitle";
    let reason = |code: &str| json!({ "reason": { "code": code } });
    let all = [
        (overridden(&id, json!({"reason": {"code": "wrong", "system": own}})), [own, "wrong", "Record is wrong", ""]),
        (overridden(&id, reason("wrong")), [own, "wrong", "Record is wrong", ""]),
        (overridden(&id, json!({"reason": {"code": "wrong", "system": own, "display": "Theirs"}})), [own, "wrong", "Theirs", ""]),
        (overridden(&id, json!({"reason": {"code": "wrong", "system": "http: //x"}})), ["http: //x", "wrong", "", ""]),
        (overridden(&id, reason("unheard-of")), ["", "unheard-of", "", ""]),
        (overridden("nobody's", reason("wrong")), ["", "wrong", "", ""]),
        (
            without(put(overridden(&id, json!({})), "/overrideReasons", json!({"extension": {title: "t"}})), "/overrideReason"),
            ["", "", "", &json!({title: "t"}).to_string()],
        ),
    ];
    for (day, (item, _)) in all.iter().enumerate() {
        let item = put(item.clone(), "/outcomeTimestamp", json!(format!("2026-05-1{day}T09:13:02Z")));
        assert_eq!(site.feedback("mini-view", &batch(&[item])).await.status, 200);
    }
    let folder = std::sync::Arc::clone(&site.folder);
    site.stop().await;
    let store = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    let columns = "reason_system, reason_code, reason_display, reason_extension";
    let mut kept = store.prepare(&format!("SELECT {columns} FROM feedback ORDER BY outcome_at")).unwrap();
    let rows = kept.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])).unwrap();
    let kept: Vec<[String; 4]> = rows.map(Result::unwrap).collect();
    assert_eq!(kept, all.map(|(_, expected)| expected.map(str::to_owned)));
}
