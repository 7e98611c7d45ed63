//! Discovery, routes, methods, headers, CORS.

use reqwest::Method;
use serde_json::Value;

use crate::site::{Reply, Scripted, Site, view};

#[tokio::test]
async fn t001_t002_t004_discovery_describes_every_service() {
    let site = Site::with(|_| {}, vec![Scripted::plugin("bare", |_, _| Ok(r#"{"cards":[]}"#.into()))]).await;
    let reply = Reply::of(site.get("/cds-services")).await;
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, "application/json"));
    let body = reply.json();
    let services = body["services"].as_array().unwrap();
    assert_eq!(services.len(), 3);
    for service in services {
        for member in ["hook", "description", "id", "title"] {
            assert!(service[member].as_str().is_some_and(|text| !text.is_empty()), "{service}");
        }
        assert_eq!((service["version"].as_str(), service["hookVersion"].as_str()), (Some("2.0.1"), Some("1.0")));
        for (_, template) in service["prefetch"].as_object().into_iter().flatten() {
            assert!(template.is_string());
        }
    }
    assert_eq!(services[0]["prefetch"]["patient"], "Patient/{{context.patientId}}");
    assert!(services[2].get("prefetch").is_none());
    site.stop().await;
}

#[tokio::test]
async fn t003_no_services_are_an_empty_list() {
    let site = Site::of(std::sync::Arc::new(tempfile::TempDir::new().unwrap()), |config| config.rules.packs.clear(), Vec::new()).await;
    assert_eq!(Reply::of(site.get("/cds-services")).await.text, r#"{"services":[]}"#);
    site.stop().await;
}

#[tokio::test]
async fn t006_discovery_can_be_asked_for_changes_only() {
    let site = Site::start().await;
    let whole = Reply::of(site.get("/cds-services")).await;
    let etag = whole.header("etag").to_owned();
    assert_eq!(whole.header("cache-control"), "no-cache");
    let head = Reply::of(site.client.head(site.url("/cds-services"))).await;
    assert_eq!((head.status.as_u16(), head.text.as_str(), head.header("etag")), (200, "", etag.as_str()));
    assert_eq!(head.header("content-type"), "application/json");
    let same = Reply::of(site.get("/cds-services").header("if-none-match", &etag)).await;
    assert_eq!((same.status.as_u16(), same.text.as_str()), (304, ""));
    site.stop().await;
}

#[tokio::test]
async fn t007_other_methods_are_refused_and_name_what_is_allowed() {
    let site = Site::start().await;
    for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
        let reply = Reply::of(site.client.request(method, site.url("/cds-services/mini-view"))).await;
        reply.refused(405);
        assert_eq!(reply.header("allow"), "POST");
    }
    let reply = Reply::of(site.post("/cds-services", "{}")).await;
    reply.refused(405);
    assert_eq!(reply.header("allow"), "GET,HEAD");
    assert_eq!(Reply::of(site.client.head(site.url("/cds-services/mini-view"))).await.status, 405);
    Reply::of(site.get("/cds-services/mini-view/feedback")).await.refused(405);
    site.stop().await;
}

#[tokio::test]
async fn t008_discovery_is_the_same_after_a_restart() {
    let (one, two) = (Site::start().await, Site::start().await);
    let first = Reply::of(one.get("/cds-services")).await.text;
    for _ in 0..20 {
        assert_eq!(Reply::of(two.get("/cds-services")).await.text, first);
    }
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn t010_what_cannot_be_served_does_not_start() {
    use curbside_server::config::{Config, Tenant};
    use curbside_server::store::Url;
    use curbside_server::{Runtime, Server};
    let twice = || Scripted::plugin("same", |_, _| Ok(r#"{"cards":[]}"#.into()));
    let folder = tempfile::TempDir::new().unwrap();
    let config = || Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        store: Url::Sqlite(folder.path().join("s.db")),
        rules: Tenant::default(),
        ..Config::default()
    };
    let error = Server::bind(config(), Runtime { more: vec![twice(), twice()], ..Runtime::default() }).await.unwrap_err().to_string();
    assert!(error.contains("`same`") && error.contains("offered twice"), "{error}");
    let error =
        Server::bind(config(), Runtime { more: vec![Scripted::plugin("feedback", |_, _| Ok(String::new()))], ..Runtime::default() })
            .await
            .unwrap_err()
            .to_string();
    assert!(error.contains("feedback"), "{error}");
    let open = Config { listen: "0.0.0.0:0".parse().unwrap(), ..config() };
    let error = Server::bind(open, Runtime { more: vec![twice()], ..Runtime::default() }).await.unwrap_err().to_string();
    assert!(error.contains("anybody could call"), "{error}");
}

#[tokio::test]
async fn t120_t155_what_would_not_be_safe_does_not_start() {
    use curbside_server::config::{Client, Config, Keys, Tenant, Tls};
    use curbside_server::store::Url;
    use curbside_server::{Runtime, Server};
    let folder = tempfile::TempDir::new().unwrap();
    let keys = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys");
    let client = |iss: &str| Client { name: "a".into(), iss: iss.into(), keys: Keys::File("keys.json".into()), ..Client::default() };
    let config = |listen: &str| Config {
        listen: listen.parse().unwrap(),
        store: Url::Sqlite(folder.path().join("s.db")),
        rules: Tenant::default(),
        clients: vec![client("https://ehr.example.org")],
        ..Config::default()
    };
    let open = || config("0.0.0.0:0");
    let tls = Tls { certificate: keys.join("tls.pem"), key: keys.join("tls-key.pem") };
    let sandbox = || vec![client("https://sandbox.cds-hooks.org")];
    for (config, refused) in [
        (open(), Some("plain HTTP")),
        (Config { public_url: "https://cds.example.org".into(), ..open() }, Some("trust_proxy_tls")),
        (Config { trust_proxy_tls: true, ..open() }, None),
        (Config { tls: Some(tls), ..open() }, None),
        (Config { insecure: true, ..open() }, None),
        (config("127.0.0.1:0"), None),
        (config("[::1]:0"), None),
        // Flags may have changed what the file said.
        (Config { clients: sandbox(), trust_proxy_tls: true, ..open() }, Some("sandbox are public")),
        (Config { clients: sandbox(), insecure: true, ..open() }, Some("sandbox are public")),
        (Config { clients: sandbox(), public_url: "https://cds.example.org".into(), ..config("127.0.0.1:0") }, Some("sandbox are public")),
        (Config { clients: sandbox(), ..config("127.0.0.1:0") }, None),
    ] {
        let what = format!("{} {} {:?}", config.listen, config.public_url, config.clients[0].iss);
        let error = Server::bind(config, Runtime::default()).await.err().map(|error| error.to_string());
        match (refused, error) {
            (Some(part), Some(error)) => assert!(error.contains(part), "{what}: {error}"),
            (None, None) => {}
            // A machine without IPv6.
            (None, Some(error)) => assert!(what.starts_with('['), "{what}: {error}"),
            (Some(part), None) => panic!("{what}: {part}"),
        }
    }
}

#[tokio::test]
async fn t014_t017_browsers_may_call_and_see_errors() {
    let site = Site::with(|config| config.cors_origins = vec!["https://ehr.example.org".into()], Vec::new()).await;
    for (path, body, kind, status) in [
        ("/cds-services/mini-view", "{", "application/json", 400),
        ("/cds-services/nope", "{}", "application/json", 404),
        ("/cds-services", "{}", "application/json", 405),
        ("/cds-services/mini-view", "{}", "text/plain", 415),
    ] {
        let request = site.client.post(site.url(path)).header("origin", "https://ehr.example.org").header("content-type", kind).body(body);
        let reply = Reply::of(request).await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), "https://ehr.example.org");
        assert!(reply.headers.get_all("vary").iter().any(|value| value.to_str().unwrap().contains("origin")));
    }
    let other = Reply::of(site.get("/cds-services").header("origin", "https://evil.example")).await;
    assert_eq!((other.status.as_u16(), other.header("access-control-allow-origin")), (200, ""));
    site.stop().await;
    let open = Site::start().await;
    let any = Reply::of(open.get("/cds-services").header("origin", "https://a.example")).await;
    assert_eq!((any.header("access-control-allow-origin"), any.header("access-control-allow-credentials")), ("*", ""));
    open.stop().await;
}

#[tokio::test]
async fn t016_preflights_need_no_token() {
    let site = Site::start().await;
    for path in ["/cds-services", "/cds-services/mini-view", "/cds-services/mini-view/feedback"] {
        let request = site.client.request(Method::OPTIONS, site.url(path)).header("origin", "https://ehr.example.org");
        let request =
            request.header("access-control-request-method", "POST").header("access-control-request-headers", "authorization,content-type");
        let reply = Reply::of(request).await;
        assert!(reply.status.is_success(), "{path}");
        assert!(reply.header("access-control-allow-methods").contains("POST"));
        let headers = reply.header("access-control-allow-headers").to_ascii_lowercase();
        assert!(headers.contains("authorization") && headers.contains("content-type"), "{headers}");
        assert_eq!(reply.header("access-control-max-age"), "600");
    }
    site.stop().await;
}

#[tokio::test]
async fn t027_every_answer_has_a_request_id_and_is_not_stored() {
    let site = Site::start().await;
    for (given, echoed) in [("abc-1", true), ("<script>", false)] {
        for request in [site.get("/nowhere"), site.post("/cds-services/mini-view", view().to_string())] {
            let reply = Reply::of(request.header("x-request-id", given)).await;
            assert_eq!(reply.header("x-request-id") == given, echoed);
            assert!(!reply.header("x-request-id").is_empty());
            assert_eq!(reply.header("cache-control"), "no-store");
            assert_eq!((reply.header("x-content-type-options"), reply.header("referrer-policy")), ("nosniff", "no-referrer"));
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn t037_paths_are_read_as_they_were_meant() {
    let site = Site::start().await;
    let body = view().to_string();
    for (path, status) in [
        ("/cds-services/nope", 404),
        ("/cds-services/MINI-view", 404),
        ("/cds-services/mini-view/", 200),
        ("//cds-services//mini-view", 200),
        ("/cds-services/mini%2Dview", 200),
        ("/nowhere", 404),
    ] {
        let reply = Reply::of(site.post(path, body.clone())).await;
        assert_eq!(reply.status.as_u16(), status, "{path}: {}", reply.text);
        if status == 404 {
            reply.refused(404);
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn t085_clients_that_do_not_take_json_are_told() {
    let site = Site::start().await;
    for (accept, status) in [("text/html", 406), ("*/*", 200), ("application/fhir+json", 200), ("", 200)] {
        let reply = Reply::of(site.post("/cds-services/mini-view", view().to_string()).header("accept", accept)).await;
        assert_eq!(reply.status.as_u16(), status, "{accept}");
        assert_eq!(Reply::of(site.get("/cds-services").header("accept", accept)).await.status.as_u16(), status);
    }
    site.stop().await;
}

#[tokio::test]
async fn operators_see_health_readiness_and_metrics() {
    let site = Site::start().await;
    assert_eq!(Reply::of(site.get("/healthz")).await.status, 200);
    let ready = Reply::of(site.get("/readyz")).await.json();
    assert_eq!((ready["status"].as_str(), ready["rules"]["packs"][0]["id"].as_str()), (Some("ready"), Some("mini")));
    let _: Value = site.view(&view()).await.json();
    let metrics = Reply::of(site.get("/metrics")).await.text;
    for line in [
        r#"curbside_calls_total{service="mini-view",hook="patient-view",status="200"} 1"#,
        r#"curbside_decisions_total{rule="adult",outcome="met"} 1"#,
        r#"curbside_cards_total{rule="diabetic",indicator="warning"} 1"#,
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    site.stop().await;
}

#[tokio::test]
async fn t007_another_method_is_refused_only_where_there_is_something() {
    let site = Site::with(|config| drop(config.tenants.insert("north".into(), config.rules.clone())), Vec::new()).await;
    for (path, status) in [
        ("/cds-services/mini-view", 405),
        ("/cds-services/mini-view/feedback", 405),
        ("/t/north/cds-services/mini-view", 405),
        ("/t/north/cds-services/mini-view/feedback", 405),
        ("/cds-services/nope", 404),
        ("/cds-services/nope/feedback", 404),
        ("/t/north/cds-services/nope", 404),
        ("/t/nope/cds-services/mini-view", 404),
        ("/t/nope/cds-services/mini-view/feedback", 404),
    ] {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            let reply = Reply::of(site.client.request(method.clone(), site.url(path))).await;
            assert_eq!(reply.status.as_u16(), status, "{method} {path}");
            assert_eq!(reply.header("allow"), if status == 405 { "POST" } else { "" }, "{method} {path}");
        }
    }
    site.stop().await;
}

#[tokio::test]
async fn t022_outcomes_are_fhir_json_for_who_takes_nothing_else() {
    let site = Site::start().await;
    for (accept, kind) in [
        ("application/fhir+json", "application/fhir+json"),
        ("application/fhir+json; fhirVersion=4.0, text/html", "application/fhir+json"),
        ("application/json;q=0, application/fhir+json", "application/fhir+json"),
        ("application/fhir+json, application/json;q=0.1", "application/json"),
        ("application/fhir+json, */*;q=0.1", "application/json"),
        ("application/json", "application/json"),
        ("text/html", "application/json"),
        ("", "application/json"),
    ] {
        let fine = Reply::of(site.post("/cds-services/mini-view", view().to_string()).header("accept", accept)).await;
        assert_eq!(fine.header("content-type"), "application/json", "cards are no FHIR: {accept}");
        for request in [
            site.post("/cds-services/mini-view", "{"),
            site.post("/cds-services/nope", "{}"),
            site.get("/nowhere"),
            site.post("/cds-services/mini-view/feedback", r#"{"feedback":[]}"#),
            site.post("/cds-services/mini-view", crate::site::without(view(), "/prefetch").to_string()),
        ] {
            let reply = Reply::of(request.header("accept", accept)).await;
            assert_eq!(reply.header("content-type"), kind, "{accept}: {}", reply.text);
            assert_eq!(reply.json()["resourceType"], "OperationOutcome");
        }
    }
    site.stop().await;
}
