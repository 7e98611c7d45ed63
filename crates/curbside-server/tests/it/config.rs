//! `curbside.toml`: what it says, and every mistake in it at once.

use std::path::Path;
use std::time::Duration;

use curbside_server::config::{Config, ConfigError, Keys};
use curbside_server::store::Url;
use tempfile::TempDir;

fn parse(text: &str, folder: &Path) -> Result<Config, Vec<String>> {
    Config::parse("curbside.toml", text.to_owned(), folder).map_err(|error| match error {
        ConfigError::Wrong { sources, found } => found
            .iter()
            .map(|finding| {
                let help = finding.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
                format!("{} at `{}`{help}", finding.message, sources.text(finding.span))
            })
            .collect(),
        ConfigError::Read(error) => vec![error.to_string()],
    })
}

#[test]
fn the_whole_of_it_is_read() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir_all(folder.path().join("rules/trd")).unwrap();
    std::fs::write(folder.path().join("keys.json"), "{\"keys\": []}").unwrap();
    let text = r#"
        [server]
        listen = "127.0.0.1:9000"
        public_url = "https://cds.example.org/psy/"
        deadline = "250 ms"
        max_body = "1 MiB"
        concurrency = 3
        queue = 4
        max_cards = 5
        rate = "50 per second"
        tz = "Europe/Berlin"
        cors_origins = ["https://a.example"]
        [store]
        url = "sqlite:state.db"
        [rules]
        packs = ["rules/trd"]
        plugins = []
        trusted_keys = []
        [parameters.trd]
        min_trial_days = "56 days"
        [[clients]]
        name = "mercy-ehr"
        iss = "https://ehr.example.org"
        jwks = "keys.json"
        audiences = ["sand_man"]
        fhir_servers = ["https://fhir.example.org/r4"]
        tenant = "mercy"
        rate = "600 per minute"
        [tenants.mercy]
        packs = ["rules/trd"]
        parameters.trd.min_trial_days = "42 days"
        [sandbox]
        cache = "cache"
    "#;
    let config = parse(text, folder.path()).unwrap();
    assert_eq!((config.listen.port(), config.public_url.as_str()), (9000, "https://cds.example.org/psy"));
    assert_eq!((config.deadline, config.max_body), (Duration::from_millis(250), 1 << 20));
    assert_eq!((config.concurrency, config.queue, config.max_cards, config.tz.as_str()), (3, 4, 5, "Europe/Berlin"));
    assert_eq!(config.store, Url::Sqlite(folder.path().join("state.db")));
    assert_eq!(config.rules.packs, [folder.path().join("rules/trd")]);
    assert_eq!(config.rules.parameters["trd"]["min_trial_days"], "56 days");
    assert_eq!(config.tenants["mercy"].parameters["trd"]["min_trial_days"], "42 days");
    let client = &config.clients[0];
    assert_eq!((client.name.as_str(), client.tenant.as_deref()), ("mercy-ehr", Some("mercy")));
    assert_eq!(client.keys, Keys::File(folder.path().join("keys.json")));
    assert_eq!(client.fhir.bases, ["https://fhir.example.org/r4"]);
    let rates = [config.rate, client.rate].map(|rate| rate.map(|rate| (rate.calls.get(), rate.per.as_secs())));
    assert_eq!(rates, [Some((50, 1)), Some((600, 60))]);
    assert_eq!(config.sandbox.cache, Some(folder.path().join("cache")));
}

#[test]
fn nothing_written_is_the_default() {
    let config = parse("", Path::new("/etc/curbside")).unwrap();
    assert_eq!(config.listen, Config::default().listen);
    assert_eq!(config.deadline, Duration::from_millis(500));
    assert_eq!(config.store, Url::Sqlite("/etc/curbside/curbside.db".into()));
}

#[test]
fn every_mistake_is_shown_where_it_stands() {
    let folder = TempDir::new().unwrap();
    let text = r#"
        [server]
        listen = "localhost"
        deadlin = "1 s"
        tz = "Europe/Atlantis"
        max_body = "10"
        rate = "fast"
        [rules]
        packs = ["nowhere"]
        [[clients]]
        name = "a"
        iss = "https://a.example"
        tenant = "mercyy"
        jku = "http://a.example/jwks"
        [[clients]]
        name = "a"
        iss = "https://b.example"
        [tenants.mercy]
    "#;
    let found = parse(text, folder.path()).unwrap_err();
    assert_eq!(found, ["unknown key `deadlin` at `deadlin` (did you mean `deadline`?)"], "the shape comes first");
    let found = parse(&text.replace("deadlin ", "deadline "), folder.path()).unwrap_err();
    for part in [
        "`localhost` is no address",
        "unknown time zone `Europe/Atlantis`",
        "`10` is no amount",
        "`fast` is no amount at `\"fast\"` (write it like `50 per second`)",
        "there is no `nowhere`",
        "unknown tenant `mercyy` at `\"mercyy\"` (did you mean `mercy`?)",
        "`http://a.example/jwks` is no https URL",
        "two clients have the name `a`",
        "client `a` has no keys",
    ] {
        assert!(found.iter().any(|finding| finding.contains(part)), "{part}: {found:#?}");
    }
    assert_eq!(found.len(), 9, "{found:#?}");
    let found = parse("[server\nlisten = 5", folder.path()).unwrap_err();
    assert!(found[0].contains("this is not TOML"), "{found:?}");
}

#[test]
fn the_public_sandbox_is_no_client_of_a_server_that_others_reach() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("keys.json"), "{\"keys\": []}").unwrap();
    let (iss, jku) = ("https://sandbox.cds-hooks.org", "https://sandbox.cds-hooks.org/.well-known/jwks.json");
    let by_iss = format!("iss = \"{iss}\"\njwks = \"keys.json\"");
    let by_slash = format!("iss = \"{iss}/\"\njwks = \"keys.json\"");
    let by_jku = format!("iss = \"https://a.example\"\njku = \"{jku}\"");
    let by_case = format!("iss = \"https://a.example\"\njku = \"{}\"", jku.replace("sandbox", "SANDBOX"));
    let other = "iss = \"https://a.example\"\njwks = \"keys.json\"".to_owned();
    for (server, client, refused) in [
        ("listen = \"127.0.0.1:1\"", &by_iss, false),
        ("listen = \"127.0.0.1:1\"", &by_jku, false),
        ("listen = \"127.0.0.1:1\"\npublic_url = \"https://cds.example.org\"", &by_iss, true),
        ("listen = \"127.0.0.1:1\"\npublic_url = \"HTTPS://cds.example.org\"", &by_slash, true),
        ("listen = \"127.0.0.1:1\"\npublic_url = \"https://cds.example.org\"", &by_jku, true),
        ("listen = \"127.0.0.1:1\"\npublic_url = \"https://cds.example.org\"", &by_case, true),
        ("listen = \"0.0.0.0:1\"\ntrust_proxy_tls = true", &by_iss, true),
        ("listen = \"0.0.0.0:1\"\ntrust_proxy_tls = true", &by_jku, true),
        ("listen = \"0.0.0.0:1\"\ntrust_proxy_tls = true", &other, false),
    ] {
        let text = format!("[server]\n{server}\n[[clients]]\nname = \"a\"\n{client}\n");
        let found = parse(&text, folder.path()).err().unwrap_or_default();
        assert_eq!(found.iter().any(|finding| finding.contains("keys of the CDS Hooks sandbox are public")), refused, "{text}: {found:?}");
    }
}
