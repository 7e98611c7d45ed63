//! Sizes, times, and how much is taken on at once.

use std::io::Write as _;
use std::time::{Duration, Instant};

use curbside_server::Failed;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::site::{Reply, Scripted, Site, put, view};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn address(site: &Site) -> String {
    site.base.trim_start_matches("http://").to_owned()
}

#[tokio::test]
async fn t018_t019_gzip_is_read_and_written() {
    let site = Site::start().await;
    let packed = gzip(view().to_string().as_bytes());
    let send = |body: Vec<u8>, coding: &'static str| site.post("/cds-services/mini-view", body).header("content-encoding", coding);
    assert_eq!(Reply::of(send(packed.clone(), "gzip")).await.summaries().len(), 2);
    for coding in ["br", "zstd", "deflate"] {
        let reply = Reply::of(send(packed.clone(), coding)).await;
        reply.refused(415);
        assert_eq!(reply.header("accept-encoding"), "gzip");
    }
    Reply::of(send(view().to_string().into_bytes(), "gzip")).await.refused(400);
    // Several members are one body; what follows them is none.
    let text = view().to_string();
    let (first, rest) = text.as_bytes().split_at(100);
    let several = [gzip(first), gzip(b""), gzip(rest)].concat();
    assert_eq!(Reply::of(send(several.clone(), "gzip")).await.summaries().len(), 2);
    for junk in [&b"j"[..], b"junk", b"{}", &[0; 20], &[0x1f], &[0x1f, 0x8b]] {
        Reply::of(send([&several[..], junk].concat(), "gzip")).await.refused(400);
    }
    Reply::of(send(packed[..packed.len() - 20].to_vec(), "gzip")).await.refused(400);
    let request = site.post("/cds-services/mini-view", view().to_string()).header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&response.bytes().await.unwrap()[..]), &mut text).unwrap();
    assert!(text.contains("Diabetes on record"));
    site.stop().await;
}

#[tokio::test]
async fn t029_deep_nesting_is_refused_at_once() {
    let site = Site::start().await;
    for at in ["/prefetch/patient/x", "/prefetch/deep", "/context/deep", "/deep"] {
        let body = put(view(), at, json!("DEEP")).to_string();
        let started = Instant::now();
        let deep = body.replace("\"DEEP\"", &format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)));
        Reply::of(site.post("/cds-services/mini-view", deep)).await.refused(400);
        assert!(started.elapsed() < Duration::from_secs(1));
    }
    site.stop().await;
}

#[tokio::test]
async fn t030_bodies_have_a_limit_also_when_unpacked() {
    let site = Site::with(|config| config.max_body = 100_000, Vec::new()).await;
    let big = put(view(), "/filler", json!("x".repeat(100_001))).to_string();
    Reply::of(site.post("/cds-services/mini-view", big.clone())).await.refused(413);
    let bomb = gzip(&vec![b' '; 50 << 20]);
    assert!(bomb.len() < 400_000);
    Reply::of(site.post("/cds-services/mini-view", gzip(&vec![b' '; 5 << 20])).header("content-encoding", "gzip")).await.refused(413);
    // Chunked, without a length that tells beforehand.
    let mut stream = TcpStream::connect(address(&site)).await.unwrap();
    let head = "POST /cds-services/mini-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let _ = stream.write_all(format!("{:x}\r\n{}\r\n0\r\n\r\n", big.len(), big).as_bytes()).await;
    let mut answer = vec![0_u8; 2048];
    let read = stream.read(&mut answer).await.unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).starts_with("HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer[..read]));
    site.stop().await;
}

#[tokio::test]
async fn t030_t143_who_sends_all_before_reading_hears_the_refusal() {
    let site = Site::with(|config| config.max_body = 100_000, Vec::new()).await;
    let body = vec![b' '; 12 << 20];
    for (path, status) in [("/cds-services/mini-view", 413), ("/cds-services/mini-view/feedback", 413), ("/cds-services/other", 404)] {
        let mut stream = TcpStream::connect(address(&site)).await.unwrap();
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body).await.unwrap();
        let mut answer = vec![0_u8; 2048];
        let read = stream.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..read]);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
    }
    site.stop().await;
}

#[tokio::test]
async fn slow_bodies_are_cut_off_and_disturb_nobody() {
    let site = Site::start().await;
    let mut streams = Vec::new();
    for _ in 0..80 {
        let mut stream = TcpStream::connect(address(&site)).await.unwrap();
        let head = "POST /cds-services/mini-view HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{";
        stream.write_all(head.as_bytes()).await.unwrap();
        streams.push(stream);
    }
    let started = Instant::now();
    assert_eq!(site.view(&view()).await.status, 200);
    assert!(started.elapsed() < Duration::from_secs(2), "more slow bodies than calls at once, and still: {:?}", started.elapsed());
    let mut answer = vec![0_u8; 1024];
    let read = tokio::time::timeout(Duration::from_secs(8), streams[0].read(&mut answer)).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&answer[..read]).starts_with("HTTP/1.1 408"));
    site.stop().await;
}

#[tokio::test]
async fn t113_what_is_too_much_is_turned_away_with_a_time_to_come_back() {
    let slow = Scripted::plugin("slow", |_, _| {
        std::thread::sleep(Duration::from_millis(600));
        Ok(r#"{"cards":[]}"#.into())
    });
    let set = |config: &mut curbside_server::config::Config| {
        config.concurrency = 2;
        config.queue = 2;
    };
    let site = Site::with(set, vec![slow]).await;
    let body = view();
    let calls = (0..10).map(|_| site.call("slow", &body));
    let replies = join(calls).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status == 503).collect();
    assert_eq!((served, refused.len()), (4, 6));
    for reply in refused {
        reply.refused(503);
        assert_eq!(reply.header("retry-after"), "1");
    }
    assert_eq!(Reply::of(site.get("/healthz")).await.status, 200);
    site.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thread_is_left_to_serve_connections_whatever_is_decided() {
    let (release, released) = std::sync::mpsc::channel();
    let released = std::sync::Mutex::new(released);
    let slow = Scripted::punctual("slow", move |_, _| {
        released.lock().unwrap().recv_timeout(Duration::from_secs(3)).map_err(|_| Failed::Unusable)?;
        Ok(r#"{"cards":[]}"#.into())
    });
    let crashes = Scripted::punctual("crashes", |_, _| panic!("as a bug would"));
    let site = Site::with(|_| {}, vec![slow, crashes]).await;
    let requests = (0..4).map(|_| site.post("/cds-services/slow", view().to_string()));
    let calls: Vec<_> = requests.map(|request| tokio::spawn(async move { Reply::of(request).await })).collect();
    tokio::time::sleep(Duration::from_millis(150)).await;
    // Where no thread were left, this would come after they have given up.
    assert_eq!(Reply::of(site.get("/healthz")).await.status, 200);
    (0..4).for_each(|_| release.send(()).unwrap());
    for call in calls {
        assert_eq!(call.await.unwrap().text, r#"{"cards":[]}"#);
    }
    let reply = site.call("crashes", &view()).await;
    assert_eq!(reply.summaries(), ["This check could not be completed: decide without it."]);
    site.stop().await;
}

/// Runs futures together.
async fn join<T>(futures: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        let mut ready = true;
        for (future, done) in &mut pending {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => ready = false,
                }
            }
        }
        if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    pending.into_iter().map(|(_, done)| done.unwrap()).collect()
}

#[tokio::test]
async fn t113_a_tenant_that_is_called_too_often_disturbs_no_other() {
    let set = |config: &mut curbside_server::config::Config| {
        let rate = curbside_server::config::Rate { calls: 3.try_into().unwrap(), per: Duration::from_secs(60) };
        config.rate = Some(rate);
        config.tenants.insert("other".into(), config.rules.clone());
    };
    let site = Site::with(set, Vec::new()).await;
    let body = view();
    for _ in 0..3 {
        assert_eq!(site.view(&body).await.status, 200);
    }
    for path in ["/cds-services/mini-view", "/cds-services/mini-view/feedback"] {
        let reply = Reply::of(site.post(path, body.to_string())).await;
        assert_eq!(reply.refused(429)["code"], "throttled");
        let wait: u64 = reply.header("retry-after").parse().unwrap();
        assert!((1..=21).contains(&wait), "{wait}");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    assert_eq!(Reply::of(site.post("/t/other/cds-services/mini-view", body.to_string())).await.status, 200);
    assert_eq!(Reply::of(site.get("/cds-services")).await.status, 200);
    let metrics = Reply::of(site.get("/metrics")).await.text;
    assert!(metrics.contains(r#"curbside_refused_total{result="rate"} 2"#), "{metrics}");
    site.stop().await;
}

#[tokio::test]
async fn t115_what_was_accepted_is_finished_when_the_server_stops() {
    let slow = Scripted::plugin("slow", |_, _| {
        std::thread::sleep(Duration::from_millis(800));
        Ok(r#"{"cards":[]}"#.into())
    });
    let mut site = Site::with(|_| {}, vec![slow]).await;
    let request = site.post("/cds-services/slow", view().to_string());
    let call = tokio::spawn(async move { Reply::of(request).await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    site.begin_stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let ready = Reply::of(site.get("/readyz")).await;
    assert_eq!((ready.status.as_u16(), ready.json()["status"].as_str()), (503, Some("closing")));
    for path in ["/cds-services/mini-view", "/cds-services/mini-view/feedback"] {
        let reply = Reply::of(site.post(path, view().to_string())).await;
        reply.refused(503);
        assert!(!reply.header("retry-after").is_empty());
    }
    assert_eq!(call.await.unwrap().text, r#"{"cards":[]}"#);
    site.stopped().await;
    assert!(TcpStream::connect(address(&site)).await.is_err(), "nobody listens once it has stopped");
}
