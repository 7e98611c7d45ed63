//! Cards that their rules ask not to be repeated.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curbside_server::config::Tenant;
use curbside_server::replay::reproduce;
use curbside_server::store::{Store, Url};
use curbside_server::{Backend, Native, PackSource};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::reload::copy;
use crate::site::{Reply, Site, diabetes, put, view};
use crate::store::Cluster;

const ADULT: &str = "The patient is an adult";
const DIABETES: &str = "Diabetes on record";

/// The small pack, whose card about diabetes comes again after a week.
fn pack(folder: &Path) -> PathBuf {
    let pack = copy(folder);
    let path = pack.join("diabetic.yaml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("summary: Diabetes on record", "summary: Diabetes on record, repeat_after: 7 days")).unwrap();
    pack
}

/// A call of its own about a patient whose diabetes began then.
fn call(instance: &str, patient: &str, onset: &str) -> Value {
    let condition = put(diabetes(patient), "/onsetDateTime", json!(onset));
    let body = put(put(view(), "/hookInstance", json!(instance)), "/prefetch/patient/id", json!(patient));
    put(put(body, "/context/patientId", json!(patient)), "/prefetch/conditions/entry", json!([{"resource": condition}]))
}

/// Lets time pass: whatever was shown was shown so many days earlier.
async fn days_pass(url: &Url, days: i64) {
    let change = format!("UPDATE cards SET at = at - {}", days * 86_400_000);
    match url {
        Url::Sqlite(path) => {
            let store = rusqlite::Connection::open(path).unwrap();
            store.busy_timeout(Duration::from_secs(5)).unwrap();
            store.execute(&change, []).unwrap();
        }
        Url::Postgres(url) => {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            client.execute(change.as_str(), &[]).await.unwrap();
            drop(client);
            connection.await.unwrap().unwrap();
        }
    }
}

async fn story(url: &Url) {
    let folder = Arc::new(TempDir::new().unwrap());
    let pack = pack(folder.path());
    let start = || {
        let rules = Tenant { packs: vec![pack.clone()], ..Tenant::default() };
        let set = |config: &mut curbside_server::config::Config| {
            config.tenants.insert("other".into(), rules.clone());
            (config.store, config.rules) = (url.clone(), rules);
        };
        Site::of(Arc::clone(&folder), set, Vec::new())
    };
    let site = start().await;
    let first = site.view(&call("1", "p1", "2020-02-01")).await;
    assert_eq!(first.summaries(), [DIABETES, ADULT]);
    let second = site.view(&call("2", "p1", "2020-02-01")).await;
    assert_eq!(second.summaries(), [ADULT], "nothing changed");
    assert_eq!(site.view(&call("3", "p2", "2020-02-01")).await.summaries(), [DIABETES, ADULT], "another patient");
    let tenant = Reply::of(site.post("/t/other/cds-services/mini-view", call("4", "p1", "2020-02-01").to_string())).await;
    assert_eq!(tenant.summaries(), [DIABETES, ADULT], "another tenant's patient of the same id");
    assert_eq!(site.view(&call("5", "p1", "2021-03-01")).await.summaries(), [DIABETES, ADULT], "the evidence changed");
    assert_eq!(site.view(&call("6", "p1", "2020-02-01")).await.summaries(), [DIABETES, ADULT], "and changed back");
    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(metrics.contains(r#"curbside_cards_held_back_total{rule="diabetic"} 1"#), "{metrics}");
    site.stop().await;

    days_pass(url, 6).await;
    let site = start().await;
    let third = site.view(&call("7", "p1", "2020-02-01")).await;
    assert_eq!(third.summaries(), [ADULT], "six days, and a restart");
    site.stop().await;
    days_pass(url, 1).await;
    let site = start().await;
    assert_eq!(site.view(&call("8", "p1", "2020-02-01")).await.summaries(), [DIABETES, ADULT], "seven days");
    assert_eq!(site.view(&call("9", "p1", "2020-02-01")).await.summaries(), [ADULT], "and again from the start");
    site.stop().await;

    let store = Store::open(url).await.unwrap();
    let rules: Vec<Arc<dyn Backend>> = vec![Arc::new(Native::load(&PackSource::read(&pack).unwrap()).unwrap())];
    for (reply, request, held_back) in [(&first, call("1", "p1", "2020-02-01"), 0), (&second, call("2", "p1", "2020-02-01"), 1)] {
        let entry = store.find(reply.header("curbside-decision-id")).await.unwrap().unwrap();
        let rules_held: Vec<&String> = entry.held_back.values().collect();
        assert_eq!(rules_held, vec!["diabetic"; held_back]);
        assert!(!serde_json::to_string(&entry).unwrap().contains("2020-02-01"), "nothing of the record is kept");
        assert_eq!(reproduce(&entry, request.to_string().as_bytes(), &rules).as_ref(), Ok(&reply.text));
    }
    store.close().await;
}

#[tokio::test]
async fn a_card_is_not_repeated_until_its_time_has_passed_or_something_changed() {
    let folder = TempDir::new().unwrap();
    story(&Url::Sqlite(folder.path().join("state.db"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_knows_what_was_shown_too() {
    let Some(cluster) = Cluster::start() else { return };
    story(&cluster.url()).await;
}
