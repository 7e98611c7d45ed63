//! Rules that change while the server runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbside_server::config::Tenant;
use curbside_server::{History, Runtime, Server};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::site::{Reply, Site, mini, view};

/// A copy of the small pack that a test may change.
pub(crate) fn copy(folder: &Path) -> PathBuf {
    let to = folder.join("pack");
    fs::create_dir_all(to.join("value-sets")).unwrap();
    for name in ["pack.yaml", "adult.yaml", "diabetic.yaml", "insulin.yaml", "value-sets/diabetes.yaml", "value-sets/insulin.yaml"] {
        fs::copy(mini().join(name), to.join(name)).unwrap();
    }
    to
}

async fn site(folder: &Arc<TempDir>, pack: &Path) -> Site {
    let pack = pack.to_owned();
    Site::of(Arc::clone(folder), move |config| config.rules = Tenant { packs: vec![pack], ..Tenant::default() }, Vec::new()).await
}

fn edit(pack: &Path, from: &str, to: &str) {
    let path = pack.join("adult.yaml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(path, text.replace(from, to)).unwrap();
}

/// Waits until the last attempt came out like this.
async fn until(site: &Site, result: &str, more: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..200 {
        let status = Reply::of(site.get("/readyz")).await.json();
        if status["rules"]["last"]["result"] == result && more(&status) {
            return status["rules"].clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{}", Reply::of(site.get("/readyz")).await.text);
}

async fn adult(site: &Site) -> String {
    site.view(&view()).await.summaries().into_iter().find(|summary| summary.contains("adult")).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_change_takes_over_and_a_bad_one_does_not_also_across_a_restart() {
    let folder = Arc::new(TempDir::new().unwrap());
    let pack = copy(folder.path());
    let one = site(&folder, &pack).await;
    let first = Reply::of(one.get("/readyz")).await.json()["rules"]["digest"].clone();
    edit(&pack, "The patient is an adult", "Certainly an adult");
    let status = until(&one, "activated", |status| status["rules"]["digest"] != first).await;
    assert_eq!(adult(&one).await, "Certainly an adult");
    let good = status["digest"].clone();

    edit(&pack, "at_least: $adult", "at_leest: $adult");
    let status = until(&one, "rejected", |_| true).await;
    assert_eq!(status["digest"], good);
    assert_ne!(status["last"]["candidate"], good);
    assert!(status["last"]["reason"].as_str().unwrap().contains("at_leest"), "{status}");
    assert_eq!(adult(&one).await, "Certainly an adult");
    let metrics = Reply::of(one.get("/metrics")).await.text;
    assert!(
        metrics.contains("curbside_rules_current 0") && metrics.contains(r#"curbside_rule_reloads_total{result="rejected"} 1"#),
        "{metrics}"
    );
    one.stop().await;

    let two = site(&folder, &pack).await;
    let status = Reply::of(two.get("/readyz")).await.json()["rules"].clone();
    assert_eq!((&status["digest"], status["last"]["result"].as_str()), (&good, Some("rejected")));
    assert_eq!(adult(&two).await, "Certainly an adult");
    edit(&pack, "at_leest", "at_least");
    edit(&pack, "Certainly", "Surely");
    until(&two, "activated", |_| true).await;
    assert_eq!(adult(&two).await, "Surely an adult");
    two.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_candidate_whose_case_fails_is_rejected_and_named() {
    let folder = Arc::new(TempDir::new().unwrap());
    let pack = copy(folder.path());
    fs::create_dir_all(pack.join("tests")).unwrap();
    let case = "case: grown up\nat: 2026-11-23\npatient: {age: 34 years, sex: female}\nexpect: {adult: met}\n";
    fs::write(pack.join("tests/adult.yaml"), case).unwrap();
    let site = site(&folder, &pack).await;
    edit(&pack, "at_least: $adult", "less_than: $adult");
    let status = until(&site, "rejected", |_| true).await;
    assert!(status["last"]["reason"].as_str().unwrap().contains("grown up"), "{status}");
    assert_eq!(adult(&site).await, "The patient is an adult");
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_roll_back_and_it_stays_so_until_the_files_change() {
    let folder = Arc::new(TempDir::new().unwrap());
    let pack = copy(folder.path());
    let one = site(&folder, &pack).await;
    edit(&pack, "The patient is an adult", "A second adult");
    until(&one, "activated", |_| true).await;
    for _ in 0..100 {
        if adult(&one).await == "A second adult" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for header in [("x-forwarded-for", "10.0.0.1"), ("origin", "https://evil.example"), ("host", "evil.example")] {
        Reply::of(one.post("/admin/rules/rollback", "").header(header.0, header.1)).await.refused(403);
    }
    let reply = Reply::of(one.post("/admin/rules/rollback", "")).await;
    assert_eq!((reply.status.as_u16(), reply.json()["result"].as_str()), (200, Some("activated")), "{}", reply.text);
    assert_eq!(adult(&one).await, "The patient is an adult");
    let again = Reply::of(one.post("/admin/rules/reload", "")).await.json();
    assert_eq!(again["result"], "held-back");
    one.stop().await;

    let two = site(&folder, &pack).await;
    assert_eq!(adult(&two).await, "The patient is an adult");
    // The command line asks through the folder.
    let history = History::open(&folder.path().join("state.rules")).unwrap();
    let second = history.previous().unwrap();
    assert_eq!(history.find(second.get(..20).unwrap()), Some(second.clone()));
    history.request(&second).unwrap();
    until(&two, "activated", |status| status["rules"]["digest"] == json!(second)).await;
    assert_eq!(adult(&two).await, "A second adult");
    edit(&pack, "A second adult", "A third adult");
    until(&two, "activated", |status| status["rules"]["digest"] != json!(second)).await;
    assert_eq!(adult(&two).await, "A third adult");
    Reply::of(two.post("/admin/rules/activate/abcdef", "")).await.refused(404);
    two.stop().await;
}

#[tokio::test]
async fn broken_rules_without_earlier_ones_do_not_start() {
    let folder = TempDir::new().unwrap();
    let pack = copy(folder.path());
    edit(&pack, "at_least: $adult", "at_leest: $adult");
    let config = curbside_server::config::Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        store: curbside_server::store::Url::Sqlite(folder.path().join("s.db")),
        rules: Tenant { packs: vec![pack], ..Tenant::default() },
        ..Default::default()
    };
    let error = Server::bind(config, Runtime::default()).await.unwrap_err().to_string();
    assert!(error.contains("does not check") && error.contains("at_leest"), "{error}");
}

#[tokio::test]
async fn tenants_have_their_own_rules_and_parameters() {
    let folder = Arc::new(TempDir::new().unwrap());
    let set = |config: &mut curbside_server::config::Config| {
        let strict = [("mini".to_owned(), [("adult".to_owned(), "21 years".to_owned())].into())].into();
        config.tenants.insert("strict".into(), Tenant { packs: vec![mini()], parameters: strict, ..Tenant::default() });
    };
    let site = Site::of(folder, set, Vec::new()).await;
    let age = jiff::Timestamp::now().to_string().split('-').next().unwrap().parse::<i32>().unwrap() - 19;
    let body = crate::site::put(view(), "/prefetch/patient/birthDate", json!(format!("{age}-01-01")));
    let call = async |path: &str| Reply::of(site.post(&format!("{path}/cds-services/mini-view"), body.to_string())).await;
    assert_eq!(call("").await.summaries().len(), 2);
    assert_eq!(call("/t/strict").await.summaries(), ["Diabetes on record"]);
    call("/t/nobody").await.refused(404);
    assert_eq!(Reply::of(site.get("/t/strict/cds-services")).await.json()["services"].as_array().unwrap().len(), 2);
    assert_eq!(Reply::of(site.get("/t/nobody/cds-services")).await.status, 404);
    site.stop().await;
}

#[tokio::test]
async fn a_parameter_out_of_bounds_does_not_start_whatever_was_in_force() {
    let folder = Arc::new(TempDir::new().unwrap());
    let first = Site::of(Arc::clone(&folder), |_| {}, Vec::new()).await;
    first.stop().await;
    for (pack, name) in [("mini", "90 years"), ("mimi", "18 years")] {
        let parameters = [(pack.to_owned(), [("adult".to_owned(), name.to_owned())].into())].into();
        let config = curbside_server::config::Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            store: curbside_server::store::Url::Sqlite(folder.path().join("state.db")),
            rules: Tenant { packs: vec![mini()], parameters, ..Tenant::default() },
            ..Default::default()
        };
        let error = Server::bind(config, Runtime::default()).await.unwrap_err().to_string();
        assert!(error.contains("`adult` = 90 years") || error.contains("did you mean `mini`?"), "{error}");
    }
}
