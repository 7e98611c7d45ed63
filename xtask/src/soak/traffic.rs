//! The kinds of traffic, and what each may be answered.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Seen;
use super::server::Place;

/// A kind of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Good,
    Malformed,
    Hostile,
    Huge,
    Slow,
    Dropped,
    Trapping,
    Hanging,
    Tokens,
    Reloads,
    Operators,
}

/// What runs at once, one thread each.
pub(crate) const ALL: &[Work] = &[
    Work::Good,
    Work::Good,
    Work::Malformed,
    Work::Hostile,
    Work::Huge,
    Work::Slow,
    Work::Slow,
    Work::Dropped,
    Work::Trapping,
    Work::Hanging,
    Work::Tokens,
    Work::Reloads,
    Work::Operators,
];

const VIEW: &str = "POST /cds-services/trd-patient-view";

/// Sends one kind of traffic until it is time to stop.
#[expect(clippy::disallowed_methods, reason = "a soak has a clock")]
pub(crate) fn run(work: Work, place: &Place, seen: &Seen) {
    for number in 0_u64.. {
        if seen.stop.load(Ordering::SeqCst) {
            return;
        }
        let result = match work {
            Work::Good => good(place, seen),
            Work::Malformed => malformed(place, seen, number),
            Work::Hostile => hostile(place, seen, number),
            Work::Huge => huge(place, seen, number),
            Work::Slow => slow(place, seen),
            Work::Dropped => dropped(place),
            Work::Trapping => trapping(place, seen),
            Work::Hanging => hanging(place, seen),
            Work::Tokens => tokens(place, seen, number),
            Work::Reloads => place.change_rules(number),
            Work::Operators => operators(place, seen, number),
        };
        if let Err(error) = result
            && !seen.is_away.load(Ordering::SeqCst)
        {
            seen.note(&format!("{work:?}: {error:#}"));
        }
        std::thread::sleep(Duration::from_millis(match work {
            Work::Good => 2,
            Work::Reloads => 15_000,
            Work::Operators => 500,
            _ => 20,
        }));
    }
}

impl Seen {
    fn note(&self, what: &str) {
        if let Ok(mut wrong) = self.wrong.lock()
            && wrong.len() < 20
        {
            wrong.push(what.to_owned());
        }
    }

    /// Counts an answer, and notes it where it is none of those that may be. 503 may always be: the server is busy, or ends.
    fn answer(&self, kind: &'static str, (status, body): &(u16, String), may_be: &[u16]) {
        if let Ok(mut answers) = self.answers.lock() {
            *answers.entry((kind, *status)).or_default() += 1;
        }
        if *status != 503 && !may_be.contains(status) && !self.is_away.load(Ordering::SeqCst) {
            self.note(&format!("{kind}: {status} {}", body.chars().take(300).collect::<String>()));
        }
    }
}

/// Sends a request on a connection of its own; status and body of the answer.
pub(crate) fn exchange(port: u16, head: &str, headers: &[&str], body: &[u8]) -> anyhow::Result<(u16, String)> {
    let mut stream = open(port)?;
    let more: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let kind = if more.contains("Content-Type") { "" } else { "Content-Type: application/json\r\n" };
    let length = body.len();
    write!(stream, "{head} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{kind}{more}Content-Length: {length}\r\n\r\n")?;
    // A server that refuses early does not read it to the end.
    let _ = stream.write_all(body);
    answer(&mut stream)
}

fn open(port: u16) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn answer(stream: &mut TcpStream) -> anyhow::Result<(u16, String)> {
    let mut bytes = Vec::new();
    // A reset behind an early answer still leaves the answer.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").context("no answer")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status")?;
    Ok((status, body.to_owned()))
}

#[expect(clippy::disallowed_methods, reason = "a soak reads the example")]
fn request() -> anyhow::Result<Value> {
    let mut call: Value = serde_json::from_str(&std::fs::read_to_string("examples/requests/patient-view.json")?)?;
    if let Some(call) = call.as_object_mut() {
        call.insert("hookInstance".into(), json!(instance()));
    }
    Ok(call)
}

/// An id of its own.
fn instance() -> String {
    use std::sync::atomic::AtomicU64;
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    format!("soak-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

fn good(place: &Place, seen: &Seen) -> anyhow::Result<()> {
    let reply = exchange(place.open, VIEW, &[], request()?.to_string().as_bytes())?;
    seen.answer("good", &reply, &[200]);
    if reply.0 != 200 {
        return Ok(());
    }
    let body: Value = serde_json::from_str(&reply.1)?;
    let card = body.pointer("/cards/0/uuid").and_then(Value::as_str).context("no card")?;
    let item = json!({"feedback": [{"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-05-04T09:13:02Z"}]});
    let reply = exchange(place.open, &format!("{VIEW}/feedback"), &[], item.to_string().as_bytes())?;
    seen.answer("feedback", &reply, &[200]);
    if reply.0 == 200
        && let Ok(mut acknowledged) = seen.acknowledged.lock()
    {
        acknowledged.push(card.to_owned());
    }
    Ok(())
}

fn malformed(place: &Place, seen: &Seen, number: u64) -> anyhow::Result<()> {
    let text = request()?.to_string();
    let cut = text.get(..text.len() / 2).unwrap_or_default();
    let bodies =
        ["", "{", "null", "[]", cut, "{\"hook\":\"patient-view\",}", "\u{0}\u{0}", "{\"hook\":1,\"hookInstance\":{},\"context\":[]}"];
    let body = bodies.get(usize::try_from(number)? % bodies.len()).copied().unwrap_or_default();
    seen.answer("malformed", &exchange(place.open, VIEW, &[], body.as_bytes())?, &[400]);
    seen.answer("malformed", &exchange(place.open, &format!("{VIEW}/feedback"), &[], body.as_bytes())?, &[400, 200]);
    Ok(())
}

fn hostile(place: &Place, seen: &Seen, number: u64) -> anyhow::Result<()> {
    let deep = format!("{{\"hook\":\"patient-view\",\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = request()?.to_string().replacen('{', "{\"hook\":\"patient-view\",", 1);
    let reply = match number % 6 {
        0 => exchange(place.open, VIEW, &[], deep.as_bytes())?,
        1 => exchange(place.open, VIEW, &[], twice.as_bytes())?,
        2 => exchange(place.open, VIEW, &["Content-Type: text/plain"], b"{}")?,
        3 => exchange(place.open, VIEW, &["Content-Encoding: gzip"], b"not gzip at all")?,
        4 => exchange(place.open, "DELETE /cds-services/trd-patient-view", &[], b"")?,
        _ => exchange(place.open, "POST /cds-services/../../etc/passwd", &[], b"{}")?,
    };
    seen.answer("hostile", &reply, &[400, 404, 405, 415]);
    Ok(())
}

fn huge(place: &Place, seen: &Seen, number: u64) -> anyhow::Result<()> {
    let body = vec![b' '; 11 << 20];
    let reply = if number % 2 == 0 {
        exchange(place.open, VIEW, &[], &body)?
    } else {
        let mut stream = open(place.open)?;
        let kind = "Content-Type: application/json\r\nTransfer-Encoding: chunked";
        write!(stream, "{VIEW} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{kind}\r\n\r\n{:x}\r\n", body.len())?;
        let _ = stream.write_all(&body);
        answer(&mut stream).unwrap_or((0, String::new()))
    };
    // The answer may be lost to the reset that ends a body nobody reads.
    seen.answer("huge", &reply, &[413, 0]);
    Ok(())
}

/// A body that dribbles.
#[expect(clippy::disallowed_methods, reason = "a soak has a clock")]
fn slow(place: &Place, seen: &Seen) -> anyhow::Result<()> {
    let mut stream = open(place.open)?;
    write!(stream, "{VIEW} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n")?;
    for _ in 0..8 {
        if stream.write_all(b" ").is_err() || seen.stop.load(Ordering::SeqCst) {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    seen.answer("slow", &answer(&mut stream).unwrap_or((0, String::new())), &[408, 0]);
    Ok(())
}

/// A client that goes away.
fn dropped(place: &Place) -> anyhow::Result<()> {
    let mut stream = open(place.open)?;
    let body = request()?.to_string();
    write!(stream, "{VIEW} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    Ok(())
}

fn trapping(place: &Place, seen: &Seen) -> anyhow::Result<()> {
    let reply = exchange(place.open, "POST /cds-services/traps", &[], request()?.to_string().as_bytes())?;
    seen.answer("trapping", &reply, &[200]);
    Ok(())
}

fn hanging(place: &Place, seen: &Seen) -> anyhow::Result<()> {
    let call = json!({"hook": "patient-view", "hookInstance": instance(), "context": {"userId": "Practitioner/1", "patientId": "p"},
        "fhirServer": format!("http://127.0.0.1:{}/fhir", place.hanging)});
    seen.answer("hanging", &exchange(place.open, VIEW, &[], call.to_string().as_bytes())?, &[412]);
    Ok(())
}

fn tokens(place: &Place, seen: &Seen, number: u64) -> anyhow::Result<()> {
    let headers =
        ["Authorization: Bearer a.b.c", "Authorization: Basic eDp5", "X-None: 1", "Authorization: Bearer eyJhbGciOiJub25lIn0.e30."];
    let header = headers.get(usize::try_from(number)? % headers.len()).copied().unwrap_or_default();
    seen.answer("tokens", &exchange(place.closed, VIEW, &[header], request()?.to_string().as_bytes())?, &[401]);
    Ok(())
}

fn operators(place: &Place, seen: &Seen, number: u64) -> anyhow::Result<()> {
    let paths = ["/metrics", "/readyz", "/healthz", "/cds-services", "/admin/rules"];
    let path = paths.get(usize::try_from(number)? % paths.len()).copied().unwrap_or_default();
    seen.answer("operators", &exchange(place.open, &format!("GET {path}"), &[], b"")?, &[200]);
    Ok(())
}
