//! Where keys are configured nothing unsigned runs, by any path; and compiled code is used only where it holds.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::{WELL_BEHAVED, component, config};
use curbside_sandbox::{Compiler, Config, LoadError, PublicKey, Sandbox, SecretKey, Trust, TrustError};

fn load(trust: Trust, wasm: &[u8]) -> Result<Option<String>, TrustError> {
    let mut config = config();
    config.trust = trust;
    match Sandbox::new(config).unwrap().load(wasm) {
        Ok(plugin) => Ok(plugin.signer().map(PublicKey::id)),
        Err(LoadError::Untrusted(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn only_what_a_configured_key_signed() {
    let wasm = component(WELL_BEHAVED);
    let (ours, theirs) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    let only_ours = || Trust::only(vec![ours.public()]);
    let signed = ours.sign(&wasm).unwrap();
    assert_eq!(load(only_ours(), &signed), Ok(Some(ours.public().id())));
    // Signed again, the earlier signature is replaced.
    assert_eq!(ours.sign(&signed).unwrap(), signed);
    assert_eq!(load(only_ours(), &theirs.sign(&signed).unwrap()), Err(TrustError::UnknownKey(theirs.public().id())));
    // The signature stripped, emptied, cut, doubled, followed by more.
    assert_eq!(load(only_ours(), &wasm), Err(TrustError::Unsigned));
    assert_eq!(load(only_ours(), &with_signature(&wasm, &[])), Err(TrustError::Wrong));
    assert_eq!(load(only_ours(), &with_signature(&wasm, &[0; 96])), Err(TrustError::Wrong));
    assert_eq!(load(only_ours(), &[&signed[..], &signed[wasm.len()..]].concat()), Err(TrustError::Misplaced));
    assert_eq!(load(only_ours(), &[&signed[..], &with_signature(&wasm, &[])[wasm.len()..]].concat()), Err(TrustError::Misplaced));
    assert_eq!(load(only_ours(), &signed[..signed.len() - 1]), Err(TrustError::NoComponent));
    // Any byte of the content or of the signature changed.
    for at in (8..signed.len()).step_by(13) {
        let mut edited = signed.clone();
        edited[at] ^= 1;
        assert!(load(only_ours(), &edited).is_err(), "byte {at}");
    }
    // Trusting without keys trusts nothing; without trust configured a wrong signature is refused all the same.
    assert_eq!(load(Trust::only(Vec::new()), &signed), Err(TrustError::UnknownKey(ours.public().id())));
    assert_eq!(load(Trust::default(), &wasm), Ok(None));
    assert_eq!(load(Trust::default(), &with_signature(&wasm, &[0; 96])), Err(TrustError::Wrong));
}

fn with_signature(wasm: &[u8], body: &[u8]) -> Vec<u8> {
    let name = b"curbside.signature";
    let size = u8::try_from(1 + name.len() + body.len()).unwrap();
    let length = if size < 128 { vec![size] } else { vec![size | 0x80, size >> 7] };
    [wasm, &[0], &length, &[18], name, body].concat()
}

#[test]
fn keys_are_the_ones_that_openssl_writes() {
    let key = SecretKey::generate().unwrap();
    let again = SecretKey::from_pem(&key.to_pem().unwrap()).unwrap();
    assert_eq!(again.public(), key.public());
    let public = PublicKey::from_pem(&key.public().to_pem().unwrap()).unwrap();
    assert_eq!(public, key.public());
    // The example of RFC 8410, in the form that `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write.
    let secret =
        "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    let public = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";
    assert_eq!(SecretKey::from_pem(secret).unwrap().public(), PublicKey::from_pem(public).unwrap());
    assert!(PublicKey::from_pem("nonsense").is_err());
}

/// A configuration with a cache, and a compiler that does not work.
fn without_compiler(cache: &Path) -> Config {
    let mut config = cached(cache);
    config.compiler = Compiler::Child { program: PathBuf::from("/bin/false"), arguments: Vec::new() };
    config
}

fn cached(cache: &Path) -> Config {
    let mut config = config();
    config.cache = Some(cache.to_owned());
    config
}

fn loads(config: Config) -> bool {
    Sandbox::new(config).unwrap().load(&component(WELL_BEHAVED)).is_ok()
}

fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

#[test]
fn compiled_code_is_kept_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    assert!(!loads(without_compiler(&cache)), "there is nothing in the cache yet");
    assert!(loads(cached(&cache)));
    assert!(loads(without_compiler(&cache)), "compiled once, it needs no compiler");
    let file = only_file(&cache);
    assert_eq!(fs::metadata(&cache).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    // Edited, cut short or exchanged: not used, and written anew by the next one that can compile.
    let good = fs::read(&file).unwrap();
    let mut edited = good.clone();
    let middle = edited.len() / 2;
    edited[middle] ^= 1;
    for bad in [&edited[..], &good[..good.len() - 1], &good[..50], b""] {
        fs::write(&file, bad).unwrap();
        assert!(!loads(without_compiler(&cache)));
    }
    assert!(loads(cached(&cache)));
    assert_eq!(fs::read(&file).unwrap(), good);

    // Another key's file under this name.
    let other = folder.path().join("other");
    let mut looser = cached(&other);
    looser.load.functions += 1;
    assert!(loads(looser));
    assert_ne!(only_file(&other).file_name(), file.file_name());
    fs::copy(only_file(&other), &file).unwrap();
    assert!(!loads(without_compiler(&cache)));
    fs::write(&file, &good).unwrap();

    // A link, a file or a folder that others can write: not used.
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
    assert!(!loads(without_compiler(&cache)));
    fs::rename(&elsewhere, &file).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
    assert!(!loads(without_compiler(&cache)));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o777)).unwrap();
    assert!(!loads(without_compiler(&cache)));
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(loads(without_compiler(&cache)));

    // Stricter caps are asked for again.
    let mut stricter = without_compiler(&cache);
    stricter.load.functions = 1;
    assert!(!loads(stricter));
}

#[test]
fn several_may_fill_the_cache_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let loading: Vec<_> = (0..4).map(|_| scope.spawn(|| loads(cached(folder.path())))).collect();
        assert!(loading.into_iter().all(|one| one.join().unwrap()));
    });
    only_file(folder.path());
}

#[test]
fn a_cache_that_cannot_be_written_costs_time_only() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(loads(cached(&file.join("cache"))));
}
