//! Connections: accepted within limits, each with timeouts, and finished when the server stops.

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Uri};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use crate::config::Tls;
use crate::http::{Peer, Shared};
use crate::linger::Lingering;

/// Longest time that a request's head may take, and that a connection may be idle.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
/// How long answers to those who come while the server stops may take.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Connections beyond those that can be in a call.
const SPARE_CONNECTIONS: usize = 512;
/// Largest head of a request: tokens are long.
const MAX_HEAD: usize = 64 << 10;

/// What accepts TLS with the certificate that is configured.
pub(crate) fn acceptor(tls: &Tls) -> io::Result<TlsAcceptor> {
    let broken = |error: rustls::pki_types::pem::Error| io::Error::new(io::ErrorKind::InvalidData, format!("{error:?}"));
    let chain = CertificateDer::pem_file_iter(&tls.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(broken)?;
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(broken)?;
    let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `stop` is done; calls in flight then have `grace` to finish.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    shared: &Arc<Shared>,
    stop: impl Future<Output = ()>,
    grace: Duration,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).max_buf_size(MAX_HEAD.max(512 << 10));
    let places = Arc::new(Semaphore::new(shared.config.concurrency + shared.config.queue + SPARE_CONNECTIONS));
    let (graceful, turned_away) = (GracefulShutdown::new(), GracefulShutdown::new());
    let mut door = Door { listener, tls, routes, http, places };
    tokio::select! {
        () = door.accept(&graceful) => {}
        () = stop => {}
    }
    shared.gate.close();
    tracing::info!(target: "curbside", "stopping: calls in flight are finished");
    // Meanwhile whoever comes hears that the server is closing, above all whoever asks whether it is ready.
    door.http.keep_alive(false);
    tokio::select! {
        () = door.accept(&turned_away) => {}
        _ = tokio::time::timeout(grace, graceful.shutdown()) => {}
    }
    drop(door);
    let _ = tokio::time::timeout(LAST_WORDS, turned_away.shutdown()).await;
}

/// Where connections come in.
struct Door {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    routes: Router,
    http: http1::Builder,
    places: Arc<Semaphore>,
}

impl Door {
    /// Accepts connections without end.
    async fn accept(&self, graceful: &GracefulShutdown) {
        // It is never closed.
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            let Ok((stream, peer)) = self.listener.accept().await else {
                // Out of file handles, most likely: wait for some to be given back.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            let (routes, tls, http, watcher) = (self.routes.clone(), self.tls.clone(), self.http.clone(), graceful.watcher());
            let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                let mut request = tidy(request);
                request.extensions_mut().insert(Peer(peer));
                routes.clone().oneshot(request)
            });
            tokio::spawn(async move {
                match tls {
                    None => attend(&http, watcher, stream, service).await,
                    Some(tls) => {
                        if let Ok(Ok(stream)) = tokio::time::timeout(HEAD_PATIENCE, tls.accept(stream)).await {
                            attend(&http, watcher, stream, service).await;
                        }
                    }
                }
                drop(place);
            });
        }
    }
}

/// Answers the requests of one connection.
async fn attend<T, S>(http: &http1::Builder, watcher: Watcher, stream: T, service: S)
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    S: hyper::service::Service<Request<Incoming>, Response = axum::response::Response, Error = std::convert::Infallible>,
{
    // A connection that breaks off is the client's business.
    let _ = watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await;
}

/// The request with its path as it was meant: no slash twice, none at the end. Some clients join their
/// parts carelessly.
fn tidy(request: Request<Incoming>) -> Request<Body> {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path();
    if path.contains("//") || (path.len() > 1 && path.ends_with('/')) {
        let mut tidied = String::with_capacity(path.len());
        for part in path.split('/').filter(|part| !part.is_empty()) {
            tidied.push('/');
            tidied.push_str(part);
        }
        if tidied.is_empty() {
            tidied.push('/');
        }
        if let Some(query) = parts.uri.query() {
            tidied.push('?');
            tidied.push_str(query);
        }
        if let Ok(uri) = tidied.parse::<Uri>() {
            parts.uri = uri;
        }
    }
    Request::from_parts(parts, Body::new(Lingering::of(body)))
}
