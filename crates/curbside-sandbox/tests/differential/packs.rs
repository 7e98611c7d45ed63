//! What `build` makes.

use std::sync::Arc;

use curbside_sandbox::pack::{self, PackFiles, PackSet};
use curbside_sandbox::{Compiler, Config, Host, Limit, LoadError, Quiet, Sandbox, SecretKey, Trust, TrustError, inspect};

use crate::pair::{AS_OF, everything, files, folders, guest, sandbox};

fn set() -> PackSet {
    let packs = folders().into_iter().map(|folder| PackFiles { files: files(&folder), ..PackFiles::default() });
    PackSet { packs: packs.collect(), ..PackSet::default() }
}

#[test]
fn the_same_packs_give_the_same_bytes() {
    let (first, second) = (pack::build_with(sandbox(), &guest(), &set()).unwrap(), pack::build_with(sandbox(), &guest(), &set()).unwrap());
    assert!(first == second, "two builds differ");
    let found = inspect(&first, &sandbox().config().load).unwrap();
    assert_eq!(found.imports, ["curbside:cds/host@1.0.0"]);
    assert!(["describe", "call"].iter().all(|name| found.exports.iter().any(|export| export == name)), "{:?}", found.exports);
    eprintln!("a pack of {} bytes, of which code {}, {} of data", found.file_bytes, found.code_bytes, found.data_bytes);
}

#[test]
fn a_pack_says_what_it_is() {
    let wasm = pack::build_with(sandbox(), &guest(), &set()).unwrap();
    let manifest = pack::manifest(&wasm).unwrap();
    let native: Vec<_> = everything().native.packs().iter().map(|pack| (pack.id(), pack.digest.as_str())).collect();
    let said: Vec<_> = manifest.packs.iter().map(|pack| (pack.id.as_str(), pack.digest.as_str())).collect();
    assert_eq!(said, native);
    assert!(
        pack::sources(&wasm)
            .unwrap()
            .packs
            .iter()
            .all(|pack| pack.files.contains_key("pack.yaml") && !pack.files.keys().any(|path| path.starts_with("tests/")))
    );
    assert_eq!(pack::manifest(&guest()), None);
    let plugin = sandbox().load(&wasm).unwrap();
    assert_eq!(plugin.is_pack(), std::env::var_os("CURBSIDE_ENGINE_GUEST").is_none());
    let native = serde_json::to_value(everything().native.describe()).unwrap();
    assert_eq!(serde_json::to_value(plugin.describe()).unwrap()["services"], native["services"]);
}

#[test]
fn parameters_are_set_when_a_pack_is_built() {
    let trd = || files(&folders().into_iter().find(|folder| folder.ends_with("trd")).unwrap());
    let with = |value: &str| {
        let parameters = [("min_trial_days".to_owned(), value.to_owned())].into();
        pack::build_with(sandbox(), &guest(), &PackSet { packs: vec![PackFiles { files: trd(), parameters }], ..PackSet::default() })
    };
    let digest = |wasm: &[u8]| pack::manifest(wasm).unwrap().packs[0].digest.clone();
    assert_ne!(digest(&with("56 days").unwrap()), digest(&with("42 days").unwrap()));
    let error = with("1 day").unwrap_err();
    assert!(matches!(error, pack::BuildError::Pack(_)), "{error}");
}

#[test]
fn a_pack_that_does_not_check_is_not_built() {
    let files = [("pack.yaml".to_owned(), "pack: broken".to_owned())].into();
    let error =
        pack::build_with(sandbox(), &guest(), &PackSet { packs: vec![PackFiles { files, ..PackFiles::default() }], ..PackSet::default() })
            .unwrap_err();
    assert!(matches!(error, pack::BuildError::Pack(_)), "{error}");
}

#[test]
fn with_keys_only_a_signed_pack_runs() {
    let wasm = pack::build_with(sandbox(), &guest(), &set()).unwrap();
    let key = SecretKey::generate().unwrap();
    let mut config = Config { trust: Trust::only(vec![key.public()]), ..sandbox().config().clone() };
    config.compiler = Compiler::InProcess;
    let strict = Sandbox::new(config).unwrap();
    assert!(matches!(strict.load(&wasm), Err(LoadError::Untrusted(TrustError::Unsigned))));
    let plugin = strict.load(&key.sign(&wasm).unwrap()).unwrap();
    assert_eq!(plugin.digest(), inspect(&wasm, &sandbox().config().load).unwrap().digest);
    assert_eq!(plugin.signer(), Some(&key.public()));
}

#[test]
fn an_engine_with_an_altered_memory_is_no_danger() {
    // A bit of the data changed: it answers, declines or crashes, within its limits.
    let wasm = pack::build_with(sandbox(), &guest(), &set()).unwrap();
    let manifest =
        wasm.windows(17).rposition(|window| window == b"curbside.sources\x7b" || window.starts_with(b"curbside.sources")).unwrap();
    let host: Arc<dyn Host> = Arc::new(Quiet);
    for step in [1, 20] {
        let mut altered = wasm.clone();
        altered[manifest - step * 40_000] ^= 0x10;
        match sandbox().load(&altered) {
            Ok(plugin) => drop(plugin.call("", r#"{"hook":"patient-view"}"#, AS_OF, &host)),
            Err(LoadError::Limit(breach)) => assert_ne!(breach.limit, Limit::Instances),
            Err(_) => {}
        }
    }
}
