//! Every answer can be given again.

use curbside_sandbox::{Compiler, Config, Sandbox};
use curbside_server::replay::{NotReproduced, reproduce};
use curbside_server::store::{Store, Url};
use curbside_server::{Backend, Native, PackSource, load_pack};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

use crate::site::{Site, mini, put, view};

#[tokio::test]
async fn a_decision_and_its_request_give_the_same_bytes() {
    let site = Site::start().await;
    let reply = site.view(&view()).await;
    let refused = site.view(&put(view(), "/prefetch", json!({}))).await;
    let (decision, nothing) = (reply.header("curbside-decision-id").to_owned(), refused.header("curbside-decision-id").to_owned());
    let folder = Arc::clone(&site.folder);
    site.stop().await;
    let store = Store::open(&Url::Sqlite(folder.path().join("state.db"))).await.unwrap();
    let entry = store.find(&decision).await.unwrap().unwrap();
    let source = PackSource::read(&mini()).unwrap();
    let rules: Vec<Arc<dyn Backend>> = vec![Arc::new(Native::load(&source).unwrap())];
    assert_eq!(reproduce(&entry, view().to_string().as_bytes(), &rules).as_ref(), Ok(&reply.text));
    let sandbox =
        Sandbox::new(Config { cache: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")), ..Config::new(Compiler::InProcess) });
    let sandboxed = vec![load_pack(&source, Some(&sandbox.unwrap())).unwrap()];
    assert_eq!(reproduce(&entry, view().to_string().as_bytes(), &sandboxed).as_ref(), Ok(&reply.text));

    let other = put(view(), "/prefetch/patient/birthDate", json!("1979-03-15")).to_string();
    assert!(matches!(reproduce(&entry, other.as_bytes(), &rules), Err(NotReproduced::OtherInput { .. })));
    let set = PackSource { parameters: [("adult".to_owned(), "20 years".to_owned())].into(), ..source };
    let changed: Vec<Arc<dyn Backend>> = vec![Arc::new(Native::load(&set).unwrap())];
    assert!(matches!(reproduce(&entry, view().to_string().as_bytes(), &changed), Err(NotReproduced::OtherRules(_))));
    assert_eq!(reproduce(&entry, b"{}", &rules), Err(NotReproduced::Unreadable));
    let entry = store.find(&nothing).await.unwrap().unwrap();
    assert_eq!(reproduce(&entry, b"{}", &rules), Err(NotReproduced::NoAnswer(412)));
    store.close().await;
}
