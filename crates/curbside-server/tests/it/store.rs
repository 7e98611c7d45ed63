//! What is kept, in SQLite and in PostgreSQL, and what outlives a killed process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use curbside_server::config::{Config, Tenant};
use curbside_server::store::{Store, Url};
use curbside_server::{Runtime, Server};
use serde_json::json;
use tempfile::TempDir;

use crate::site::{Reply, Site, mini, put, view};

/// A PostgreSQL cluster of a test's own, in a folder, on a port of its own.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Cluster {
    /// Starts one; where PostgreSQL is not installed, says so.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!("SKIPPED: PostgreSQL is not installed (initdb and pg_ctl were not found), its tests did not run");
            return None;
        };
        let folder = TempDir::new().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if is_root() {
            assert!(Command::new("chown").arg("-R").arg("postgres").arg(folder.path()).status().unwrap().success());
        }
        let cluster = Self { folder, programs, port };
        cluster.run("initdb", &["-D", "DATA", "-U", "curbside", "-A", "trust", "-E", "UTF8", "--no-sync"]);
        let options = format!("-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''");
        cluster.run("pg_ctl", &["-D", "DATA", "-w", "-l", "LOG", "-o", &options, "start"]);
        Some(cluster)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let place = |name: &str| self.folder.path().join(name).display().to_string();
        let arguments = arguments.iter().map(|argument| match *argument {
            "DATA" => place("data"),
            "LOG" => place("log"),
            other => other.to_owned(),
        });
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        let status = command.args(arguments).current_dir(self.folder.path()).stdout(Stdio::null()).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn url(&self) -> Url {
        format!("postgres://curbside@127.0.0.1:{}/postgres", self.port).parse().unwrap()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-D", "DATA", "-m", "immediate", "stop"]);
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0"))
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = versions
        .chain(path.split(':').map(PathBuf::from))
        .filter(|bin| bin.join("pg_ctl").is_file() && bin.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop()
}

/// The same story with either store: decisions, feedback once, a card's own suggestions, a restart.
async fn story(folder: &Arc<TempDir>, url: &Url) {
    let start = || Site::of(Arc::clone(folder), |config| config.store = url.clone(), Vec::new());
    let site = start().await;
    let reply = site.view(&view()).await;
    let body = reply.json();
    let card = body["cards"].as_array().unwrap().iter().find(|card| card["indicator"] == "info").unwrap();
    let item = |suggestion: &str, at: &str| json!({"feedback": [{"card": card["uuid"], "outcome": "accepted", "acceptedSuggestions": [{"id": suggestion}], "outcomeTimestamp": at}]});
    let own = card["suggestions"][0]["uuid"].as_str().unwrap();
    for _ in 0..2 {
        assert_eq!(site.feedback("mini-view", &item(own, "2026-05-04T09:13:02Z")).await.status, 200);
    }
    site.feedback("mini-view", &item("foreign", "2026-05-04T09:13:02Z")).await.refused(400);
    let why = json!({"reason": {"code": "wrong"}});
    let overridden =
        json!({"card": card["uuid"], "outcome": "overridden", "overrideReason": why, "outcomeTimestamp": "2026-05-03T09:13:02Z"});
    assert_eq!(site.feedback("mini-view", &json!({"feedback": [overridden]})).await.status, 200);
    let decision = reply.header("curbside-decision-id").to_owned();
    site.stop().await;

    let site = start().await;
    site.feedback("mini-view", &item("foreign", "2026-05-05T09:13:02Z")).await.refused(400);
    assert_eq!(site.feedback("mini-view", &item(own, "2026-05-04T09:13:02Z")).await.status, 200);
    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(!metrics.contains("curbside_feedback_total{"), "known from before the restart, so not counted again: {metrics}");
    site.stop().await;

    let store = Store::open(url).await.unwrap();
    let entry = store.find(&decision).await.unwrap().unwrap();
    assert_eq!((entry.service.as_str(), entry.hook.as_str(), entry.status), ("mini-view", "patient-view", 200));
    assert_eq!((entry.decisions.len(), entry.cards.len(), entry.packs[0].id.as_str()), (2, 2, "mini"));
    assert!(entry.input.starts_with("blake3:") && entry.output.starts_with("sha256:") && !entry.patient.contains("p1"));
    assert_eq!(store.find("no-such-decision").await.unwrap(), None);
    store.close().await;
}

#[tokio::test]
async fn sqlite_keeps_what_it_is_given() {
    let folder = Arc::new(TempDir::new().unwrap());
    let url = Url::Sqlite(folder.path().join("state.db"));
    story(&folder, &url).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_keeps_what_it_is_given_and_comes_back() {
    let Some(cluster) = Cluster::start() else { return };
    let folder = Arc::new(TempDir::new().unwrap());
    story(&folder, &cluster.url()).await;
    let Url::Postgres(address) = cluster.url() else { panic!("a cluster is PostgreSQL") };
    let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let kept = client.query_one("SELECT reason_system, reason_display FROM feedback WHERE reason_code = 'wrong'", &[]).await.unwrap();
    assert_eq!((kept.get(0), kept.get(1)), ("https://example.org/reasons", "Record is wrong"));
    drop(client);
    connection.await.unwrap().unwrap();
    // Two servers at once share the tables and the use of tokens; a restart of PostgreSQL is survived.
    let url = cluster.url();
    let set = |config: &mut Config| config.store = url.clone();
    let (one, two) = (
        Site::of(Arc::clone(&folder), set, Vec::new()).await,
        Site::of(Arc::clone(&folder), |config| config.store = cluster.url(), Vec::new()).await,
    );
    assert_eq!((one.view(&view()).await.status, two.view(&view()).await.status), (200.try_into().unwrap(), 200.try_into().unwrap()));
    cluster.run("pg_ctl", &["-D", "DATA", "-w", "-l", "LOG", "-m", "fast", "restart"]);
    let mut last = one.feedback("mini-view", &feedback(1)).await;
    for _ in 0..20 {
        if last.status == 200 {
            break;
        }
        last.refused(503);
        tokio::time::sleep(Duration::from_millis(300)).await;
        last = one.feedback("mini-view", &feedback(1)).await;
    }
    assert_eq!(last.status, 200);
    assert_eq!(Reply::of(one.get("/readyz")).await.status, 200);
    one.stop().await;
    two.stop().await;
}

fn feedback(number: usize) -> serde_json::Value {
    json!({"feedback": [{"card": format!("card-{number}"), "outcome": "overridden", "outcomeTimestamp": "2026-05-04T09:13:02Z"}]})
}

/// Not a test of its own: the process that the next test kills.
#[tokio::test]
async fn server_to_kill() {
    let Ok(folder) = std::env::var("CURBSIDE_SERVER_TO_KILL") else { return };
    let folder = PathBuf::from(folder);
    let config = Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        store: Url::Sqlite(folder.join("state.db")),
        rules: Tenant { packs: vec![mini()], ..Tenant::default() },
        ..Config::default()
    };
    let server = Server::bind(config, Runtime::default()).await.unwrap();
    std::fs::write(folder.join("address.tmp"), server.address().unwrap().to_string()).unwrap();
    std::fs::rename(folder.join("address.tmp"), folder.join("address")).unwrap();
    server.run(std::future::pending()).await;
}

fn spawn(folder: &Path) -> Child {
    let _ = std::fs::remove_file(folder.join("address"));
    let program = std::env::current_exe().unwrap();
    Command::new(program)
        .args(["store::server_to_kill", "--exact"])
        .env("CURBSIDE_SERVER_TO_KILL", folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_feedback_survives_kill_9() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = TempDir::new().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut server = spawn(folder.path());
        let address = loop {
            match std::fs::read_to_string(folder.path().join("address")) {
                Ok(address) => break address,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let (done, mut received) = tokio::sync::mpsc::unbounded_channel();
        for sender in 0..4 {
            let (client, done, address) = (client.clone(), done.clone(), address.clone());
            tokio::spawn(async move {
                for at in 0.. {
                    let number = round * 1_000_000 + sender * 100_000 + at;
                    let call = put(view(), "/hookInstance", json!(format!("h-{number}")));
                    let post = |path: &str, body: String| {
                        client
                            .post(format!("http://{address}/cds-services/mini-view{path}"))
                            .header("content-type", "application/json")
                            .body(body)
                            .send()
                    };
                    let _ = post("", call.to_string()).await;
                    match post("/feedback", feedback(number).to_string()).await {
                        Ok(response) if response.status() == 200 => drop(done.send(format!("card-{number}"))),
                        _ => return,
                    }
                }
            });
        }
        drop(done);
        tokio::time::sleep(Duration::from_millis(700)).await;
        // SIGKILL: nothing of the process's own runs after it.
        server.kill().unwrap();
        server.wait().unwrap();
        while let Some(card) = received.recv().await {
            acknowledged.push(card);
        }
    }
    assert!(acknowledged.len() > 20, "{}", acknowledged.len());
    let store = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    let mut find = store.prepare("SELECT COUNT(*) FROM feedback WHERE card = ?1").unwrap();
    for card in &acknowledged {
        assert_eq!(find.query_row([card], |row| row.get::<_, i64>(0)).unwrap(), 1, "{card}");
    }
    eprintln!("{} acknowledged items, all there after three kills", acknowledged.len());
}
