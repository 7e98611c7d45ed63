//! From what is written to what is meant, and everything that cannot be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use curbside_chart::time::Zone;
use curbside_source::{Diagnostic, Span, Spanned, did_you_mean};
use url::{Host, Url};

use super::amount;
use super::file::{ClientTable, File, Parameters, ServerTable, Texts};
use super::model::{Client, Config, DEMONSTRATION, DEMONSTRATION_HELP, FhirServers, Keys, Rate, Sandbox, Tenant, Tls, is_demonstration};

/// What is meant.
pub(super) fn resolve(file: File, folder: &Path) -> Result<Config, Vec<Diagnostic>> {
    let mut reader = Reader { folder, found: Vec::new() };
    let mut config = Config::default();
    reader.server(&file.server, &mut config);
    if let Some(url) = &file.store.url {
        match url.value.parse() {
            Ok(crate::store::Url::Sqlite(path)) => config.store = crate::store::Url::Sqlite(folder.join(path)),
            Ok(other) => config.store = other,
            Err(error) => reader.wrong("store", url.span, error.to_string(), None),
        }
    } else {
        config.store = crate::store::Url::Sqlite(folder.join("curbside.db"));
    }
    if let Some(text) = &file.store.retention {
        config.retention = reader.amount(text, amount::duration, "`365 days`").unwrap_or(config.retention);
    }
    config.history = file.rules.history.as_ref().map(|path| folder.join(&path.value));
    config.sandbox = Sandbox {
        cache: file.sandbox.cache.as_ref().map(|path| folder.join(&path.value)),
        trusted_keys: reader.files(&file.rules.trusted_keys),
    };
    config.rules = Tenant {
        packs: file.rules.packs.as_ref().map_or_else(|| vec![folder.join("rules")], |packs| reader.paths(packs)),
        plugins: reader.files(&file.rules.plugins),
        parameters: parameters(file.parameters),
    };
    for (name, tenant) in file.tenants {
        if !is_plain(&name.value) {
            reader.wrong(
                "tenant",
                name.span,
                format!("`{}` is no name of a tenant", name.value),
                Some("a name is letters, digits, `-` and `_`".into()),
            );
        }
        let resolved = Tenant {
            packs: reader.paths(&tenant.packs),
            plugins: reader.files(&tenant.plugins),
            parameters: parameters(tenant.parameters),
        };
        config.tenants.insert(name.value, resolved);
    }
    reader.clients(file.clients, &mut config);
    if reader.found.is_empty() { Ok(config) } else { Err(reader.found) }
}

fn is_plain(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

fn parameters(written: Parameters) -> BTreeMap<String, BTreeMap<String, String>> {
    let of_pack =
        |values: BTreeMap<Spanned<String>, Spanned<String>>| values.into_iter().map(|(name, value)| (name.value, value.value)).collect();
    written.into_iter().map(|(pack, values)| (pack.value, of_pack(values))).collect()
}

struct Reader<'f> {
    folder: &'f Path,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn wrong(&mut self, code: &'static str, span: Span, message: String, help: Option<String>) {
        self.found.push(Diagnostic::error(code, span, message).maybe_help(help));
    }

    fn amount<T>(&mut self, text: &Spanned<String>, read: impl Fn(&str) -> Option<T>, example: &str) -> Option<T> {
        let amount = read(&text.value);
        if amount.is_none() {
            self.wrong("amount", text.span, format!("`{}` is no amount", text.value), Some(format!("write it like {example}")));
        }
        amount
    }

    fn rate(&mut self, text: &Spanned<String>) -> Option<Rate> {
        self.amount(text, amount::rate, "`50 per second`")
    }

    fn count(&mut self, number: Option<&Spanned<u32>>, default: usize, least: u32) -> usize {
        let Some(number) = number else { return default };
        if number.value < least {
            self.wrong("amount", number.span, format!("at least {least} is needed"), None);
        }
        usize::try_from(number.value).unwrap_or(default)
    }

    /// Paths of files that must be there.
    fn files(&mut self, texts: &Texts) -> Vec<PathBuf> {
        texts.iter().map(|text| self.file(text)).collect()
    }

    fn file(&mut self, text: &Spanned<String>) -> PathBuf {
        let path = self.folder.join(&text.value);
        if !path.is_file() {
            self.wrong("no-file", text.span, format!("there is no file `{}`", text.value), Some("paths are relative to this file".into()));
        }
        path
    }

    /// Paths of folders, or of files.
    fn paths(&mut self, texts: &Texts) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        for text in texts {
            let path = self.folder.join(&text.value);
            if !path.exists() {
                self.wrong("no-file", text.span, format!("there is no `{}`", text.value), Some("paths are relative to this file".into()));
            }
            paths.push(path);
        }
        paths
    }

    /// A URL without query, its slash at the end left out.
    fn url(&mut self, text: &Spanned<String>) -> String {
        match Url::parse(&text.value) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none() => {}
            _ => self.wrong(
                "url",
                text.span,
                format!("`{}` is no URL", text.value),
                Some("write it like `https://ehr.example.org/fhir`".into()),
            ),
        }
        text.value.trim_end_matches('/').to_owned()
    }

    fn server(&mut self, table: &ServerTable, config: &mut Config) {
        if let Some(text) = &table.listen {
            match text.value.parse() {
                Ok(address) => config.listen = address,
                Err(_) => self.wrong(
                    "address",
                    text.span,
                    format!("`{}` is no address", text.value),
                    Some("write it like `127.0.0.1:8181`".into()),
                ),
            }
        }
        config.public_url = match &table.public_url {
            Some(text) => self.url(text),
            None => format!("http://{}", config.listen),
        };
        if let Some(text) = &table.deadline {
            config.deadline = self.amount(text, amount::duration, "`500 ms`").unwrap_or(config.deadline);
        }
        if let Some(text) = &table.max_body {
            config.max_body = self.amount(text, amount::bytes, "`10 MiB`").unwrap_or(config.max_body);
        }
        config.concurrency = self.count(table.concurrency.as_ref(), config.concurrency, 1);
        config.queue = self.count(table.queue.as_ref(), config.queue, 0);
        config.max_cards = self.count(table.max_cards.as_ref(), config.max_cards, 1);
        config.rate = table.rate.as_ref().and_then(|text| self.rate(text));
        if let Some(text) = &table.tz {
            match Zone::parse(&text.value) {
                Ok(_) => config.tz.clone_from(&text.value),
                Err(error) => self.wrong("zone", text.span, error.to_string(), None),
            }
        }
        config.cors_origins = table.cors_origins.iter().map(|origin| self.url(origin)).collect();
        config.auth_discovery = table.auth_discovery;
        config.record = table.record.as_ref().map(|path| self.folder.join(&path.value));
        config.traces = table.traces.as_ref().map(|collector| self.url(collector));
        let fhir = table.fhir_servers.iter().map(|base| self.url(base)).collect();
        config.fhir = FhirServers { bases: fhir, anonymous: table.fhir_anonymous };
        config.trust_proxy_tls = table.trust_proxy_tls;
        config.tls = match (&table.tls_certificate, &table.tls_key) {
            (Some(certificate), Some(key)) => Some(Tls { certificate: self.file(certificate), key: self.file(key) }),
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => {
                self.wrong("tls", one.span, "`tls_certificate` and `tls_key` go together".into(), None);
                None
            }
        };
    }

    fn clients(&mut self, tables: Vec<ClientTable>, config: &mut Config) {
        let mut known = BTreeSet::new();
        for table in tables {
            for text in [&table.name, &table.iss] {
                if text.value.trim().is_empty() {
                    self.wrong("client", text.span, "this must not be empty".into(), None);
                }
            }
            for (what, text) in [("name", &table.name), ("iss", &table.iss)] {
                if !known.insert((what, text.value.clone())) {
                    self.wrong("client", text.span, format!("two clients have the {what} `{}`", text.value), None);
                }
            }
            for text in [Some(&table.iss), table.jku.as_ref()].into_iter().flatten() {
                if is_demonstration(&text.value) && config.is_reachable() {
                    self.wrong("client", text.span, DEMONSTRATION.into(), Some(DEMONSTRATION_HELP.into()));
                }
            }
            let keys = self.keys(&table);
            if let Some(tenant) = table.tenant.as_ref().filter(|tenant| !config.tenants.contains_key(&tenant.value)) {
                let help = did_you_mean(&tenant.value, config.tenants.keys().map(String::as_str));
                self.wrong("tenant", tenant.span, format!("unknown tenant `{}`", tenant.value), help);
            }
            let rate = table.rate.as_ref().and_then(|text| self.rate(text));
            let bases = table.fhir_servers.iter().map(|base| self.url(base)).collect();
            config.clients.push(Client {
                name: table.name.value,
                iss: table.iss.value,
                keys,
                jku: table.jku.map(|jku| jku.value),
                audiences: table.audiences,
                fhir: FhirServers { bases, anonymous: table.fhir_anonymous },
                tenant: table.tenant.map(|tenant| tenant.value),
                tenant_claims: table.tenant_claims,
                services: table.services,
                system_actions: table.system_actions,
                link_hosts: table.link_hosts,
                subject: table.subject,
                rate,
            });
        }
    }

    fn keys(&mut self, table: &ClientTable) -> Keys {
        if let Some(jku) = &table.jku {
            let safe = Url::parse(&jku.value).is_ok_and(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)));
            if !safe {
                self.wrong("url", jku.span, format!("`{}` is no https URL", jku.value), Some("keys are only taken over TLS".into()));
            }
        }
        match (&table.jwks, &table.jku) {
            (Some(file), _) => Keys::File(self.file(file)),
            (None, Some(url)) => Keys::Url(url.value.clone()),
            (None, None) => {
                let help = "give `jwks`, a file with its public keys, or `jku`, the URL where it publishes them";
                self.wrong("client", table.name.span, format!("client `{}` has no keys", table.name.value), Some(help.into()));
                Keys::default()
            }
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
