//! TLS by the server itself.

use std::path::Path;
use std::sync::Arc;

use curbside_server::config::Tls;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::site::Site;

#[tokio::test]
async fn t120_the_server_speaks_tls_and_nothing_else_then() {
    let keys = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys");
    let tls = Tls { certificate: keys.join("tls.pem"), key: keys.join("tls-key.pem") };
    let site = Site::with(|config| config.tls = Some(tls), Vec::new()).await;
    let address = site.base.trim_start_matches("http://").to_owned();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(keys.join("tls.pem")).unwrap()).unwrap();
    let connector = TlsConnector::from(Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()));
    let stream = TcpStream::connect(&address).await.unwrap();
    let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
    stream.write_all(b"GET /cds-services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap().to_lowercase();
    assert!(answer.starts_with("http/1.1 200") && answer.contains("strict-transport-security"), "{answer}");
    assert!(site.get("/cds-services").send().await.is_err(), "plain HTTP is not answered");
    site.stop().await;
}
