//! `server-vs-echo`: requests a second of `curbside serve`, with the whole TRD pack and 200 KB of prefetch, against
//! an axum server that parses the same body into a `serde_json::Value` and answers one fixed card. Both are processes
//! of their own; the load comes from here.

#![expect(clippy::disallowed_methods, reason = "a load generator has a clock, threads and sockets")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};

const PATH: &str = "/cds-services/trd-patient-view";
/// Bytes of a body.
const BODY: usize = 200_000;
/// Connections at once.
const CONNECTIONS: usize = 2;
/// How long each side is loaded in a round.
const ROUND: Duration = Duration::from_secs(2);
/// The variable by which this program knows that it is to be the echo.
pub(crate) const ECHO: &str = "CURBSIDE_BENCH_ECHO";

#[expect(clippy::print_stdout, reason = "the result is the output")]
pub(crate) fn run(rounds: usize) -> anyhow::Result<()> {
    let built = Command::new(env!("CARGO")).args(["build", "--quiet", "--release", "-p", "curbside-cli"]).status()?;
    ensure!(built.success(), "curbside-cli does not build");
    let body = body()?;
    let state = std::env::temp_dir().join(format!("curbside-bench-{}", std::process::id()));
    std::fs::create_dir_all(&state)?;
    let mut ours = Command::new("target/release/curbside");
    ours.args(["serve", "--rules", "rules/trd", "--listen", "127.0.0.1:0", "--db"]).arg(format!("sqlite:{}/state.db", state.display()));
    let mut theirs = Command::new(std::env::current_exe()?);
    theirs.env(ECHO, "1");
    let (ours, theirs) = (Side::start(ours)?, Side::start(theirs)?);
    let (mut our_rates, mut their_rates, mut latencies) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms both.
    for round in 0..=rounds.clamp(1, 10) {
        let (rate, times) = ours.load(&body)?;
        let (their_rate, _) = theirs.load(&body)?;
        if round > 0 {
            our_rates.push(rate);
            their_rates.push(their_rate);
            latencies.extend(times);
        }
    }
    latencies.sort_unstable();
    let at = |percent: usize| {
        let place = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
        latencies.get(place).map_or(0, |time| time.as_micros())
    };
    let (ours_rps, theirs_rps) = (middle(our_rates), middle(their_rates));
    let ratio = (theirs_rps / ours_rps * 1000.0).round() / 1000.0;
    let line = json!({
        "name": "server-vs-echo", "ours_rps": ours_rps.round(), "against": "axum, serde_json::Value, a fixed card", "theirs_rps": theirs_rps.round(),
        "ratio": ratio, "goal": 1.0, "p50_us": at(50), "p99_us": at(99),
    });
    println!("{line}");
    drop((ours, theirs));
    std::fs::remove_dir_all(state)?;
    Ok(())
}

/// The example's patient with as many old totals of the PHQ-9 as make up the size: the service asks for them, so all are
/// read. The members stand in the order of FHIR's definitions, as servers write them.
fn body() -> anyhow::Result<String> {
    /// What the example says of observations: that there are none.
    const NONE: &str = r#""observations": {"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []}"#;
    let path = Path::new("examples/requests/patient-view.json");
    let call = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    ensure!(call.contains(NONE), "the example has observations");
    let (mut entries, mut size) = (Vec::new(), call.len());
    while size < BODY {
        let total = total(entries.len());
        size += total.len() + 1;
        entries.push(total);
    }
    let entries = entries.join(",");
    Ok(call.replace(NONE, &format!(r#""observations":{{"resourceType":"Bundle","type":"searchset","entry":[{entries}]}}"#)))
}

fn total(number: usize) -> String {
    let date = format!("20{:02}-{:02}-{:02}T08:30:00+01:00", 10 + number % 15, 1 + number % 12, 1 + number % 28);
    let total = number % 28;
    let resource = [
        format!(r#"{{"resourceType":"Observation","id":"t{number}","meta":{{"versionId":"1","lastUpdated":"2025-01-01T08:00:00Z","#),
        r#""profile":["http://hl7.org/fhir/StructureDefinition/Observation"]},"status":"final","category":[{"coding":[{"#.to_owned(),
        r#""system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"survey","display":"Survey"}]}],"#.to_owned(),
        r#""code":{"coding":[{"system":"http://loinc.org","code":"44261-6","display":"PHQ-9 total score"}],"text":"PHQ-9"},"#.to_owned(),
        format!(r#""subject":{{"reference":"Patient/example-trd"}},"encounter":{{"reference":"Encounter/e{number}"}},"#),
        format!(r#""effectiveDateTime":"{date}","valueQuantity":{{"value":{total},"unit":"{{score}}","#),
        r#""system":"http://unitsofmeasure.org","code":"{score}"}}"#.to_owned(),
    ];
    let url = format!("https://ehr.example.org/fhir/Observation/t{number}");
    format!(r#"{{"fullUrl":"{url}","resource":{},"search":{{"mode":"match"}}}}"#, resource.concat())
}

/// A server under load.
struct Side {
    child: Child,
    address: SocketAddr,
}

impl Drop for Side {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Side {
    /// Starts a server that names its address on stderr.
    fn start(mut command: Command) -> anyhow::Result<Self> {
        let mut child = command.stderr(Stdio::piped()).stdin(Stdio::null()).spawn().with_context(|| format!("{command:?}"))?;
        let mut lines = BufReader::new(child.stderr.take().context("no stderr")?).lines();
        let address = loop {
            let Some(line) = lines.next() else { bail!("{command:?} ended before it listened") };
            let line = line?;
            let found = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).and_then(|address| address.parse().ok());
            if let Some(address) = found {
                break address;
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    /// Requests a second, and how long each took.
    fn load(&self, body: &str) -> anyhow::Result<(f64, Vec<Duration>)> {
        let request = format!(
            "POST {PATH} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let start = Instant::now();
        let address = self.address;
        let times: Vec<Vec<Duration>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(|| send(address, &request))).collect();
            workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow::anyhow!("a worker failed"))?).collect::<anyhow::Result<_>>()
        })?;
        let times = times.concat();
        Ok((times.len() as f64 / start.elapsed().as_secs_f64(), times))
    }
}

fn send(address: SocketAddr, request: &str) -> anyhow::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut times, start) = (Vec::new(), Instant::now());
    while start.elapsed() < ROUND {
        let sent = Instant::now();
        stream.write_all(request.as_bytes())?;
        let mut length = 0_usize;
        let mut line = String::new();
        reader.read_line(&mut line)?;
        ensure!(line.starts_with("HTTP/1.1 200"), "answered {line}");
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        times.push(sent.elapsed());
    }
    Ok(times)
}

fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The other side: parses, and answers one card.
#[expect(clippy::print_stderr, reason = "it says where it listens")]
pub(crate) fn echo() -> anyhow::Result<()> {
    use axum::routing::post;
    const CARD: &str = r#"{"cards":[{"uuid":"00000000-0000-4000-8000-000000000000","summary":"A fixed card","indicator":"info","source":{"label":"Echo"}}]}"#;
    let answer = |body: axum::body::Bytes| async move {
        match serde_json::from_slice::<Value>(&body) {
            Ok(value) if value.is_object() => (axum::http::StatusCode::OK, CARD),
            _ => (axum::http::StatusCode::BAD_REQUEST, "{}"),
        }
    };
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("http://{}/", listener.local_addr()?);
        let limit = axum::extract::DefaultBodyLimit::max(10 << 20);
        let routes: axum::Router = axum::Router::new().route(PATH, post(answer)).layer(limit);
        Ok(axum::serve(listener, routes).await?)
    })
}
