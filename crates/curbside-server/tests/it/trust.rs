//! Client assertions.

use std::fs;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curbside_server::config::{Client, Config, Keys, Rate};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::ehr::Ehr;
use crate::site::{Reply, Scripted, Site, put, view, without};
use crate::tokens::{Key, claims, now};

const URL: &str = "https://cds.example.org/psy/cds-services/mini-view";

fn write_keys(folder: &TempDir, keys: &[&Key]) -> Keys {
    let path = folder.path().join("keys.json");
    let set: Vec<&Value> = keys.iter().map(|key| &key.jwk).collect();
    fs::write(&path, json!({ "keys": set }).to_string()).unwrap();
    Keys::File(path)
}

/// A site with one client that has these keys.
async fn site(keys: &[&Key], set: impl FnOnce(&mut Config)) -> Site {
    let folder = Arc::new(TempDir::new().unwrap());
    let keys = write_keys(&folder, keys);
    let client = Client { name: "mercy".into(), iss: "https://ehr.example.org".into(), keys, ..Client::default() };
    let configure = |config: &mut Config| {
        config.public_url = "https://cds.example.org/psy".into();
        config.clients = vec![client];
        set(config);
    };
    let link = |host: &str| json!({"label": "l", "url": format!("https://{host}/guide"), "type": "absolute"});
    let card = json!({"summary": "s", "indicator": "info", "source": {"label": "l"}, "links": [link("a.example"), link("b.example")]});
    let action = json!({"type": "create", "description": "d", "resource": {"resourceType": "Task"}});
    let more = Scripted::plugin("other", move |_, _| Ok(json!({"cards": [card], "systemActions": [action]}).to_string()));
    Site::of(folder, configure, vec![more]).await
}

async fn send(site: &Site, token: &str) -> Reply {
    let request = site.post("/cds-services/mini-view", view().to_string()).header("authorization", format!("Bearer {token}"));
    Reply::of(request).await
}

/// Every refusal looks the same and names no reason.
async fn refused(site: &Site, token: &str, what: &str) {
    let reply = send(site, token).await;
    assert_eq!(reply.status, 401, "{what}: {}", reply.text);
    assert_eq!(reply.text, r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login"}]}"#);
    assert_eq!(reply.header("www-authenticate"), "Bearer");
}

#[tokio::test]
async fn t151_good_tokens_of_both_kinds_count() {
    let (ec, rsa) = (Key::es384("e+/="), Key::rs384("r"));
    let site = site(&[&ec, &rsa], |_| {}).await;
    for key in [&ec, &rsa] {
        assert_eq!(send(&site, &key.token(&claims(URL))).await.status, 200);
    }
    let lower = Key::es384("x");
    refused(&site, &lower.token(&claims(URL)), "a key that is not listed").await;
    let header = put(ec.header(), "/typ", json!("jwt"));
    assert_eq!(send(&site, &ec.sign(&header, &claims(URL))).await.status, 200);
    assert_eq!(Reply::of(site.get("/cds-services")).await.status, 200, "discovery is public by default");
    site.stop().await;
}

#[tokio::test]
async fn t150_t160_whatever_is_wrong_with_a_token_looks_the_same() {
    let key = Key::es384("k");
    let site = site(&[&key], |_| {}).await;
    for headers in [vec![], vec!["Basic x"], vec!["Bearer "], vec!["Bearer a.b.c"], vec!["Bearer x", "Bearer x"]] {
        let request = site.post("/cds-services/mini-view", view().to_string());
        let reply = Reply::of(headers.iter().fold(request, |request, value| request.header("authorization", *value))).await;
        assert_eq!(reply.status, 401, "{headers:?}");
    }
    let good = key.token(&claims(URL));
    let (message, signature) = good.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut flipped = bytes.clone();
    flipped[5] ^= 1;
    let with = |bytes: &[u8]| format!("{message}.{}", URL_SAFE_NO_PAD.encode(bytes));
    refused(&site, &with(&flipped), "a flipped bit").await;
    refused(&site, &with(&bytes[..90]), "a short signature").await;
    refused(&site, &format!("{message}."), "no signature").await;
    refused(&site, &"x".repeat(20_000), "too long").await;
    let foreign = key.token(&claims(URL));
    refused(&site, &format!("{message}.{}", foreign.rsplit_once('.').unwrap().1), "another token's signature").await;
    for (header, what) in [
        (put(key.header(), "/alg", json!("none")), "none"),
        (put(key.header(), "/alg", json!("HS384")), "HS384"),
        (put(key.header(), "/alg", json!("RS384")), "another algorithm than the key's"),
        (without(key.header(), "/alg"), "no alg"),
        (without(key.header(), "/typ"), "no typ"),
        (put(key.header(), "/typ", json!("at+jwt")), "at+jwt"),
        (without(key.header(), "/kid"), "no kid"),
        (put(key.header(), "/kid", json!("")), "empty kid"),
        (put(key.header(), "/kid", json!("k".repeat(10_000))), "long kid"),
        (put(key.header(), "/crit", json!(["exp"])), "crit"),
    ] {
        refused(&site, &key.sign(&header, &claims(URL)), what).await;
    }
    let attacker = Key::es384("k");
    let embedded = put(attacker.header(), "/jwk", attacker.jwk.clone());
    refused(&site, &attacker.sign(&embedded, &claims(URL)), "an embedded key").await;
    for claim in ["iss", "aud", "exp", "iat", "jti"] {
        refused(&site, &key.token(&without(claims(URL), &format!("/{claim}"))), claim).await;
    }
    for (at, value) in [
        ("/exp", json!("soon")),
        ("/iat", json!(-5)),
        ("/jti", json!("")),
        ("/jti", json!(5)),
        ("/aud", json!([])),
        ("/aud", json!([1, 2])),
        ("/aud", json!("https://cds.example.org/psy/cds-services")),
        ("/aud", json!("https://cds.example.org/psy/cds-services/other")),
        ("/iss", json!("https://ehr.example.org/")),
        ("/iss", json!("https://sandbox.cds-hooks.org")),
        ("/exp", json!(now() - 61)),
        ("/iat", json!(now() + 65)),
        ("/nbf", json!(now() + 65)),
        ("/exp", json!(now() + 3700)),
    ] {
        refused(&site, &key.token(&put(claims(URL), at, value.clone())), &format!("{at} {value}")).await;
    }
    assert_eq!(send(&site, &good).await.status, 200, "none of it used up the good token");
    site.stop().await;
}

#[tokio::test]
async fn t163_t166_audiences_have_variants_and_aliases() {
    let key = Key::es384("k");
    let site = site(&[&key], |config| config.clients[0].audiences = vec!["sand_man".into()]).await;
    for audience in
        [json!(format!("{URL}/")), json!(["x", URL]), json!("https://CDS.example.org:443/psy/cds-services/mini-view"), json!("sand_man")]
    {
        assert_eq!(send(&site, &key.token(&put(claims(URL), "/aud", audience.clone()))).await.status, 200, "{audience}");
    }
    let feedback = async |audience: &str| {
        let request = site.post("/cds-services/mini-view/feedback", r#"{"feedback":[]}"#);
        Reply::of(request.header("authorization", format!("bearer {}", key.token(&claims(audience))))).await.status.as_u16()
    };
    assert_eq!(feedback(URL).await, 401);
    assert_eq!(feedback(&format!("{URL}/feedback")).await, 200);
    site.stop().await;
}

#[tokio::test]
async fn t167_t176_a_token_counts_once_even_across_a_restart() {
    let key = Key::es384("k");
    let site = site(&[&key], |_| {}).await;
    let forged = Key::es384("k");
    let victim = claims(URL);
    refused(&site, &forged.token(&victim), "forged with the victim's id").await;
    let token = key.token(&victim);
    let mut codes = Vec::new();
    let sends: Vec<_> = (0..20)
        .map(|_| {
            let request = site.post("/cds-services/mini-view", view().to_string()).header("authorization", format!("Bearer {token}"));
            tokio::spawn(Reply::of(request))
        })
        .collect();
    for sent in sends {
        codes.push(sent.await.unwrap().status.as_u16());
    }
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 1, "{codes:?}");
    let folder = Arc::clone(&site.folder);
    site.stop().await;
    let client =
        Client { name: "mercy".into(), iss: "https://ehr.example.org".into(), keys: write_keys(&folder, &[&key]), ..Client::default() };
    let set = |config: &mut Config| {
        config.public_url = "https://cds.example.org/psy".into();
        config.clients = vec![client];
    };
    let again = Site::of(folder, set, Vec::new()).await;
    refused(&again, &token, "after a restart").await;
    again.stop().await;
}

#[tokio::test]
async fn t159_unfit_keys_are_not_used() {
    let (ec, rsa) = (Key::es384("k"), Key::rs384("r"));
    let twice = Key::es384("k");
    let site1 = site(&[&ec, &twice], |_| {}).await;
    refused(&site1, &ec.token(&claims(URL)), "two keys of one id").await;
    site1.stop().await;
    for (at, value) in [("/use", json!("enc")), ("/key_ops", json!(["sign"])), ("/alg", json!("ES256")), ("/crv", json!("P-256"))] {
        let unfit = Key { jwk: put(ec.jwk.clone(), at, value.clone()), ..Key::es384("k") };
        let site = site(&[&unfit], |_| {}).await;
        refused(&site, &ec.token(&claims(URL)), &format!("{at} {value}")).await;
        site.stop().await;
    }
    let short = Key { jwk: put(rsa.jwk.clone(), "/n", json!("AQAB".repeat(40))), ..Key::rs384("r") };
    let site2 = site(&[&short], |_| {}).await;
    refused(&site2, &rsa.token(&claims(URL)), "a short modulus").await;
    site2.stop().await;
}

#[tokio::test]
async fn t161_t170_t171_keys_come_from_where_the_configuration_says_and_rotate() {
    let (old, new) = (Key::es384("old"), Key::es384("new"));
    let ehr = Ehr::start().await;
    ehr.serve("/jwks", json!({"keys": [old.jwk]}).to_string());
    let jku = ehr.url("/jwks");
    let keys = Keys::Url(jku.clone());
    let site = site(&[], |config| {
        config.clients[0].keys = keys;
        config.clients[0].jku = Some(jku.clone());
    })
    .await;
    let evil = put(old.header(), "/jku", json!(ehr.url("/evil")));
    refused(&site, &old.sign(&evil, &claims(URL)), "jku").await;
    assert!(ehr.seen().is_empty(), "a URL is not asked because a token says so");
    let header = put(old.header(), "/jku", json!(jku));
    assert_eq!(send(&site, &old.sign(&header, &claims(URL))).await.status, 200);
    ehr.serve("/jwks", json!({"keys": [new.jwk]}).to_string());
    assert_eq!(send(&site, &new.token(&claims(URL))).await.status, 200);
    refused(&site, &old.token(&claims(URL)), "rotated away").await;
    for _ in 0..20 {
        refused(&site, &Key::es384("unknown").token(&claims(URL)), "unknown").await;
    }
    assert_eq!(ehr.seen().len(), 2, "unknown keys make us ask once a minute");
    ehr.serve("/jwks", "<html>".into());
    assert_eq!(send(&site, &new.token(&claims(URL))).await.status, 200, "known keys count while the EHR does not answer");
    site.stop().await;
}

#[tokio::test]
async fn t171_keys_that_cannot_be_had_are_503_not_401() {
    let key = Key::es384("k");
    let site = site(&[], |config| config.clients[0].keys = Keys::Url("http://127.0.0.1:9/jwks".into())).await;
    let reply = send(&site, &key.token(&claims(URL))).await;
    reply.refused(503);
    assert!(!reply.header("retry-after").is_empty());
    site.stop().await;
}

#[tokio::test]
async fn t169_t172_t174_claims_services_and_the_other_token() {
    let key = Key::es384("k");
    let site = site(&[&key], |config| {
        config.clients[0].tenant_claims = vec!["north".into()];
        config.clients[0].services = vec!["mini-view".into()];
    })
    .await;
    refused(&site, &key.token(&claims(URL)), "no tenant claim").await;
    refused(&site, &key.token(&put(claims(URL), "/tenant", json!("south"))), "another").await;
    assert_eq!(send(&site, &key.token(&put(claims(URL), "/tenant", json!("north")))).await.status, 200);
    let other = "https://cds.example.org/psy/cds-services/other";
    let token = key.token(&put(claims(other), "/tenant", json!("north")));
    let request = site.post("/cds-services/other", view().to_string()).header("authorization", format!("Bearer {token}"));
    Reply::of(request).await.refused(403);
    let inside = json!({"access_token": key.token(&claims(URL)), "token_type": "Bearer", "expires_in": 300});
    let body = put(put(view(), "/fhirServer", json!("https://x.example")), "/fhirAuthorization", inside);
    assert_eq!(site.view(&body).await.status, 401, "an access token is no client assertion");
    assert_eq!(site.call("nope", &view()).await.status, 404);
    site.stop().await;
}

#[tokio::test]
async fn t055_nothing_is_done_unasked_where_the_client_has_not_agreed() {
    let key = Key::es384("k");
    for takes in [false, true] {
        let site = site(&[&key], |config| config.clients[0].system_actions = takes).await;
        let token = key.token(&claims("https://cds.example.org/psy/cds-services/other"));
        let request = site.post("/cds-services/other", view().to_string()).header("authorization", format!("Bearer {token}"));
        assert_eq!(Reply::of(request).await.json().get("systemActions").is_some(), takes);
        site.stop().await;
    }
}

#[tokio::test]
async fn t084_links_lead_to_hosts_that_the_ehr_knows() {
    let key = Key::es384("k");
    for (hosts, left) in [(None, 2), (Some(vec!["b.example".to_owned()]), 1), (Some(Vec::new()), 0)] {
        let site = site(&[&key], |config| config.clients[0].link_hosts = hosts).await;
        let token = key.token(&claims("https://cds.example.org/psy/cds-services/other"));
        let request = site.post("/cds-services/other", view().to_string()).header("authorization", format!("Bearer {token}"));
        let card = Reply::of(request).await.json()["cards"][0].clone();
        assert_eq!(card.get("links").map_or(0, |links| links.as_array().unwrap().len()), left, "{card}");
        assert_eq!(card.get("links").is_none(), left == 0);
        site.stop().await;
    }
}

#[tokio::test]
async fn t005_discovery_may_need_a_token_too() {
    let key = Key::es384("k");
    let site = site(&[&key], |config| config.auth_discovery = true).await;
    assert_eq!(Reply::of(site.get("/cds-services")).await.status, 401);
    for (audience, status) in [(URL, 401), ("https://cds.example.org/psy/cds-services", 200)] {
        let request = site.get("/cds-services").header("authorization", format!("Bearer {}", key.token(&claims(audience))));
        assert_eq!(Reply::of(request).await.status.as_u16(), status);
    }
    site.stop().await;
}

#[tokio::test]
async fn t037_ids_cannot_be_found_out_where_discovery_needs_a_token() {
    let key = Key::es384("k");
    let site = site(&[&key], |config| config.auth_discovery = true).await;
    let plain = |reply: Reply| {
        let mut headers = reply.headers;
        headers.remove("x-request-id");
        headers.remove("date");
        (reply.status, headers, reply.text)
    };
    let known = plain(site.view(&view()).await);
    assert_eq!(known.0, 401);
    for path in [
        "/cds-services/nope",
        "/cds-services/nope/feedback",
        "/cds-services/mini-view/feedback",
        "/t/nope/cds-services/mini-view",
        "/t/nope/cds-services/mini-view/feedback",
    ] {
        assert_eq!(plain(Reply::of(site.post(path, view().to_string())).await), known, "{path}");
    }
    let get = |path: &'static str| async { plain(Reply::of(site.get(path)).await) };
    let known = get("/cds-services/mini-view").await;
    assert_eq!(known.0, 401);
    for path in ["/cds-services/nope", "/cds-services/nope/feedback", "/t/nope/cds-services/mini-view"] {
        assert_eq!(get(path).await, known, "{path}");
    }
    // Who is known is told.
    for (path, get, status) in [
        ("/cds-services/nope", false, 404),
        ("/t/nope/cds-services/mini-view", false, 404),
        ("/cds-services/nope/feedback", false, 404),
        ("/cds-services/nope", true, 404),
        ("/cds-services/mini-view", true, 405),
    ] {
        let token = key.token(&claims(&format!("https://cds.example.org/psy{path}")));
        let request = if get { site.get(path) } else { site.post(path, view().to_string()) };
        assert_eq!(Reply::of(request.header("authorization", format!("Bearer {token}"))).await.status.as_u16(), status, "{path}");
    }
    site.stop().await;
}

#[tokio::test]
async fn t162_times_may_have_fractions() {
    let key = Key::es384("k");
    let site = site(&[&key], |_| {}).await;
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    let at = |seconds: i64| json!(seconds as f64 + 0.5);
    let claims = put(put(put(claims(URL), "/exp", at(now() + 300)), "/iat", at(now() - 1)), "/nbf", at(now() - 1));
    assert_eq!(send(&site, &key.token(&claims)).await.status, 200);
    for odd in [json!(1e300), json!("1"), json!(true), json!(-1.5), json!(now() as f64 - 61.5)] {
        refused(&site, &key.token(&put(crate::tokens::claims(URL), "/exp", odd.clone())), &odd.to_string()).await;
    }
    site.stop().await;
}

#[tokio::test]
async fn t113_an_issuer_that_calls_too_often_disturbs_no_other() {
    let (one, two) = (Key::es384("1"), Key::es384("2"));
    let folder = Arc::new(TempDir::new().unwrap());
    let keys = write_keys(&folder, &[&one, &two]);
    let client = |name: &str, rate: Option<u32>| Client {
        name: name.into(),
        iss: format!("https://{name}.example.org"),
        keys: keys.clone(),
        rate: rate.map(|calls| Rate { calls: calls.try_into().unwrap(), per: std::time::Duration::from_secs(60) }),
        ..Client::default()
    };
    let clients = vec![client("busy", Some(2)), client("quiet", None)];
    let set = |config: &mut Config| {
        config.public_url = "https://cds.example.org/psy".into();
        config.clients = clients;
    };
    let site = Site::of(folder, set, Vec::new()).await;
    let token = |name: &str| one.token(&put(claims(URL), "/iss", json!(format!("https://{name}.example.org"))));
    // What does not count is not counted: nobody uses up another's calls with a forged token.
    for _ in 0..3 {
        let forged = Key::es384("1").token(&put(claims(URL), "/iss", json!("https://busy.example.org")));
        refused(&site, &forged, "forged").await;
    }
    for _ in 0..2 {
        assert_eq!(send(&site, &token("busy")).await.status, 200);
    }
    for _ in 0..3 {
        let reply = send(&site, &token("busy")).await;
        assert_eq!((reply.status.as_u16(), reply.header("retry-after").is_empty()), (429, false));
        assert_eq!(send(&site, &token("quiet")).await.status, 200);
    }
    site.stop().await;
}
